"""`record`: the caller leaves a message; `after_call`: what is done when he has gone."""

from scripted_calls import MORNING, Call, ended, flow_of, no_rank, rehearse, said

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import (
    Failed,
    Finished,
    HangUp,
    StartRecording,
    StartTimer,
    StopErrand,
    StopSpeaking,
)
from runtime.flow.engine.events import (
    CallerHungUp,
    CallStarted,
    Pressed,
    ProviderFailed,
    Recorded,
    SpeechCut,
    TimerFired,
    VoicemailMet,
)
from runtime.flow.engine.state import Phase

DESK = """
variables: {message: none}
states:
  leave: {record: Speak after the tone., up_to: 20s, save: message, next: bye}
  bye: {hangup: 'Kept: {{ message }}.'}
"""

AFTER = """
variables: {outcome: none}
requests:
  keep: {post: 'https://example.com', json: {outcome: '{{ outcome }}', why: '{{ end_reason }}'}}
  never: {post: 'https://example.com/never'}
states:
  menu: {ask: What next?, on: {no: hangup}}
after_call:
  - {request: never, when: end_reason == 'error'}
  - summary: {ask: What was it about?, save: outcome}
  - request: keep
"""


def test_the_tone_sounds_when_the_words_have_been_heard():
    call = Call(DESK)
    assert not any(isinstance(effect, StartRecording) for effect in call.effects)
    assert call.timers["errand"] == (1, 120.0)
    assert call.hears_all() == (StartTimer("errand", 1, 30.0), StartRecording(1, 20.0))


def test_what_was_left_is_found_by_its_name_and_the_call_goes_on():
    talk = rehearse(DESK)
    shown = talk.caller("call me back")
    assert said(shown) == ["Kept: message-1."]


def test_where_nothing_is_left_the_name_is_empty():
    talk = rehearse(DESK)
    assert said(talk.silence()) == ["Kept: ."]


def test_any_key_ends_the_message():
    call = Call(DESK)
    call.hears_all()
    assert call.gets(Pressed, digit="#") == (StopErrand(1),)
    call.gets(Recorded, errand=1, name="a.wav", seconds=3.0)
    assert call.said == ["Kept: a.wav."]


def test_who_hangs_up_in_the_middle_has_left_his_message():
    call = Call(DESK)
    call.hears_all()
    assert call.gets(CallerHungUp) == (StopErrand(1), HangUp("caller_hung_up"))
    call.gets(Recorded, errand=1, name="a.wav", seconds=3.0)
    assert call.state.variables["message"] == "a.wav"
    assert call.said == []


def test_a_recorder_that_never_answers_is_not_waited_for_for_ever():
    call = Call(DESK)
    call.hears_all()
    call.fires("errand")
    assert call.said == ["Kept: ."]
    # It may still listen, and would keep the caller's next words to itself.
    assert call.effects[0] == StopErrand(1)


def test_words_before_the_tone_that_never_end_are_not_waited_for_either():
    call = Call(DESK)
    call.fires("errand")
    assert call.said == ["Kept: ."]


def test_words_that_cannot_be_said_are_followed_by_the_tone_where_the_state_stands_in():
    call = Call(f"{DESK}\nalways: {{provider_down: {{tts: leave}}}}")
    call.gets(SpeechCut, say=1, heard="")
    call.gets(ProviderFailed, kind="tts", reason="out of order")
    assert StartRecording(1, 20.0) in call.effects


def test_keys_do_not_cut_words_that_must_be_heard():
    call = Call(DESK.replace("up_to: 20s", "up_to: 20s, barge_in: false"))
    assert call.gets(Pressed, digit="1") == ()


def test_a_message_nobody_keeps_is_left_all_the_same():
    call = Call(DESK.replace("save: message, ", ""))
    call.hears_all()
    call.gets(Recorded, errand=1, name="a.wav", seconds=3.0)
    assert call.said == ["Kept: none."]


def test_a_recording_of_before_is_none_of_this_one():
    call = Call(DESK)
    call.hears_all()
    assert call.gets(Recorded, errand=7, name="b.wav", seconds=3.0) == ()
    assert call.state.is_recording


def test_where_always_leads_away_the_message_is_over():
    call = Call(f"{DESK}\nalways: {{after: {{30s: bye}}, on: {{voicemail: bye}}}}")
    call.hears_all()
    call.fires("after:30:bye")
    assert call.effects[0] == StopErrand(1)
    assert call.said == ["Kept: none."]


def test_an_answering_machine_is_an_event_of_always():
    flow = f"{DESK}\nalways: {{on: {{voicemail: {{say: For you., next: bye}}}}}}"
    call = Call(flow)
    call.gets(VoicemailMet)
    assert call.said == ["For you.", "Kept: none."]
    assert call.gets(VoicemailMet) == ()


def test_a_flow_that_has_nothing_for_a_machine_hangs_up():
    call = Call("states: {menu: {ask: What?, on: {yes: menu}}}")
    call.gets(VoicemailMet)
    assert call.effects[0] == StopSpeaking()
    assert call.reasons == ["voicemail"]


INNER = """
variables: {note: none, message: none}
states:
  main: {run: leave.yaml, save: {message: left}, next: bye}
  bye: {hangup: Bye.}
always: {on: {caller_hung_up: {set: {note: "'gone'"}}}}
"""
LEAVE = "variables: {left: none}\nstates: {a: {record: Speak., save: left}}\n"


def test_a_message_left_in_a_flow_that_is_run_reaches_the_flow_around_it():
    call = Call(flow_of(INNER, {"leave.yaml": LEAVE}))
    call.hears_all()
    call.gets(CallerHungUp)
    call.gets(Recorded, errand=1, name="a.wav", seconds=2.0)
    assert call.state.phase is Phase.OVER
    assert call.state.variables["message"] == "a.wav"
    assert call.state.variables["note"] == "gone"


def after(reply: ModelReply, answer: WebReply) -> tuple[Rehearsal, list[bytes]]:
    sent: list[bytes] = []

    def web(request: object, rendered: object) -> WebReply:
        sent.append(rendered.body)  # type: ignore[attr-defined]  # a WebRequest
        return answer

    started = CallStarted(at=MORNING, call_id="c")
    talk = Rehearsal(flow_of(AFTER), no_rank, started, web, lambda _: reply)
    talk.opening()
    return talk, sent


def test_after_the_call_the_steps_are_done_in_order_where_they_hold():
    talk, sent = after(ModelReply(reply="A lamp."), WebReply())
    assert ended(talk.hang_up()) == "caller_hung_up"
    assert sent == [b'{"outcome": "A lamp.", "why": "caller_hung_up"}']


def test_a_step_that_fails_does_not_keep_the_next_from_being_done():
    talk, sent = after(ModelReply(is_down=True), WebReply(status=500))
    shown = talk.caller("no")
    assert ended(shown) == "hangup"
    assert sent == [b'{"outcome": "none", "why": "hangup"}']
    messages = [each.message for each in shown if isinstance(each, Failed)]
    assert "llm failed: is down" in messages
    assert "the request 'keep' came to 500" in messages


def test_whatever_is_not_answered_after_the_call_ends_by_its_timers():
    flow = flow_of(AFTER)
    call = Call(flow)
    call.hears_all()
    state, effects = engine.step(flow, call.state, CallerHungUp(at=MORNING))
    errands = 0
    while not any(isinstance(effect, Finished) for effect in effects):
        errands += 1
        late = TimerFired(at=MORNING, timer="errand", turn=state.errand)
        state, effects = engine.step(flow, state, late)
    assert errands == 2
