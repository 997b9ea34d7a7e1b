"""A call that is at something else than a question: a request, a message, its end."""

from scripted_calls import Call, said, understood

from runtime.flow.engine.effects import StartRecording, StopErrand, StopSpeaking
from runtime.flow.engine.events import (
    EndAsked,
    Heard,
    Pressed,
    Recorded,
    RequestAnswered,
    SpeechCut,
    TimerFired,
)

BUSY = """
requests:
  free: {get: 'http://clinic.example/free', hold: One moment.}
intents: {cancel: {words: [cancel], digit: 5}}
states:
  find: {request: free, on: {error: sorry}, next: sorry}
  sorry: {hangup: Sorry.}
  person: {hangup: A person.}
  gone: {hangup: Gone.}
always: {on: {person: person, "0": person, cancel: gone}}
"""


def test_while_a_request_is_made_only_what_may_happen_anywhere_is_heard():
    call = Call(BUSY)
    for words in ("hello", "repeat that", "yes"):
        assert call.gets(Heard, text=words) == ()
    call.gets(Heard, text="I want to speak to an agent")
    assert call.said == ["A person."]
    assert StopErrand(1) in call.effects
    assert understood(call.effects) == [("person", "words")]
    assert call.gets(RequestAnswered, errand=1, status=200) == ()


def test_goodbye_is_always_heard():
    call = Call(BUSY)
    call.gets(Heard, text="goodbye")
    assert call.said == ["Goodbye."]


def test_the_last_turn_allowed_hears_no_more():
    call = Call(f"limits: {{turns: 1}}\n{BUSY.replace('cancel: gone', 'cancel: {say: No.}')}")
    call.gets(Heard, text="cancel it")
    assert call.said == ["No."]
    call.hears_all()
    call.gets(Heard, text="cancel it")
    assert call.said == ["I am sorry, we have to end this call now. Goodbye."]


def test_keys_too():
    call = Call(BUSY)
    assert call.gets(Pressed, digit="7") == ()
    call.gets(Pressed, digit="5")
    assert call.said == ["Gone."]
    call = Call(BUSY)
    call.gets(Pressed, digit="0")
    assert call.said == ["A person."]


def test_a_hold_that_runs_out_when_nothing_is_asked_says_nothing():
    call = Call(BUSY)
    call.gets(TimerFired, timer="hold", turn=1)
    assert call.said == ["One moment."]
    call = Call("states: {menu: {ask: What?, on: {yes: menu, no: hangup}}}")
    assert call.gets(TimerFired, timer="hold", turn=0) == ()


MESSAGE = """
states:
  leave: {record: Please speak., save: message, next: done}
  done: {hangup: Thank you.}
"""


def test_a_key_cuts_the_words_before_a_message_short_and_then_ends_it():
    call = Call(MESSAGE)
    stopped, _, begun = call.gets(Pressed, digit="1")
    assert (stopped, begun) == (StopSpeaking(), StartRecording(1, 60.0))
    call.gets(SpeechCut, say=1, heard="Please")
    assert call.gets(Pressed, digit="1") == (StopErrand(1),)
    call.gets(Recorded, errand=1, name="m", seconds=3.0)
    assert call.said == ["Thank you."]


def test_what_is_said_into_a_message_is_no_answer():
    call = Call(MESSAGE)
    call.hears_all()
    assert call.gets(Heard, text="please call me") == ()


def test_a_message_that_is_being_left_when_the_call_ends_is_kept():
    call = Call(MESSAGE)
    call.hears_all()
    call.gets(EndAsked, reason="operator")
    assert StopErrand(1) in call.effects
    call.gets(Recorded, errand=1, name="m", seconds=3.0)
    assert call.state.variables["message"] == "m"
    assert said(call.effects) == []
