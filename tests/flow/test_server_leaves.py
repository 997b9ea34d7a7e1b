"""The server stops while a call is live: its caller is told so, and the call ends."""

import pytest
from scripted_calls import Call

from runtime.flow.engine.effects import HangUp, StopErrand, StopSpeaking, StopTimer
from runtime.flow.engine.events import (
    CallerHungUp,
    EndAsked,
    Heard,
    Pressed,
    Recorded,
    RequestAnswered,
    ServerLeaves,
    SpeechStarted,
    SpeechSustained,
    VoicemailMet,
)
from runtime.flow.phrases import phrase

MENU = """
intents: {book: {words: [book], digit: 1}}
states:
  menu: {ask: What next?, on: {book: bye}}
  bye: {hangup: Bye.}
"""
LAST = phrase("server_shutdown", "en")


def test_what_is_being_said_makes_way_for_a_last_line_and_the_call_ends_when_it_was_heard():
    call = Call(MENU)
    call.gets(ServerLeaves)
    assert call.effects[0] == StopSpeaking()
    assert call.said == [LAST]
    assert call.reasons == []
    call.hears_all()
    assert call.reasons == ["server_shutdown"]


def test_a_caller_who_speaks_is_told_too():
    call = Call(MENU)
    call.hears_all()
    call.gets(SpeechStarted)
    call.gets(ServerLeaves)
    assert call.said == [LAST]


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (SpeechSustained, {}),
        (Heard, {"text": "I want to book"}),
        (Pressed, {"digit": "1"}),
        (VoicemailMet, {}),
        (ServerLeaves, {}),
    ],
)
def test_nothing_interrupts_the_last_line(event, fields):
    call = Call(MENU)
    call.gets(ServerLeaves)
    effects = call.gets(event, **fields)
    assert [x for x in effects if not isinstance(x, StopTimer)] == []
    assert call.hears_all() == (HangUp("server_shutdown"),)


def test_the_author_may_word_it_for_each_language():
    flow = f"language: hi\nphrases: {{server_shutdown: {{hi: Namaste, en: Bye now}}}}\n{MENU}"
    call = Call(flow.replace("What next?", "{hi: Kya?, en: What?}").replace("Bye.", "{hi: Ok.}"))
    call.gets(ServerLeaves)
    assert call.said == ["Namaste"]


def test_a_call_that_is_ending_says_its_own_last_words_to_their_end():
    call = Call(MENU)
    call.hears_all()
    call.gets(Pressed, digit="1")
    assert call.said == ["Bye."]
    assert call.gets(ServerLeaves) == ()
    call.hears_all()
    assert call.reasons == ["hangup"]


def test_whoever_does_not_hear_it_to_its_end_is_cut_off():
    call = Call(MENU)
    call.gets(ServerLeaves)
    assert call.gets(EndAsked, reason="server_shutdown") == (HangUp("server_shutdown"),)


def test_a_web_service_is_not_waited_for():
    call = Call(
        """
        requests: {free: {get: 'http://clinic.example/free'}}
        states:
          find: {request: free, on: {error: sorry}, next: sorry}
          sorry: {hangup: Sorry.}
        """
    )
    call.gets(ServerLeaves)
    assert StopErrand(1) in call.effects
    assert call.said == [LAST]
    assert call.gets(RequestAnswered, errand=1, status=200) == ()


MESSAGE = """
states:
  leave: {record: Please speak., save: message, next: done}
  done: {hangup: Thank you.}
"""


@pytest.mark.parametrize("comes_early", [True, False])
def test_a_message_that_is_being_left_is_kept(comes_early):
    call = Call(MESSAGE)
    call.hears_all()
    call.gets(ServerLeaves)
    assert StopErrand(1) in call.effects
    assert call.said == [LAST]
    if comes_early:
        call.gets(Recorded, errand=1, name="m", seconds=3.0)
        assert call.said == []
    call.hears_all()
    assert call.reasons == ["server_shutdown"]
    if not comes_early:
        call.gets(Recorded, errand=1, name="m", seconds=3.0)
    assert call.state.variables["message"] == "m"


def test_words_before_a_message_are_cut_and_no_message_begins():
    call = Call(MESSAGE)
    call.gets(ServerLeaves)
    call.hears_all()
    assert call.reasons == ["server_shutdown"]


def test_who_has_hung_up_is_told_nothing():
    call = Call(MENU)
    call.gets(CallerHungUp)
    assert call.gets(ServerLeaves) == ()
