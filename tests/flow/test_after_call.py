"""`after_call`: what is done when the call has ended, however it ended."""

import pytest
from scripted_calls import Call, flow_of, problems_of

from runtime.flow import engine
from runtime.flow.engine.effects import Finished, HangUp, Took
from runtime.flow.engine.events import (
    CallerHungUp,
    EndAsked,
    Heard,
    PlayedOut,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    ServerLeaves,
    TimerFired,
)
from runtime.flow.engine.state import Phase

AFTER = """
variables: {outcome: none, second: none, code: 0, list: []}
slots: {pin: {type: digits, length: 4, ask: PIN?, sensitive: true}, day: {type: date, ask: Day?}}
requests:
  keep: {post: 'https://x.example/', json: {o: '{{ outcome }}'}, save: {code: status}}
  odd: {get: 'https://x.example/', save: {list: 'abs(body)'}}
states:
  menu: {ask: What next?, on: {no: hangup, yes: order}}
  order: {collect: [pin, day], next: menu}
%(more)s
after_call:
%(steps)s
"""
KEEP = "  - request: keep"
ASK = "  - summary: {ask: 'What of {{ end_reason }} and {{ day }}?', save: outcome}"


def after(*steps, more=""):
    return Call(AFTER % {"steps": "\n".join(steps), "more": more})


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda call: call.gets(CallerHungUp), "caller_hung_up"),
        (lambda call: call.gets(EndAsked, reason="operator"), "operator"),
        (lambda call: call.fires("cut_off"), "over_limit"),
        (lambda call: (call.caller("no"), call.hears_all()), "hangup"),
        (lambda call: (call.caller("no"), call.fires("closing")), "hangup"),
        (lambda call: [(call.hears_all(), call.fires("no_input")) for _ in range(3)], "gave_up"),
    ],
)
def test_it_is_done_however_the_call_ends(end, reason):
    call = after(KEEP)
    end(call)
    call.hears_all()
    assert (call.state.end_reason, call.state.phase) == (reason, Phase.AFTER)
    call.answered(201)
    assert call.state.phase is Phase.OVER
    assert call.state.variables["code"] == 201


def test_an_error_of_the_flow_is_no_hindrance():
    call = Call(
        "requests: {keep: {post: 'https://x.example/'}}\nvariables: {x: []}\n"
        "states: {a: {hangup: '{{ x[1] }}'}}\nafter_call: [{request: keep}]\n"
    )
    call.hears_all()
    assert call.state.end_reason == "error"
    assert call.sent is not None


def test_a_question_is_asked_about_what_was_said_without_what_is_sensitive():
    call = after(ASK.replace("day }}", "pin }}"), KEEP)
    call.caller("yes")
    call.caller("4 7 1 1")
    call.hears_all()
    call.gets(CallerHungUp)
    assert call.asked.whole
    system, talk, question = call.asked.messages
    assert system.role == "system"
    assert talk.text == ("Bot: What next?\nCaller: yes\nBot: PIN?\nCaller: [pin]\nBot: Day?")
    assert question.text == "What of caller_hung_up and [pin]?"
    call.model("None was made.")
    assert call.state.variables["outcome"] == "None was made."
    assert call.sent.values["outcome"] == "None was made."


def test_where_nothing_was_said_the_model_is_told_so():
    call = Call(
        "variables: {o: none}\nstates: {a: {hangup: '{{ o[:0] }}'}}\n"
        "after_call: [{summary: {ask: What?, save: o}}]\n"
    )
    assert call.asked.messages[1].text == "(nothing was said)"


def test_an_answer_without_words_is_no_answer_of_the_question_before():
    call = after(ASK, ASK.replace("outcome", "second"))
    call.caller("yes")
    call.caller("4711")
    call.caller("tomorrow")
    call.gets(CallerHungUp)
    call.model("An order.")
    call.model()
    assert (call.state.variables["outcome"], call.state.variables["second"]) == ("An order.", "")


def test_a_step_that_fails_in_itself_is_passed_over():
    # The day was never named.
    call = after(ASK, '  - {request: keep, when: "list[3] == 1"}', KEEP)
    effects = call.gets(CallerHungUp)
    assert len(call.failures) == 2
    assert call.sent is not None
    assert HangUp("caller_hung_up") in effects


def test_a_step_that_does_not_hold_is_passed_over():
    call = after("  - {request: keep, when: end_reason == 'error'}")
    call.gets(CallerHungUp)
    assert call.state.phase is Phase.OVER


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        (lambda call: call.unanswered(), "unreachable"),
        (lambda call: call.fires("errand"), "gave no answer in time"),
        (lambda call: call.answered(500, "x"), "the request 'odd' came to 500"),
        (lambda call: call.answered(200, "x"), "'abs(body)' failed: JMESPathTypeError"),
    ],
)
def test_a_request_that_fails_does_not_keep_the_next_from_being_made(fail, told):
    call = after("  - request: odd", KEEP)
    call.gets(CallerHungUp)
    fail(call)
    assert call.failures == [told]
    assert call.sent.request.name == "keep"


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        (
            lambda call: call.gets(ProviderFailed, kind="llm", reason="down", errand=1),
            "llm failed: down",
        ),
        (lambda call: call.fires("errand"), "llm failed: took too long"),
    ],
)
def test_a_model_that_fails_does_not_keep_the_next_step_from_being_done(fail, told):
    call = after(ASK.replace(" and {{ day }}", ""), KEEP)
    call.gets(CallerHungUp)
    fail(call)
    assert call.failures == [told]
    assert call.sent is not None


def test_nobody_is_there_any_more_while_it_is_done():
    call = after(KEEP, more="always: {on: {person: menu}, after: {30s: menu}}")
    call.gets(CallerHungUp)
    before = call.state
    for event, fields in (
        (Heard, {"text": "a person"}),
        (PlayedOut, {"say": 1}),
        (CallerHungUp, {}),
        (EndAsked, {"reason": "x"}),
        (ServerLeaves, {}),
        (TimerFired, {"timer": "cut_off", "turn": 0}),
        (TimerFired, {"timer": "after:30:menu", "turn": 0}),
        (TimerFired, {"timer": "over_limit", "turn": 0}),
        (TimerFired, {"timer": "hold", "turn": 1}),
        (Recorded, {"errand": 7, "name": "x"}),
        (ProviderFailed, {"kind": "stt", "reason": "x"}),
    ):
        assert call.gets(event, **fields) == ()
    assert call.state == before


def test_a_call_that_ended_before_its_first_state_is_no_hindrance_either():
    call = Call(
        "requests: {keep: {post: 'https://x.example/'}}\nvariables: {x: []}\n"
        "greeting: '{{ x[1] }}'\nstates: {a: {hangup: Bye.}}\n"
        "after_call: [{request: keep}, {request: keep}]\n"
    )
    call.hears_all()
    call.gets(Recorded, errand=1, name="x")
    call.fires("errand")
    assert call.sent is not None
    call.answered()
    assert call.state.phase is Phase.OVER


def test_a_late_request_after_a_message_does_not_lose_the_message():
    call = Call("""
variables: {message: none}
requests: {keep: {post: 'https://x.example/', json: {m: '{{ message }}'}}}
states:
  leave: {record: Speak., save: message, next: bye}
  bye: {hangup: Bye.}
after_call: [{request: keep}, {request: keep}]
""")
    call.hears_all()
    call.gets(CallerHungUp)
    assert call.sent is None
    call.gets(Recorded, errand=1, name="a.wav", seconds=2.0)
    assert call.sent.values["message"] == "a.wav"
    call.fires("errand")
    assert call.sent.values["message"] == "a.wav"
    assert call.state.variables["message"] == "a.wav"


def test_a_message_that_never_comes_holds_up_nothing_for_ever():
    call = Call(
        "requests: {keep: {post: 'https://x.example/'}}\n"
        "states: {leave: {record: Speak., next: bye}, bye: {hangup: Bye.}}\n"
        "after_call: [{request: keep}]\n"
    )
    call.hears_all()
    call.gets(CallerHungUp)
    call.fires("errand")
    assert call.sent is not None


def test_all_is_over_once_and_nothing_follows():
    flow = flow_of(AFTER % {"steps": KEEP, "more": ""})
    call = Call(flow)
    call.gets(CallerHungUp)
    answer = RequestAnswered(at=call.now, errand=1, status=200)
    state, effects = engine.step(flow, call.state, answer)
    assert effects[-1] == Finished()
    assert not any(isinstance(x, Took) for x in effects)
    assert engine.step(flow, state, answer) == (state, ())


RUNS = """
variables: {score: none, why: before}
requests: {keep: {post: 'https://x.example/', json: {s: '{{ score }}'}}}
states:
  survey: {run: survey.yaml, save: {score: rating, why: why}, next: bye}
  bye: {hangup: Bye.}
after_call: [{request: keep}]
"""
SURVEY = """
variables: {rating: none, why: none}
states:
  first: {ask: 'Good?', on: {yes: {set: {rating: 5}, next: second}}}
  second: {ask: 'Why?', on: {no: end}}
  end: {say: Thanks.}
"""


def test_what_a_flow_that_is_run_had_come_to_is_kept_when_the_call_ends_in_it():
    call = Call(flow_of(RUNS, {"survey.yaml": SURVEY}))
    call.caller("yes")
    call.gets(CallerHungUp)
    assert call.sent.values["score"] == 5
    # Not asked for yet: what was known before stands.
    assert call.state.variables["why"] == "before"
    assert call.state.frames == ()


def test_steps_that_are_wrong_are_told_where_they_stand():
    start = "states: {a: {hangup: Bye.}}\nrequests: {keep: {post: 'https://x.example/'}}\n"
    steps = """after_call:
  - {summary: {ask: What?, save: o}, request: keep}
  - {when: 'true'}
  - hello
  - summary: {ask: What?}
  - summary: hello
  - {request: [a]}
  - summary: {ask: What?, save: today}
"""
    found = problems_of(start + steps)
    assert [problem.split(" ")[0] for problem in found] == [
        *("talk.yaml:4:5", "talk.yaml:5:5", "talk.yaml:6:5", "talk.yaml:7:14", "talk.yaml:8:14"),
        *("talk.yaml:9:15", "talk.yaml:10:33"),
    ]
    assert "either 'summary' or 'request'" in found[0]
    assert problems_of(start + "after_call: {request: keep}\n") == [
        "talk.yaml:3:13 a list of {summary} and {request} is needed here, not a mapping."
    ]
