"""From state to state: greeting, verbs, handlers, targets, wordings, languages."""

from dataclasses import dataclass, replace
from itertools import pairwise, product

import pytest
from scripted_calls import MORNING, Call, ended, flow_of, rehearse, said
from tables import each_row

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.engine.effects import Entered, Failed, Say
from runtime.flow.engine.events import Answered, Pressed
from runtime.flow.model import BargeIn

MENU = """
greeting: Welcome.
intents: {book: {words: [book], digit: 1}, info: {words: [info]}}
states:
  menu:
    say: Hello.
    ask: What can I do?
    retry: [First retry?, Second retry?]
    tries: 9
    on: {book: day}
  day:
    ask: Which day?
    on: {yes: bye, no: {say: Fine., next: repeat}}
  info: {say: We are a clinic., next: more}
  more:
    ask: More?
    on: {yes: restart, no: back, book: hangup}
  bye: {hangup: Bye now.}
always: {on: {info: info}}
"""


@dataclass(frozen=True)
class SpeechEnded:
    at: float


def test_a_call_opens_with_greeting_then_the_first_states_words_then_its_question():
    call = Call(MENU)
    assert call.said == ["Welcome.", "Hello.", "What can I do?"]
    assert [x.greeting for x in call.effects if isinstance(x, Say)] == [True, False, False]
    assert [x.number for x in call.effects if isinstance(x, Say)] == [1, 2, 3]
    assert call.timers == {"over_limit": (0, 890.0), "cut_off": (0, 900.0)}


def test_being_answered_changes_nothing():
    call = Call(MENU)
    before = call.state
    assert call.gets(Answered) == ()
    assert call.state == before


def test_a_flow_without_greeting_begins_with_its_first_state():
    assert Call("states: {only: {hangup: Bye.}}").said == ["Bye."]


def test_a_recorded_greeting_is_played_with_its_words_for_the_transcript():
    call = Call("greeting: {audio: hi.wav, say: Hi}\nstates: {only: {hangup: Bye.}}")
    first = call.effects[2]
    assert isinstance(first, Say)
    assert (first.sound, first.text, first.greeting) == ("hi.wav", "Hi", True)


def test_an_understood_intent_goes_where_on_says():
    talk = rehearse(MENU)
    assert said(talk.caller("I would like to book")) == ["Which day?"]
    assert said(talk.caller("no")) == ["Fine.", "Which day?"]
    last = talk.caller("yes")
    assert said(last) == ["Bye now."]
    assert ended(last) == "hangup"
    assert talk.ended
    assert talk.caller("hello?") == ()


def test_back_asks_again_where_the_caller_was_before_always_took_him_away():
    talk = rehearse(MENU)
    talk.caller("book")
    assert said(talk.caller("info please")) == ["We are a clinic.", "More?"]
    assert said(talk.caller("no")) == ["Which day?"]
    assert talk.state.state == "day"
    assert talk.state.back == ()


def test_back_leads_step_by_step_through_all_that_was_left():
    talk = rehearse(MENU)
    talk.caller("info")
    talk.caller("info")
    assert [spot.state for spot in talk.state.back] == ["menu", "more"]
    talk.caller("no")
    assert talk.state.state == "more"
    talk.caller("no")
    assert talk.state.state == "menu"


def test_back_with_nowhere_to_go_asks_again():
    talk = rehearse("states: {menu: {ask: What?, on: {yes: back, no: hangup}}}")
    assert said(talk.caller("yes")) == ["What?"]


def test_back_to_a_state_that_does_not_ask_enters_it():
    flow = """
states:
  menu: {ask: What?, on: {yes: broken}}
  broken: {say: "{{ times[9] }}", next: menu}
  sorry: {ask: Sorry. Go back?, on: {yes: back, no: mend}}
  mend: {set: {times: "range(10) | list"}, next: sorry}
variables: {times: []}
always: {on: {error: sorry}}
"""
    talk = rehearse(flow)
    talk.caller("yes")
    talk.caller("no")
    assert said(talk.caller("yes")) == ["9", "What?"]


def test_restart_begins_anew_with_the_first_values():
    flow = """
variables: {count: 0}
states:
  menu: {set: {count: count + 1}, ask: 'Time {{ count }}. Again?', on: {yes: restart, no: menu}}
"""
    talk = rehearse(flow, variables={"count": 5})
    assert said(talk.caller("no")) == ["Time 7. Again?"]
    assert said(talk.caller("yes")) == ["Time 6. Again?"]


def test_hangup_as_a_target_says_the_built_in_goodbye():
    talk = rehearse(MENU)
    talk.caller("info")
    last = talk.caller("book")
    assert said(last) == ["Goodbye."]
    assert ended(last) == "hangup"


def test_hangup_without_words_says_goodbye_too():
    assert Call("states: {only: {hangup: }}").said == ["Goodbye."]


def test_a_call_whose_last_words_are_nothing_ends_at_once():
    call = Call("variables: {x: ''}\nstates: {only: {hangup: '{{ x }}'}}")
    assert call.said == []
    assert call.reasons == ["hangup"]


def test_set_comes_before_say_and_a_later_value_sees_the_earlier():
    flow = """
variables: {a: 1}
states:
  one:
    set: {a: a + 1, b: a * 10, c: 'a is {{ a }}'}
    say: '{{ a }} {{ b }} {{ c }}'
    next: two
  two: {hangup: '{{ today }} {{ now.hour }} {{ did }}'}
"""
    assert Call(flow, did="8645012345").said == ["2 20 a is 2", "2026-11-22 9 8645012345"]


@pytest.mark.parametrize(("times", "state"), [([], "none"), ([1], "one"), ([1, 2], "many")])
def test_choose_takes_the_first_branch_that_holds(times, state):
    flow = """
variables: {times: []}
states:
  pick:
    choose:
      - {when: times | length == 0, next: none}
      - {when: times | length == 1, say: Just one., set: {n: 1}, next: one}
      - {next: many}
  none: {hangup: None.}
  one: {hangup: 'One is {{ n }}.'}
  many: {hangup: Many.}
"""
    call = Call(flow, variables={"times": times})
    assert call.state.state == state
    assert call.said[-1:] == {"one": ["One is 1."]}.get(state, [f"{state.title()}."])


def test_repeat_in_a_branch_looks_at_the_branches_again():
    flow = """
variables: {n: 0}
states:
  pick: {choose: [{when: n < 3, set: {n: n + 1}, say: Up., next: repeat}, {next: bye}]}
  bye: {hangup: Bye.}
"""
    assert Call(flow).said == ["Up.", "Up.", "Up.", "Bye."]


def test_of_several_handlers_the_first_whose_when_holds_is_taken():
    flow = """
variables: {n: 0}
states:
  menu:
    ask: What?
    on:
      yes:
        - {when: n == 0, set: {n: 1}, say: Once.}
        - {when: n == 1, set: {n: 2}, say: Twice., next: repeat}
      no: hangup
always: {on: {yes: {say: Elsewhere., next: hangup}}}
"""
    talk = rehearse(flow)
    assert said(talk.caller("yes")) == ["Once.", "What?"]
    assert said(talk.caller("yes")) == ["Twice.", "What?"]
    # Nothing of the state's holds any more: `always` is next.
    assert said(talk.caller("yes")) == ["Elsewhere.", "Goodbye."]


def test_an_answer_is_given_anywhere_and_the_question_asked_again():
    flow = """
intents: {hours: {words: [open], answer: From nine.}}
states: {menu: {say: Hi., ask: What?, on: {yes: hangup}}}
"""
    assert said(rehearse(flow).caller("when are you open")) == ["From nine.", "What?"]


def test_fifty_states_without_the_caller_end_the_call_as_an_error():
    flow = """
variables: {n: 0}
states:
  round: {choose: [{when: n < 0, next: bye}, {set: {n: n + 1}, next: round}]}
  bye: {hangup: Bye.}
"""
    call = Call(flow)
    assert call.state.variables["n"] == 50
    assert sum(isinstance(x, Entered) for x in call.effects) == 50
    assert Failed("round", "50 states without waiting") in call.effects
    assert call.said == [
        "Sorry, something went wrong on our side. Please call again later. Goodbye."
    ]


def test_fifty_states_may_be_passed():
    flow = """
variables: {n: 0, most: 0}
states:
  round: {choose: [{when: n == most, next: bye}, {set: {n: n + 1}, next: round}]}
  bye: {hangup: Bye.}
"""
    assert Call(flow, variables={"most": 48}).said == ["Bye."]
    assert Call(flow, variables={"most": 49}).said != ["Bye."]


@each_row(("seed", "wordings"), product(range(8), ["[A, B]", "[A, B, C]"]))
def test_one_of_several_wordings_is_never_taken_twice_running(seed, wordings):
    talk = rehearse(
        f"states: {{menu: {{ask: {{any: {wordings}}}, on: {{yes: menu, no: hangup}}}}}}", seed=seed
    )
    heard = [said(talk.caller("yes"))[0] for _ in range(40)]
    assert all(first != second for first, second in pairwise(heard))
    assert set(heard) == set(wordings.strip("[]").split(", "))


def test_the_seed_decides_among_wordings():
    flow = flow_of("states: {bye: {hangup: {any: [A, B, C, D]}}}")
    heard = {seed: Call(flow, seed=seed).said for seed in range(20)}
    assert len({tuple(x) for x in heard.values()}) == 4
    assert heard == {seed: Call(flow, seed=seed).said for seed in range(20)}


def test_a_text_is_said_in_the_calls_language_which_set_may_change():
    flow = """
language: en-IN
states:
  menu:
    ask: {en: What?, hi: क्या?}
    tries: 9
    on: {yes: {set: {language: "'hi-IN'"}, next: menu}, no: hangup}
"""
    talk = rehearse(flow)
    shown = talk.caller("yes")
    assert said(shown) == ["क्या?"]
    assert [x.language for x in shown if isinstance(x, Say)] == ["hi-IN"]
    assert said(talk.caller("xyzzy")) == ["माफ़ कीजिए, मैं समझ नहीं पाई।", "क्या?"]


def test_a_language_without_a_wording_gets_another_and_english_sentences():
    talk = rehearse("language: ta-IN\nstates: {menu: {ask: {hi: क्या?}, on: {yes: hangup}}}")
    assert said(talk.caller("xyzzy")) == ["Sorry, I did not get that.", "क्या?"]


def test_the_author_replaces_the_built_in_sentences():
    flow = """
phrases: {no_match: {audio: pardon.wav}, goodbye: 'Bye {{ mobile }}.'}
states: {menu: {ask: What?, on: {yes: hangup}}}
"""
    call = Call(flow, mobile="98450")
    call.hears_all()
    call.gets(Pressed, digit="5")
    assert [x.sound for x in call.effects if isinstance(x, Say)] == ["pardon.wav", None]
    talk = rehearse(flow, mobile="98450")
    assert said(talk.caller("yes")) == ["Bye 98450."]


def test_a_line_carries_what_may_stop_it():
    flow = """
greeting: {say: Hi., barge_in: false}
settings: {barge_in: digits}
states:
  menu: {say: One., ask: What?, on: {yes: bye}}
  bye: {barge_in: true, hangup: Bye.}
"""
    talk = Call(flow)
    stops = [x.barge_in for x in talk.effects if isinstance(x, Say)]
    assert stops == [BargeIn.NEVER, BargeIn.DIGITS, BargeIn.DIGITS]
    last = rehearse(flow).caller("yes")
    # The last words are heard out, whatever the state says.
    assert [x.barge_in for x in last if isinstance(x, Say)] == [BargeIn.NEVER]


def test_facts_of_the_call_are_there_for_templates():
    flow = """
intents: {book: {words: [book], digit: 1}}
states:
  menu: {ask: What?, on: {book: told}}
  told: {hangup: '{{ direction }} {{ state }} {{ intent }} {{ text }}{{ digit }} {{ caller }}'}
"""
    assert said(rehearse(flow, mobile="7").caller("book it")) == ["incoming told book book it 7"]
    assert said(rehearse(flow, mobile="7").press("1")) == ["incoming told book 1 7"]


def test_what_a_caller_says_is_never_read_as_a_template():
    flow = """
intents: {name: {patterns: ['my name is']}}
states:
  menu: {ask: Who?, on: {name: hello}}
  hello: {hangup: 'Hello {{ text }}.'}
"""
    talk = rehearse(flow)
    assert said(talk.caller("my name is {{ mobile }}")) == ["Hello my name is {{ mobile }}."]


def test_the_clock_of_a_flow_is_its_own_zones():
    flow = flow_of("timezone: America/New_York\nstates: {bye: {hangup: '{{ now.hour }}'}}")
    talk = Rehearsal(flow, lambda *_: (), Call(flow).state.started)
    assert talk.now == MORNING
    assert said(talk.opening()) == ["22"]


def test_what_the_engine_does_not_know_is_a_fault_and_not_passed_over():
    flow = flow_of("states: {menu: {ask: What?, on: {yes: hangup}}}")
    unheard_of = replace(flow.states["menu"], verb="unheard of")
    with pytest.raises(AssertionError):
        Call(replace(flow, states={"menu": unheard_of}))
    with pytest.raises(AssertionError):
        Call(flow).gets(SpeechEnded)


def test_a_state_of_a_call_takes_new_values_beside_its_own_and_no_others():
    state = Call(MENU).state
    changed = state.having({"misses": 2})
    assert (state.misses, changed.misses) == (0, 2)
    assert replace(state, misses=2) == changed
    with pytest.raises(TypeError, match="a call has no mises"):
        state.having({"mises": 2})
