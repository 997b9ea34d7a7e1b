"""Which states and ways the tests of a flow have taken."""

from scripted_calls import flow_of, rehearse

from runtime.flow.conversation.coverage import coverage_of

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
