"""Values that are pressed, key by key."""

from datetime import date, time
from decimal import Decimal

import pytest
from scripted_calls import Call, ended, rehearse, said, understood

from runtime.flow.engine.effects import StartTimer, StopTimer
from runtime.flow.engine.events import Heard, NothingHeard, Pressed, TimerFired


def asking(slot: str, more: str = "") -> str:
    return f"""
slots: {{it: {{{slot}, ask: 'What?', retry: [Once more?]}}}}
states:
  ask: {{collect: [it], {more} next: done}}
  other: {{hangup: Other.}}
  done: {{hangup: Done.}}
"""


PHONE = asking("type: phone")
NO_MATCH = ["Sorry, I did not get that.", "Once more?"]


# -- the end of an entry -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slot", "keys", "value"),
    [
        ("type: phone", "9845098450", "9845098450"),
        ("type: phone", "09845098450", "9845098450"),
        ("type: yes_no", "1", True),
        ("type: yes_no", "2", False),
        ("type: date", "24112026", date(2026, 11, 24)),
        ("type: time", "1730", time(17, 30)),
        ("type: digits, length: 4", "0042", "0042"),
        ("type: digits, min: 3, max: 5", "00421", "00421"),
        ("type: choice, choices: [tea, milk]", "2", "milk"),
        ("type: choice, choices: {tea: {digit: 7}, milk: {digit: 9}}", "7", "tea"),
    ],
)
def test_the_full_length_ends_it(slot, keys, value):
    talk = rehearse(asking(slot))
    assert said(talk.press(keys)) == ["Done."]
    assert talk.state.slots == {"it": value}


@pytest.mark.parametrize(
    ("slot", "keys", "value"),
    [
        ("type: integer", "12#", 12),
        ("type: number", "1*5#", Decimal("1.5")),
        ("type: money", "250#", 250),
        ("type: date", "2411#", date(2026, 11, 24)),
        ("type: time", "930#", time(9, 30)),
        ("type: digits, min: 3, max: 5", "004#", "004"),
        ("type: digits", "1#", "1"),
        ("type: pattern, pattern: '[0-9]{3}'", "123#", "123"),
    ],
)
def test_the_hash_key_ends_it(slot, keys, value):
    talk = rehearse(asking(slot))
    assert said(talk.press(keys)) == ["Done."]
    assert talk.state.slots == {"it": value}


@pytest.mark.parametrize(
    ("slot", "keys", "seconds", "heard"),
    [
        # A value that might be longer is waited for less than half of one.
        ("type: integer", "12", 2, ["Done."]),
        ("type: digits, min: 3, max: 5", "123", 2, ["Done."]),
        ("type: digits, min: 3, max: 5", "12", 5, NO_MATCH),
        ("type: phone", "98450", 5, NO_MATCH),
        ("type: date", "2411", 2, ["Done."]),
    ],
)
def test_a_pause_ends_it(slot, keys, seconds, heard):
    talk = rehearse(asking(slot))
    assert said(talk.press(keys)) == []
    before = talk.now
    assert said(talk.silence()) == heard
    assert talk.now - before == seconds


def test_each_key_begins_the_pause_anew_and_stops_the_silence_clock():
    call = Call(PHONE)
    call.hears_all()
    for digit in "98":
        assert call.gets(Pressed, digit=digit) == (
            StopTimer("no_input"),
            StartTimer("keys", 0, 5.0),
        )


@pytest.mark.parametrize("keys", ["98450#", "98450"])
def test_too_few_keys_are_no_match(keys):
    talk = rehearse(PHONE)
    shown = (*talk.press(keys), *(() if keys.endswith("#") else talk.silence()))
    assert said(shown) == NO_MATCH
    assert understood(shown) == [(None, "no_match")]
    assert said(talk.press("9845098450")) == ["Done."]


def test_an_invalid_value_is_refused_like_a_spoken_one():
    talk = rehearse(asking("type: integer, valid: value < 10, invalid: Too many."))
    assert said(talk.press("12#")) == ["Too many.", "Once more?"]


def test_a_pressed_value_is_confirmed_where_the_slot_says_so():
    talk = rehearse(asking("type: integer, confirm: '{{ value }}?'"))
    assert said(talk.press("12#")) == ["12?"]
    assert said(talk.press("2")) == ["Once more?"]
    talk.press("13#")
    assert said(talk.press("1")) == ["Done."]
    assert talk.state.slots == {"it": 13}


def test_the_last_turn_allowed_takes_no_more_keys():
    talk = rehearse(f"limits: {{turns: 1}}\n{asking('type: digits, length: 1')}")
    talk.silence()
    assert ended(talk.press("1")) == "over_limit"


# -- keys and speech -----------------------------------------------------------------------------


def test_speech_begins_an_entry_anew():
    talk = rehearse(asking("type: digits, length: 4"))
    talk.press("12")
    talk.caller("help")
    assert said(talk.press("3456")) == ["Done."]
    assert talk.state.slots == {"it": "3456"}


def test_a_pause_that_ends_nothing_is_of_no_account():
    call = Call(PHONE)
    call.hears_all()
    call.gets(Pressed, digit="9")
    call.gets(Heard, text="one moment")
    assert call.gets(TimerFired, timer="keys", turn=0) == ()
    assert call.gets(TimerFired, timer="keys", turn=1) == ()


def test_a_cough_leaves_the_entry_as_it_is():
    call = Call(asking("type: digits, length: 2"))
    call.hears_all()
    call.gets(Pressed, digit="1")
    call.gets(NothingHeard)
    call.gets(Pressed, digit="2")
    assert call.state.slots == {"it": "12"}


# -- keys that mean something else ---------------------------------------------------------------


def test_a_value_goes_before_the_keys_of_the_state():
    talk = rehearse(asking("type: digits, length: 2", 'on: {"0": other},'))
    assert said(talk.press("00")) == ["Done."]


@pytest.mark.parametrize(
    "slot", ["type: choice, choices: [tea, milk]", "type: yes_no", "type: name", "type: email"]
)
def test_a_key_that_cannot_be_a_value_is_the_states(slot):
    talk = rehearse(asking(slot, 'on: {"0": other},'))
    assert said(talk.press("0")) == ["Other."]


@pytest.mark.parametrize("slot", ["type: choice, choices: [tea, milk]", "type: yes_no"])
def test_a_key_that_is_nothing_is_no_match(slot):
    assert said(rehearse(asking(slot)).press("9")) == NO_MATCH


@pytest.mark.parametrize("key", ["*", "#"])
def test_star_and_hash_are_the_states_where_no_value_begins_with_them(key):
    talk = rehearse(asking("type: phone", f'on: {{"{key}": other}},'))
    assert said(talk.press(key)) == ["Other."]


def test_a_type_that_takes_no_keys_answers_them_with_no_match():
    talk = rehearse(asking("type: name"))
    assert said(talk.press("5")) == NO_MATCH


def test_a_star_in_the_middle_gives_the_entry_up():
    talk = rehearse(PHONE)
    talk.press("98")
    assert said(talk.press("*")) == NO_MATCH
    assert said(talk.press("9845098450")) == ["Done."]
