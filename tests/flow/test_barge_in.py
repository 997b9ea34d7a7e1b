"""The caller speaks into what the bot says: what stops it, and what does not."""

import pytest
from scripted_calls import Call

from runtime.flow.engine.effects import (
    PauseSpeaking,
    ResumeSpeaking,
    Say,
    StartTimer,
    StopSpeaking,
    StopTimer,
)
from runtime.flow.engine.events import (
    Classified,
    Heard,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    SpeechStarted,
    SpeechSustained,
    TimerFired,
)
from runtime.flow.understanding.backchannel import is_acknowledgement, is_backchannel

FLOW = """
intents: {book: {words: [book], digit: 1}}
states:
  news: {say: We have moved to the market square., next: menu}
  menu: {ask: What can I do for you?, on: {book: sure}}
  sure: {ask: Shall I book it?, on: {yes: bye, no: menu}}
  bye: {hangup: Bye.}
always: {after: {1m: menu}}
"""


def interrupted(flow: str = FLOW) -> Call:
    call = Call(flow)
    call.gets(SpeechStarted)
    assert call.gets(SpeechSustained)[-1] == PauseSpeaking()
    return call


def test_a_click_does_not_even_pause_the_bot():
    call = Call(FLOW)
    call.gets(SpeechStarted)
    assert call.gets(NothingHeard) == ()
    assert call.state.speaking


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (NothingHeard, {}),
        (Heard, {"text": ""}),
        (Heard, {"text": "Uh-huh."}),
        (Heard, {"text": "Okay."}),
        (Heard, {"text": "mm-hmm, right"}),
        (Heard, {"text": "book a table", "confidence": 0.2}),
    ],
)
def test_what_is_no_interruption_lets_the_bot_go_on(event, fields):
    call = interrupted()
    assert call.gets(event, **fields) == (ResumeSpeaking(),)
    assert (call.state.state, call.state.turn) == ("menu", 0)
    assert "no_input" not in call.running
    call.hears_all()
    assert "no_input" in call.running


def test_what_is_said_on_purpose_stops_the_bot_and_is_taken():
    call = interrupted()
    assert call.gets(Heard, text="I want to book")[0] == StopSpeaking()
    assert call.state.state == "sure"


def answered_while_speaking(text: str = "I want to book") -> Call:
    """A call whose caller went on speaking before his words were understood."""
    call = Call(FLOW)
    call.hears_all()
    call.gets(SpeechStarted)
    effects = call.gets(Heard, text=text, goes_on=True)
    assert [type(effect) for effect in effects][-1] is PauseSpeaking
    assert any(isinstance(effect, Say) for effect in effects)
    return call


@pytest.mark.parametrize(
    ("event", "fields"),
    [(Heard, {"text": "but only after ten"}), (Heard, {"text": "Uh-huh."}), (NothingHeard, {})],
)
def test_an_answer_waits_for_a_caller_who_has_gone_on_and_is_then_given(event, fields):
    call = answered_while_speaking()
    assert call.gets(SpeechSustained) == (StopTimer("no_input"),)
    # No word of the question was heard: nothing that he says can be meant for it.
    assert call.gets(event, **fields) == (ResumeSpeaking(),)
    assert (call.state.state, call.state.speaking != ()) == ("sure", True)
    assert not call.state.is_paused
    call.hears_all()
    assert "no_input" in call.running


def test_an_answer_waits_on_while_the_caller_goes_on_and_on():
    call = answered_while_speaking()
    assert ResumeSpeaking() not in call.gets(Heard, text="but only", goes_on=True)
    assert call.gets(Heard, text="after ten") == (ResumeSpeaking(),)


def test_an_answer_waits_for_four_seconds_at_the_most():
    call = Call(FLOW)
    call.hears_all()
    turn = call.state.turn + 1
    assert StartTimer("held", turn, 4.0) in call.gets(Heard, text="book", goes_on=True)
    assert call.gets(TimerFired, timer="held", turn=turn - 1) == ()
    assert call.gets(TimerFired, timer="held", turn=turn) == (ResumeSpeaking(),)
    assert call.gets(TimerFired, timer="held", turn=turn) == ()


def test_a_key_takes_the_turn_although_an_answer_waits():
    call = answered_while_speaking()
    assert StopSpeaking() in call.gets(Pressed, digit="2")
    assert not call.state.is_held


def test_an_answer_that_waits_is_given_although_the_recogniser_fails():
    call = answered_while_speaking()
    assert ResumeSpeaking() in call.gets(ProviderFailed, kind="stt", reason="late")


def test_a_line_that_is_heard_already_does_not_wait():
    call = Call("settings: {barge_in: false}\n" + FLOW)
    call.gets(SpeechStarted)
    assert PauseSpeaking() not in call.gets(Heard, text="book", goes_on=True)
    assert call.state.hearing


def test_what_cannot_be_stopped_waits_too_before_its_first_sound():
    call = Call("settings: {barge_in: false}\n" + FLOW)
    call.hears_all()
    assert PauseSpeaking() in call.gets(Heard, text="book", goes_on=True)


def test_an_answer_by_meaning_waits_for_a_caller_who_speaks_again():
    examples = "{words: [book], digit: 1, examples: [reserve me a table, a table for two]}"
    call = Call(FLOW.replace("{words: [book], digit: 1}", examples))
    call.hears_all()
    effects = call.gets(Heard, text="there should be a place for us tonight", goes_on=True)
    assert PauseSpeaking() not in effects
    ranked = call.gets(Classified, turn=call.state.turn, ranking=(("book", 0.9),))
    assert PauseSpeaking() in ranked
    assert call.gets(NothingHeard) == (ResumeSpeaking(),)


def test_an_okay_answers_where_a_yes_is_waited_for_and_a_sound_never_does():
    call = interrupted()
    call.gets(Heard, text="book")
    call.gets(SpeechSustained)
    assert call.gets(Heard, text="mhm") == (ResumeSpeaking(),)
    call.gets(SpeechSustained)
    assert call.gets(Heard, text="okay")[0] == StopSpeaking()
    assert call.state.state == "bye"


@pytest.mark.parametrize(("said", "is_taken"), [("right", True), ("okay", False)])
def test_a_word_of_agreement_that_is_a_choice_is_taken(said, is_taken):
    call = interrupted("""
slots: {side: {type: choice, ask: Left or right?, choices: [left, right]}}
states: {menu: {collect: [side], next: bye}, bye: {hangup: Bye.}}
""")
    assert (StopSpeaking() in call.gets(Heard, text=said)) is is_taken


def test_what_would_do_for_any_words_is_not_filled_by_an_okay():
    call = interrupted("""
slots: {why: {type: text, ask: Why?}}
states: {menu: {collect: [why], next: bye}, bye: {hangup: Bye.}}
""")
    assert call.gets(Heard, text="okay") == (ResumeSpeaking(),)


def test_an_okay_confirms_a_value_that_is_being_read_back():
    call = Call("""
slots: {day: {type: date, ask: When?, confirm: '{{ value | date }}?'}}
states: {menu: {collect: [day], next: bye}, bye: {hangup: Bye.}}
""")
    call.caller("tomorrow")
    call.gets(SpeechSustained)
    assert StopSpeaking() in call.gets(Heard, text="okay")
    assert call.state.state == "bye"


def test_a_key_stops_what_is_paused():
    call = interrupted()
    assert StopSpeaking() in call.gets(Pressed, digit="1")
    assert call.state.state == "sure"
    assert call.gets(NothingHeard) == ()


def test_a_caller_who_could_not_be_recognised_is_asked_again():
    call = interrupted()
    call.gets(ProviderFailed, kind="stt", reason="out of order")
    assert call.effects[0] == StopSpeaking()
    assert call.said[-1] == "What can I do for you?"


def test_speech_pauses_once():
    call = interrupted()
    assert PauseSpeaking() not in call.gets(SpeechSustained)


def test_a_way_that_is_taken_by_the_clock_is_heard_whatever_was_paused():
    call = interrupted()
    call.gets(TimerFired, timer="after:60:menu", turn=0)
    assert [type(x) for x in call.effects][:1] == [StopSpeaking]
    assert any(isinstance(x, Say) for x in call.effects)
    assert not call.state.is_paused


def test_a_farewell_is_heard_whatever_was_paused():
    call = interrupted()
    call.gets(TimerFired, timer="over_limit", turn=0)
    assert not call.state.is_paused
    call.gets(PlayedOut, say=call.state.said)
    assert call.reasons == ["over_limit"]


@pytest.mark.parametrize(
    ("text", "language", "sound", "word"),
    [
        ("Uh-huh.", "en-IN", True, True),
        ("Mm-hmm, mm-hmm", "en-IN", True, True),
        ("Hmm, okay", "en-IN", False, True),
        ("I see.", "en-IN", False, True),
        ("I see a problem", "en-IN", False, False),
        ("all right", "en-IN", False, True),
        ("theek hai", "en-IN", False, True),
        ("हाँ जी", "hi-IN", False, True),
        ("हम्म", "hi-IN", True, True),
        ("हाँ", "en-IN", False, False),
        ("no", "en-IN", False, False),
        ("wait", "en-IN", False, False),
        ("", "en-IN", False, False),
        ("...", "en-IN", False, False),
    ],
)
def test_sounds_and_words_that_ask_the_other_to_go_on(text, language, sound, word):
    assert is_backchannel(text, language) is sound
    assert is_acknowledgement(text, language) is word
