"""Which states and ways the tests of a flow have taken."""

from dataclasses import replace

from scripted_calls import flow_of, rehearse

from runtime.flow.conversation.coverage import Coverage, by_file, coverage_of
from runtime.flow.conversation.reading import read_conversations
from runtime.flow.conversation.running import run
from runtime.flow.engine.effects import Took

SHOP = """
states:
  menu:
    ask: What next?
    give_up: bye
    on: {yes: [{when: 1 > 2, next: bye}, {next: pick}], no: bye}
  pick: {choose: [{when: 1 > 2, next: lost}, {next: menu}]}
  lost: {say: Lost., next: bye}
  bye: {hangup: Bye.}
always: {on: {person: bye}, after: {8m: bye}, provider_down: {tts: bye}}
"""


def taken(*lines: str) -> tuple[set[str], set[tuple[str, str]]]:
    talk = rehearse(flow_of(SHOP))
    for line in lines:
        talk.caller(line)
    coverage = coverage_of(talk.flow, [talk.trail])
    return {state for _, state in coverage.states}, {(x, way) for _, x, way in coverage.ways}


def test_a_way_is_known_by_its_key_and_a_later_row_by_its_number():
    states, ways = taken("yes", "no")
    assert states == {"menu", "pick", "bye"}
    assert ways == {("menu", "on yes 2"), ("pick", "choose 2"), ("menu", "on no")}


def test_what_always_leads_to_belongs_to_no_state():
    assert taken("I want a real person")[1] == {("", "on person")}


def test_what_was_never_taken_is_named_with_its_place():
    coverage = coverage_of(flow_of(SHOP), [])
    assert [state for (_, state), _ in coverage.missing_states] == ["menu", "pick", "lost", "bye"]
    ways = {(state, way) for (_, state, way), _ in coverage.missing_ways}
    assert ways >= {("menu", "give_up"), ("lost", "next"), ("pick", "choose"), ("", "after 480")}
    assert ("", "provider_down tts") in ways
    assert all(place.line for _, place in coverage.missing_ways)


INNER = """
variables: {n: 0}
states:
  ask: {ask: Again?, tries: 1, on: {yes: {set: {n: n + 1}, next: ask}, no: done}}
  done: {say: 'Done {{ 1 / (n * (n - 2)) }}.'}
always:
  on: {error: [{when: n > 0, next: ask}, {set: {n: 1}, next: done}]}
  after: {1m: done}
  provider_down: {stt: done}
"""
OUTER = """
variables: {n: 0}
requests: {web: {get: 'https://x.example.com/', timeout: 2s}}
intents: {quit: {words: [quit]}}
states:
  menu:
    ask: What?
    tries: 2
    give_up: late
    on:
      yes: [{when: n > 0, next: inner}, {set: {n: 1}, say: Again., next: repeat}]
      no: {set: {n: 0}, next: menu}
      "1": web
      "2": broken
      "3": {set: {n: 2}, next: repeat}
  web: {request: web, on: {ok: menu, "404": menu, error: menu, timeout: late}}
  broken: {set: {n: 1 / (n * (n - 1))}, next: menu, on: {error: pick}}
  pick: {choose: [{when: n > 0, next: menu}, {next: late}]}
  inner: {run: inner.yaml, next: menu}
  late: {ask: Late?, no_input_after: 20s, on: {yes: menu, no: bye}}
  bye: {hangup: Bye.}
always:
  on:
    quit: bye
    give_up: bye
    over_limit: bye
    voicemail: bye
    caller_hung_up: [{when: n > 0, set: {n: 1}}, {set: {n: 2}}]
  after: {30s: late}
  provider_down: {stt: late, tts: bye, llm: bye}
limits: {duration: 90s}
"""
TESTS = """
flow: outer.yaml
tests:
  - name: handlers of several, and a flow that is run
    talk: [caller: yes, caller: yes, state: ask, caller: yes, caller: no, state: menu, caller: no]
  - name: the flow that is run fails, and is left
    talk: [caller: yes, caller: yes, caller: no, state: menu]
  - name: a flow that is run fails and goes on
    talk: [press: 3, caller: yes, caller: yes, caller: yes, caller: no, state: ask]
  - name: a state that does not break
    talk: [press: 3, press: 2, state: menu]
  - name: nobody answers the flow that is run
    talk: [caller: yes, caller: yes, silence: true, ended: hangup]
  - name: a web service in all its ways
    requests: {web: [{}, {status: 404}, {error: true}, {timeout: true}]}
    talk: [press: 1, press: 1, press: 1, state: menu, press: 1, state: late, caller: yes]
  - name: a state that breaks, and branches
    talk: [press: 2, state: late, caller: no, ended: hangup]
  - name: the other branch
    talk: [caller: yes, press: 2, state: menu, caller: quit, ended: hangup]
  - name: nobody says anything until it is late
    talk: [silence: true, silence: true, state: late, silence: 70s, ended: hangup]
  - name: the caller hangs up, having said nothing
    talk: [hang_up: true]
  - name: the caller hangs up
    talk: [caller: yes, hang_up: true]
  - name: there is no ear
    talk: [provider_down: stt, caller: yes, state: late]
  - name: there is no ear in the flow that is run
    talk: [caller: yes, caller: yes, caller: yes, provider_down: stt, caller: yes, state: menu]
  - name: there is no voice
    talk: [provider_down: tts, press: 1, ended: hangup]
    requests: {web: {}}
"""


def coverage_by_tests(tests: str, name: str, files: dict[str, bytes]) -> Coverage:
    reading = read_conversations(tests, name, open_file=files.get)
    assert [str(problem) for problem in reading.problems] == []
    results = [run(each, lambda *_: ()) for each in reading.conversations]
    assert [x.failure.in_a_line for x in results if x.failure] == []
    trails = [result.trail for result in results]
    coverage = coverage_of(reading.conversations[0].flow, trails)
    took = {(x.flow, x.state, x.way) for trail in trails for x in trail if isinstance(x, Took)}
    assert took == coverage.ways, "the engine names a way that is none"
    return coverage


def test_every_way_that_the_engine_takes_is_one_that_is_known():
    files = {"outer.yaml": OUTER.encode(), "inner.yaml": INNER.encode()}
    coverage = coverage_by_tests(TESTS, "all.test.yaml", files)
    missing = {(state, way) for (_, state, way), _ in coverage.missing_ways}
    assert missing == {("", "provider_down llm")}
    assert coverage.missing_states == ()
    assert {way for _, _, way in coverage.untestable} == {"on voicemail", "after 60"}


def test_a_way_that_was_never_taken_is_shown_where_it_is_written():
    places = {way: place.line for (_, _, way), place in coverage_of(flow_of(SHOP), []).missing_ways}
    assert places["give_up"] == 5
    assert (places["on yes"], places["next"], places["after 480"]) == (6, 8, 10)


def test_what_several_tests_have_taken_is_put_together_by_the_file_of_each_flow():
    files = {"outer.yaml": OUTER.encode(), "inner.yaml": INNER.encode()}
    outer = coverage_by_tests(TESTS, "all.test.yaml", files)
    alone = flow_of(
        INNER.replace("done: {say: 'Done {{ 1 / (n * (n - 2)) }}.'}", "done: {hangup: Done.}")
    )
    inner = coverage_of(replace(alone, file="inner.yaml"), [])
    both = by_file([outer, inner])
    assert list(both) == ["outer.yaml", "inner.yaml"]
    assert len(both["outer.yaml"].all_states) == 7
    # What the flow that is run cannot take, it can where it takes the call itself.
    assert [way for _, _, way in both["inner.yaml"].untestable] == []
    assert [way for (_, _, way), _ in both["inner.yaml"].missing_ways] == ["after 60"]
