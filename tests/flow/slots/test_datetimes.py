"""Days and clock times said together."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.datetimes import parse_datetime
from runtime.flow.slots.value import SlotContext

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 7, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

MOMENTS = [
    ("tomorrow at five pm", "2026-11-25 17:00"),
    ("tomorrow 5 pm", "2026-11-25 17:00"),
    ("five pm tomorrow", "2026-11-25 17:00"),
    ("tomorrow evening at five", "2026-11-25 17:00"),
    ("tomorrow evening five", "2026-11-25 17:00"),
    ("at five tomorrow evening", "2026-11-25 17:00"),
    ("tomorrow morning at nine", "2026-11-25 09:00"),
    ("nine tomorrow morning", "2026-11-25 09:00"),
    ("nine in the morning tomorrow", "2026-11-25 09:00"),
    ("five pm on Friday the 27th", "2026-11-27 17:00"),
    ("Friday the 27th at five pm", "2026-11-27 17:00"),
    ("half past four in the evening on Friday", "2026-11-27 16:30"),
    ("in two hours", "2026-11-24 12:07"),
    ("in half an hour", "2026-11-24 10:37"),
    ("in an hour and a half", "2026-11-24 11:37"),
    ("two hours from now", "2026-11-24 12:07"),
    ("after 20 minutes", "2026-11-24 10:27"),
    ("90 minutes later", "2026-11-24 11:37"),
    ("tonight at eight", "2026-11-24 20:00"),
    ("eight tonight", "2026-11-24 20:00"),
    ("at 8 pm tonight", "2026-11-24 20:00"),
    ("this evening at six", "2026-11-24 18:00"),
    ("today at 4 pm", "2026-11-24 16:00"),
    ("today 16:00", "2026-11-24 16:00"),
    ("today evening five thirty", "2026-11-24 17:30"),
    ("tonight at twelve", "2026-11-25 00:00"),
    ("midnight tonight", "2026-11-25 00:00"),
    ("tomorrow noon", "2026-11-25 12:00"),
    ("tomorrow at noon", "2026-11-25 12:00"),
    ("day after tomorrow at 10 am", "2026-11-26 10:00"),
    ("the fifth of June at 3 pm", "2027-06-05 15:00"),
    ("3 pm on the fifth of June", "2027-06-05 15:00"),
    ("June 5th, 3 p.m.", "2027-06-05 15:00"),
    ("june 5 2027 at 15:00", "2027-06-05 15:00"),
    ("5/6 at 3 pm", "2027-06-05 15:00"),
    ("05-06-2027 15:30", "2027-06-05 15:30"),
    ("2027-06-05 15:30", "2027-06-05 15:30"),
    ("2027-06-05T15:30", "2027-06-05 15:30"),
    ("2027-06-05T15:30:00+05:30", "2027-06-05 15:30"),
    ("2027-06-05T10:00:00Z", "2027-06-05 15:30"),
    ("next Monday at 11 am", "2026-11-30 11:00"),
    ("next week Tuesday 4 pm", "2026-12-01 16:00"),
    ("a week from Monday at 10 am", "2026-12-07 10:00"),
    ("in two weeks at 9 am", "2026-12-08 09:00"),
    ("the 28th at quarter to six in the evening", "2026-11-28 17:45"),
    ("the 28th five pm", "2026-11-28 17:00"),
    ("now", "2026-11-24 10:07"),
    ("right now please", "2026-11-24 10:07"),
    ("no, I meant Friday at 5 pm", "2026-11-27 17:00"),
    ("Thursday, no, Friday at 5 pm", "2026-11-27 17:00"),
    ("tomorrow at 5 pm, sorry, 6 pm", "2026-11-25 18:00"),
    ("kal shaam paanch baje", "2026-11-25 17:00"),
    ("kal subah saade nau baje", "2026-11-25 09:30"),
    ("aaj raat aath baje", "2026-11-24 20:00"),
    ("parso dopahar do baje", "2026-11-26 14:00"),
    ("shukravar ko shaam chhe baje", "2026-11-27 18:00"),
    ("do ghante baad", "2026-11-24 12:07"),
    ("aadhe ghante baad", "2026-11-24 10:37"),
    ("paanch june ko subah das baje", "2027-06-05 10:00"),
    ("कल शाम पाँच बजे", "2026-11-25 17:00"),
    ("आज रात आठ बजे", "2026-11-24 20:00"),
    ("शुक्रवार को सुबह साढ़े नौ बजे", "2026-11-27 09:30"),
    ("दो घंटे बाद", "2026-11-24 12:07"),
]
MOMENTS_TO_CONFIRM = [
    ("tomorrow at five", "2026-11-25 17:00"),
    ("five pm on Friday the 12th", "2026-12-12 17:00"),
    ("on Friday at half past four", "2026-11-27 16:30"),
    ("Friday at midnight", "2026-11-28 00:00"),
    ("at 5 pm", "2026-11-24 17:00"),
    ("at 9 am", "2026-11-25 09:00"),
    ("five", "2026-11-24 17:00"),
]
NO_DATETIME = [
    "tomorrow",
    "on Friday",
    "tomorrow morning",
    "31st of February at 5 pm",
    "tomorrow at 25:00",
    "I'd like to book an appointment",
    "may I ask",
    "wait a minute",
    "second opinion",
    "in two days",
    "five people",
]
NO_DATETIME_IN_PASSING = [
    "at five",
    "5 pm",
    "now",
    "a table for five tomorrow",
    "how are you today",
]
IN_PASSING_ROWS = [
    ("book me for tomorrow at five", "2026-11-25 17:00"),
    ("a table for two at eight on Saturday", "2026-11-28 08:00"),
    ("can I come on the 27th at 5 pm", "2026-11-27 17:00"),
    ("I want an appointment on Friday at half past four", "2026-11-27 16:30"),
    ("call me in two hours", "2026-11-24 12:07"),
    ("kal subah das baje aa sakta hoon", "2026-11-25 10:00"),
    ("is today 5 pm free", "2026-11-24 17:00"),
]


def shown(utterance: str, context: SlotContext) -> tuple[str, bool] | None:
    found = parse_datetime(utterance, context)
    if found is None:
        return None
    start, end = found.span
    assert utterance[start:end].strip() == utterance[start:end] != ""
    return f"{found.value:%Y-%m-%d %H:%M}", found.certain


@each_row(("said", "meant"), MOMENTS)
def test_datetime_is_understood(said, meant):
    assert shown(said, ASKED) == (meant, True)


@each_row(("said", "meant"), MOMENTS_TO_CONFIRM)
def test_ambiguous_datetime_is_understood_but_not_certain(said, meant):
    assert shown(said, ASKED) == (meant, False)


@each_row("said", NO_DATETIME)
def test_what_is_no_datetime_is_not_taken_for_one(said):
    assert shown(said, ASKED) is None


@each_row("said", [*NO_DATETIME, *NO_DATETIME_IN_PASSING])
def test_datetime_needs_a_marker_in_passing(said):
    assert shown(said, IN_PASSING) is None


@each_row(("said", "meant"), IN_PASSING_ROWS)
def test_datetime_said_in_passing_is_understood(said, meant):
    found = shown(said, IN_PASSING)
    assert found is not None
    assert found[0] == meant


WORDS = sorted({word for said, _ in [*MOMENTS, *MOMENTS_TO_CONFIRM] for word in said.split()})


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text())
def test_any_words_give_a_datetime_or_nothing(utterance):
    found = parse_datetime(utterance, ASKED)
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
    assert found == parse_datetime(utterance, ASKED)


def test_moment_is_in_the_zone_of_the_call():
    found = parse_datetime("2027-06-05T10:00:00Z", ASKED)
    assert found is not None
    assert found.value.tzinfo == NOW.tzinfo


def test_hours_are_counted_across_a_change_of_the_clocks():
    before_summer_time = datetime(2027, 3, 28, 0, 30, tzinfo=ZoneInfo("Europe/London"))
    context = SlotContext(before_summer_time, "en-GB", expected=True, options={})
    assert shown("in one hour", context) == ("2027-03-28 02:30", True)


def test_a_time_that_has_passed_today_is_tomorrows():
    assert shown("at 10:06 am", ASKED) == ("2026-11-25 10:06", False)
    assert shown("at 10:07 am", ASKED) == ("2026-11-24 10:07", False)


def test_span_covers_day_and_time():
    found = parse_datetime("please book tomorrow at five pm if you can", ASKED)
    assert found is not None
    assert found.span == (12, 31)
