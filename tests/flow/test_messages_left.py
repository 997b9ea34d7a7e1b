"""`record`: the caller leaves a message; `after_call`: what is done when he has gone."""

from scripted_calls import MORNING, Call, ended, flow_of, no_rank, rehearse, said

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import Failed, Finished, HangUp, StartRecording, StopErrand
from runtime.flow.engine.events import CallerHungUp, CallStarted, Pressed, Recorded, TimerFired

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
    (recording,) = call.hears_all()
    assert recording == StartRecording(1, 20.0)


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
    call.gets(TimerFired, timer="errand", turn=1)
    assert call.said == ["Kept: ."]


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
