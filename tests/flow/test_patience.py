"""How long the bot waits for more, by what the caller has said so far."""

import pytest
from scripted_calls import Call

from runtime.flow import engine
from runtime.flow.engine.events import Heard, SpeechStarted, SpeechSustained

USUAL, WHOLE, GOES_ON = 0.7, 0.3, 1.2

MENU = """
intents:
  book: {words: [book, appointment], examples: [reserve a table for two, book me in]}
  cancel: {words: [cancel], digit: 2}
  open: {words: [opening hours], answer: From nine to six.}
states:
  menu: {ask: What?, on: {book: menu, cancel: sure, "3": menu}}
  sure: {ask: Sure?, on: {yes: menu, no: menu}}
"""

ASKING = """
slots: {{it: {{type: {type}, ask: What?, {options}}}}}
states: {{menu: {{collect: [it], next: bye}}, bye: {{hangup: Bye.}}}}
"""


def patience(call: Call, text: str, confidence: float = 0.9) -> float:
    return engine.patience(call.flow, call.state, call.now, text, confidence)


def asked(flow: str) -> Call:
    call = Call(flow)
    call.hears_all()
    return call


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Cancel.", WHOLE),
        ("cancel please", WHOLE),
        ("Appointment", WHOLE),
        ("three", WHOLE),
        # An example goes on so.
        ("Book", USUAL),
        ("I want to cancel", USUAL),
        ("opening hours", USUAL),
        ("something else", USUAL),
        ("", USUAL),
        ("I would like to cancel my", GOES_ON),
        ("cancel and", GOES_ON),
        ("Um.", GOES_ON),
    ],
)
def test_a_word_of_the_menu_is_the_whole_and_what_trails_off_is_not(text, seconds):
    assert patience(asked(MENU), text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Yes.", WHOLE), ("yes please", WHOLE), ("No", WHOLE), ("no but", GOES_ON), ("two", USUAL)],
)
def test_a_yes_or_no_is_the_whole_where_one_is_waited_for(text, seconds):
    call = asked(MENU)
    call.caller("cancel")
    call.hears_all()
    assert patience(call, text) == pytest.approx(seconds)


def test_a_yes_that_nobody_waits_for_may_go_on():
    assert patience(asked(MENU), "yes") == USUAL


def test_what_was_not_heard_well_may_go_on():
    assert patience(asked(MENU), "cancel", confidence=0.3) == USUAL


@pytest.mark.parametrize(
    ("type_", "options", "text", "seconds"),
    [
        ("phone", "", "nine eight four five", GOES_ON),
        ("phone", "", "nine eight four five oh one two three four five", WHOLE),
        ("phone", "", "my number is 98450 12345", USUAL),
        ("phone", "", "98450 12345", WHOLE),
        ("digits", "length: 4", "one two", GOES_ON),
        ("digits", "length: 4", "one two three four", WHOLE),
        ("digits", "length: 4", "one two three double", GOES_ON),
        ("digits", "min: 4", "one two three four", USUAL),
        ("number", "", "two hundred and", GOES_ON),
        ("number", "", "two hundred", USUAL),
        ("email", "", "asha dot rao", GOES_ON),
        ("email", "", "asha dot rao at gmail dot com", USUAL),
        ("yes_no", "", "yes", WHOLE),
        ("yes_no", "", "yes it is", WHOLE),
        ("choice", "choices: [tea, milk]", "tea please", WHOLE),
        ("choice", "choices: [tea, milk]", "tea or", GOES_ON),
        ("date", "", "tomorrow", USUAL),
        ("date", "", "the fifth of", GOES_ON),
        ("text", "", "my name is", GOES_ON),
    ],
)
def test_a_value_is_the_whole_when_it_has_all_its_parts(type_, options, text, seconds):
    call = asked(ASKING.format(type=type_, options=options))
    assert patience(call, text) == pytest.approx(seconds)


def test_after_a_no_to_what_was_understood_comes_what_is_right():
    call = asked(ASKING.format(type="date", options="confirm: '{{ value | date }}?'"))
    call.caller("tomorrow")
    call.hears_all()
    assert patience(call, "no") == USUAL
    assert patience(call, "yes") == WHOLE


def test_the_author_may_ask_for_more_haste():
    call = asked(f"settings: {{end_of_speech: 200ms}}\n{MENU}")
    assert patience(call, "cancel") == pytest.approx(0.2)
    assert patience(call, "whatever") == pytest.approx(0.2)


def test_the_bot_goes_on_soon_after_what_was_no_interruption():
    call = Call(MENU)
    call.gets(SpeechStarted)
    call.gets(SpeechSustained)
    assert patience(call, "") == WHOLE
    assert patience(call, "mhm") == WHOLE
    assert patience(call, "I have a question") == USUAL


def test_there_is_nothing_to_wait_for_when_the_call_is_over():
    call = Call("states: {bye: {hangup: Bye.}}")
    assert patience(call, "one moment") == WHOLE


def test_a_guess_leaves_the_call_as_it_was():
    call = asked(MENU)
    before = call.state
    patience(call, "cancel")
    assert call.state is before
    call.gets(Heard, text="cancel")
    assert call.state.state == "sure"


def test_a_caller_whose_answer_waits_is_heard_out_as_usual():
    call = asked(MENU)
    call.gets(Heard, text="cancel", goes_on=True)
    assert patience(call, "Yes.") == USUAL
