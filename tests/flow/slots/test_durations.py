"""Lengths of time as callers say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.durations import parse_duration
from runtime.flow.slots.value import SlotContext

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 7, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

DURATIONS = [
    ("an hour", "1:00:00"),
    ("one hour", "1:00:00"),
    ("1 hour", "1:00:00"),
    ("an hour and a half", "1:30:00"),
    ("one and a half hours", "1:30:00"),
    ("one hour and a half", "1:30:00"),
    ("two and a half hours", "2:30:00"),
    ("2 and a half hours", "2:30:00"),
    ("2½ hours", "2:30:00"),
    ("2.5 hours", "2:30:00"),
    ("1.5 hrs", "1:30:00"),
    ("half an hour", "0:30:00"),
    ("half hour", "0:30:00"),
    ("1/2 an hour", "0:30:00"),
    ("a half hour", "0:30:00"),
    ("quarter of an hour", "0:15:00"),
    ("a quarter of an hour", "0:15:00"),
    ("three quarters of an hour", "0:45:00"),
    ("an hour and a quarter", "1:15:00"),
    ("90 minutes", "1:30:00"),
    ("ninety minutes", "1:30:00"),
    ("forty five minutes", "0:45:00"),
    ("forty-five mins", "0:45:00"),
    ("45 min", "0:45:00"),
    ("about twenty minutes", "0:20:00"),
    ("one hour thirty minutes", "1:30:00"),
    ("1 hour 30 minutes", "1:30:00"),
    ("an hour and twenty minutes", "1:20:00"),
    ("two hours and 15 minutes", "2:15:00"),
    ("an hour twenty", "1:20:00"),
    ("1h 30m", "1:30:00"),
    ("1h30m", "1:30:00"),
    ("2h", "2:00:00"),
    ("PT1H30M", "1:30:00"),
    ("1:30 hours", "1:30:00"),
    ("thirty seconds", "0:00:30"),
    ("30 secs", "0:00:30"),
    ("a minute and a half", "0:01:30"),
    ("a couple of hours", "2:00:00"),
    ("couple of days", "2 days, 0:00:00"),
    ("a couple of days", "2 days, 0:00:00"),
    ("three days", "3 days, 0:00:00"),
    ("a day", "1 day, 0:00:00"),
    ("one and a half days", "1 day, 12:00:00"),
    ("half a day", "12:00:00"),
    ("three weeks", "21 days, 0:00:00"),
    ("a week", "7 days, 0:00:00"),
    ("one week and two days", "9 days, 0:00:00"),
    ("a fortnight", "14 days, 0:00:00"),
    ("for three days please", "3 days, 0:00:00"),
    ("no, I meant two hours", "2:00:00"),
    ("one hour, no, two hours", "2:00:00"),
    ("do ghante", "2:00:00"),
    ("ek ghanta", "1:00:00"),
    ("aadha ghanta", "0:30:00"),
    ("dedh ghanta", "1:30:00"),
    ("dhai ghante", "2:30:00"),
    ("sava ghanta", "1:15:00"),
    ("sava do ghante", "2:15:00"),
    ("saade teen ghante", "3:30:00"),
    ("paune do ghante", "1:45:00"),
    ("pauna ghanta", "0:45:00"),
    ("pandrah minute", "0:15:00"),
    ("teen din", "3 days, 0:00:00"),
    ("ek hafta", "7 days, 0:00:00"),
    ("ek ghanta aur bees minute", "1:20:00"),
    ("दो घंटे", "2:00:00"),
    ("आधा घंटा", "0:30:00"),
    ("डेढ़ घंटा", "1:30:00"),
    ("ढाई घंटे", "2:30:00"),
    ("पंद्रह मिनट", "0:15:00"),
    ("तीन दिन", "3 days, 0:00:00"),
    ("एक हफ़्ता", "7 days, 0:00:00"),
    ("साढ़े तीन घंटे", "3:30:00"),
    ("1 1/2 hours", "1:30:00"),
    ("hour and a half", "1:30:00"),
    ("1/2 an hour", "0:30:00"),
]
DURATIONS_TO_CONFIRM = [
    ("a few days", "3 days, 0:00:00"),
    ("two months", "60 days, 0:00:00"),
    ("six months", "180 days, 0:00:00"),
    ("a year", "365 days, 0:00:00"),
    ("one or two hours", "2:00:00"),
]
NO_DURATION = [
    "ninety",
    "wait a minute",
    "just a minute",
    "one second please",
    "hold on a minute",
    "second opinion",
    "I am 30 years old",
    "two days ago",
    "three days from now",
    "twice a day",
    "every two weeks",
    "I'd like to book an appointment",
    "the hour",
    "half",
    "may I ask",
    "at five",
    "24 hours a day",
    "a minute an hour",
    "what a day",
]
NO_DURATION_IN_PASSING = [
    "call me in two hours",
    "after three days",
    "a day",
    "I had a minute",
    "in a couple of weeks",
]
IN_PASSING_ROWS = [
    ("I need it for two hours on Friday", "2:00:00"),
    ("it took an hour and a half", "1:30:00"),
    ("book the room for an hour", "1:00:00"),
    ("give me 45 minutes", "0:45:00"),
    ("mujhe do ghante ke liye room chahiye", "2:00:00"),
]


def shown(utterance: str, context: SlotContext) -> tuple[str, bool] | None:
    found = parse_duration(utterance, context)
    if found is None:
        return None
    start, end = found.span
    assert utterance[start:end].strip() == utterance[start:end] != ""
    return str(found.value), found.certain


@each_row(("said", "meant"), DURATIONS)
def test_duration_is_understood(said, meant):
    assert shown(said, ASKED) == (meant, True)


@each_row(("said", "meant"), DURATIONS_TO_CONFIRM)
def test_ambiguous_duration_is_understood_but_not_certain(said, meant):
    assert shown(said, ASKED) == (meant, False)


@each_row("said", NO_DURATION)
def test_what_is_no_duration_is_not_taken_for_one(said):
    assert shown(said, ASKED) is None


@each_row("said", [*NO_DURATION, *NO_DURATION_IN_PASSING])
def test_duration_needs_a_marker_in_passing(said):
    assert shown(said, IN_PASSING) is None


@each_row(("said", "meant"), IN_PASSING_ROWS)
def test_duration_said_in_passing_is_understood(said, meant):
    found = shown(said, IN_PASSING)
    assert found is not None
    assert found[0] == meant


WORDS = sorted({word for said, _ in [*DURATIONS, *DURATIONS_TO_CONFIRM] for word in said.split()})


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text())
def test_any_words_give_a_duration_or_nothing(utterance):
    found = parse_duration(utterance, ASKED)
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
    assert found == parse_duration(utterance, ASKED)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 9), st.integers(1, 59))
def test_hours_and_minutes_add_up(hours, minutes):
    found = parse_duration(f"{hours} hours and {minutes} minutes", ASKED)
    assert found is not None
    assert found.value == timedelta(hours=hours, minutes=minutes)
