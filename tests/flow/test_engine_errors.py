"""What goes wrong while a call runs: in the author's expressions, and at the providers."""

import pytest
from scripted_calls import Call, ended, flow_of, rehearse, said

from runtime.flow.engine.effects import Failed, HangUp, StartTimer
from runtime.flow.engine.events import (
    CallerHungUp,
    Heard,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    SpeechCut,
    SpeechStarted,
    TimerFired,
)

APOLOGY = "Sorry, something went wrong on our side. Please call again later. Goodbye."

BROKEN = """
variables: {times: []}
states:
  menu: {ask: What?, on: {yes: %(target)s, no: {set: {n: 1 / 0}, next: menu}}}
  broken: {say: 'At {{ times[0] }}', next: menu}
  guarded: {say: 'At {{ times[0] }}', next: menu, on: {error: {say: Alas., next: menu}}}
  stays: {say: 'At {{ times[0] }}', next: menu, on: {error: {say: Alas.}}}
  twice: {say: 'At {{ times[0] }}', next: menu, on: {error: {say: 'Not {{ times[1] }}'}}}
  question: {ask: 'At {{ times[0] }}?', on: {yes: menu, error: {set: {times: '[9]'}, say: Oh.}}}
  chain: {say: 'At {{ times[0] }}', next: menu, on: {error: guarded}}
  undecided: {choose: [{when: 'times[0]', next: menu}, {next: menu}]}
  worse: {set: {n: times.nothing}, hangup: Bye.}
%(always)s
"""


def broken(target, always=""):
    return rehearse(BROKEN % {"target": target, "always": always})


def test_nothing_half_rendered_is_spoken_and_an_apology_ends_the_call():
    shown = broken("broken").caller("yes")
    assert said(shown) == [APOLOGY]
    assert ended(shown) == "error"
    assert [x.state for x in shown if isinstance(x, Failed)] == ["broken"]


@pytest.mark.parametrize("target", ["broken", "undecided", "worse"])
def test_a_failure_takes_always_error_and_back_leads_to_where_it_was(target):
    talk = broken(target, "always: {on: {error: {say: Oops., next: menu}}}")
    assert said(talk.caller("yes")) == ["Oops.", "What?"]
    assert [spot.state for spot in talk.state.back] == [target]


def test_a_failure_takes_the_states_own_error_first():
    talk = broken("guarded", "always: {on: {error: {say: Oops., next: menu}}}")
    assert said(talk.caller("yes")) == ["Alas.", "What?"]
    assert talk.state.back == ()


def test_a_question_whose_error_leads_nowhere_is_asked_again():
    talk = broken("question")
    assert said(talk.caller("yes")) == ["Oh.", "At 9?"]
    assert talk.state.state == "question"


def test_a_question_that_fails_twice_in_a_passage_ends_the_call():
    flow = """
variables: {x: []}
states: {menu: {ask: "{{ x[0] }}?", on: {yes: hangup, error: {say: Oh.}}}}
"""
    assert Call(flow).said == ["Oh.", APOLOGY]


def test_an_error_that_leads_nowhere_in_a_state_that_does_not_ask_ends_the_call():
    assert said(broken("stays").caller("yes")) == ["Alas.", APOLOGY]


def test_an_error_inside_the_states_error_takes_that_of_always():
    talk = broken("twice", "always: {on: {error: {say: Oops., next: menu}}}")
    shown = talk.caller("yes")
    assert said(shown) == ["Oops.", "What?"]
    assert sum(isinstance(x, Failed) for x in shown) == 2


def test_an_error_inside_every_error_ends_the_call():
    always = "always: {on: {error: {say: 'Not {{ times[2] }}'}}}"
    shown = broken("twice", always).caller("yes")
    assert said(shown) == [APOLOGY]
    assert sum(isinstance(x, Failed) for x in shown) == 3


def test_each_state_that_an_error_leads_to_may_have_an_error_of_its_own():
    assert said(broken("chain").caller("yes")) == ["Alas.", "What?"]


def test_a_failing_handler_takes_the_error_of_the_state():
    talk = broken("menu", "always: {on: {error: {say: Oops.}}}")
    shown = talk.caller("no")
    assert said(shown) == ["Oops.", "What?"]
    # What failed is told without the values, which may be the caller's.
    assert [x.message for x in shown if isinstance(x, Failed)] == [
        "'1 / 0' failed: ZeroDivisionError"
    ]


@pytest.mark.parametrize(
    ("error", "heard"),
    [
        ("", [APOLOGY]),
        ("always: {on: {error: {say: Oops.}}}", ["Oops.", "What?"]),
        ("always: {on: {error: back}}", ["What?"]),
        ("always: {on: {error: sorry}}", ["Sorry."]),
    ],
)
def test_a_greeting_that_fails_is_an_error_too(error, heard):
    flow = f"""
variables: {{names: []}}
greeting: Hello {{{{ names[0] }}}}.
states:
  menu: {{ask: What?, on: {{yes: sorry}}}}
  sorry: {{hangup: Sorry.}}
{error}
"""
    call = Call(flow)
    assert call.said == heard
    assert call.timers["cut_off"] == (0, 900.0)


def test_last_words_that_fail_are_said_in_the_built_in_words():
    flow = """
variables: {names: []}
phrases: {goodbye: 'Bye {{ names[0] }}.'}
states: {bye: {hangup: }}
"""
    call = Call(flow)
    assert call.said == ["Goodbye."]
    assert any(isinstance(x, Failed) for x in call.effects)


def test_a_note_about_hanging_up_that_fails_keeps_nobody_on_the_line():
    flow = """
variables: {n: 0}
states: {menu: {ask: What?, on: {yes: hangup}}}
always: {on: {caller_hung_up: {set: {n: 1 / n}}}}
"""
    call = Call(flow)
    assert call.gets(CallerHungUp)[-1] == HangUp("caller_hung_up")
    assert isinstance(call.effects[0], Failed)


# -- providers -------------------------------------------------------------------------------------

ASK = """
states:
  menu: {ask: What?, tries: 2, barge_in: false, on: {yes: menu}}
  keypad: {ask: Please press a key., tries: 2, on: {"1": back}}
%s
"""


def failed(call, kind):
    if kind == "tts" and call.state.speaking:
        call.gets(SpeechCut, say=call.state.speaking[0].number, heard="")
    return call.gets(ProviderFailed, kind=kind, reason="out of order")


def test_a_caller_who_could_not_be_recognised_is_asked_again_and_at_last_given_up():
    call = Call(ASK % "")
    call.hears_all()
    call.gets(SpeechStarted)
    failed(call, "stt")
    assert call.said == ["Sorry, I did not get that.", "What?"]
    call.hears_all()
    assert call.timers == {"no_input": (1, 6.0)}
    failed(call, "stt")
    assert call.said == ["Sorry, I could not help you today. Goodbye."]


def test_who_speaks_into_a_line_that_must_be_heard_is_not_asked_again():
    call = Call(ASK % "")
    call.gets(SpeechStarted)
    assert failed(call, "stt") == ()
    assert call.hears_all() == (StartTimer("no_input", 0, 6.0),)


def test_a_failed_recognition_is_a_turn_too():
    call = Call(ASK.replace("tries: 2", "tries: 20") % "limits: {turns: 1}")
    call.hears_all()
    failed(call, "stt")
    call.hears_all()
    failed(call, "stt")
    assert call.state.end_reason == "over_limit"


def test_a_failure_to_speak_is_an_error():
    call = Call(ASK % "")
    call.hears_all()
    failed(call, "tts")
    assert Failed("menu", "tts failed: out of order") in call.effects
    assert call.said == [APOLOGY]


def test_a_flow_may_go_elsewhere_when_a_provider_is_down_and_come_back():
    call = Call(flow_of(ASK % "", provider_down={"stt": "keypad", "tts": "menu"}))
    call.hears_all()
    failed(call, "stt")
    assert call.said == ["Please press a key."]
    call.hears_all()
    # There already, the caller who speaks is asked again.
    failed(call, "stt")
    assert call.said == ["Sorry, I did not get that.", "Please press a key."]
    call.hears_all()
    call.gets(Pressed, digit="1")
    assert call.said == ["What?"]


def test_where_the_way_out_cannot_be_spoken_either_the_caller_may_still_answer():
    call = Call(flow_of(ASK % "", provider_down={"tts": "keypad"}))
    failed(call, "tts")
    assert call.said == ["Please press a key."]
    failed(call, "tts")
    assert call.effects == (
        Failed("keypad", "tts failed: out of order"),
        StartTimer("no_input", 0, 6.0),
    )


@pytest.mark.parametrize("down", [{}, {"tts": "keypad"}])
def test_a_provider_that_fails_at_once_and_always_does_not_keep_the_call_busy_for_ever(down):
    flow = flow_of(ASK % "always: {on: {error: keypad}}", provider_down=down)
    call = Call(flow)
    for _ in range(30):
        failed(call, "tts")
        if not call.state.speaking:
            call.gets(TimerFired, timer="no_input", turn=call.state.turn)
    assert call.state.phase.value == "over"
    assert call.state.end_reason in ("error", "gave_up")


def test_failures_are_forgiven_once_the_caller_is_heard():
    call = Call(flow_of(ASK % "", provider_down={"tts": "keypad"}))
    for _ in range(9):
        failed(call, "tts")
    call.hears_all()
    call.gets(Heard, text="repeat")
    assert call.state.failures == 0


def test_last_words_without_sound_end_the_call_but_those_under_way_are_heard_out():
    call = Call("states: {one: {say: Fine., next: bye}, bye: {hangup: Bye.}}")
    call.gets(SpeechCut, say=1, heard="")
    assert call.gets(ProviderFailed, kind="tts", reason="x") == ()
    assert call.gets(ProviderFailed, kind="stt", reason="x") == ()
    call.gets(NothingHeard)
    call.gets(SpeechCut, say=2, heard="")
    assert call.gets(ProviderFailed, kind="tts", reason="x") == (HangUp("hangup"),)
    assert call.gets(PlayedOut, say=2) == ()
