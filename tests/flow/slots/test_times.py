"""Clock times as callers say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.times import parse_time
from runtime.flow.slots.value import SlotContext

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 7, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

TIMES = [
    ("a quarter past ten in the morning", "10:15"),
    ("5 pm", "17:00"),
    ("5pm", "17:00"),
    ("5 p.m.", "17:00"),
    ("5 P M", "17:00"),
    ("five p m", "17:00"),
    ("at five p.m. please", "17:00"),
    ("9 am", "09:00"),
    ("12 am", "00:00"),
    ("12 pm", "12:00"),
    ("five thirty in the evening", "17:30"),
    ("17:00", "17:00"),
    ("17:30", "17:30"),
    ("5:30 pm", "17:30"),
    ("5:30pm", "17:30"),
    ("17 hundred", "17:00"),
    ("seventeen hundred hours", "17:00"),
    ("17 hours", "17:00"),
    ("1730", "17:30"),
    ("0930", "09:30"),
    ("1730 hours", "17:30"),
    ("noon", "12:00"),
    ("at noon", "12:00"),
    ("twelve noon", "12:00"),
    ("12 noon", "12:00"),
    ("midnight", "00:00"),
    ("five o\u2019clock in the morning", "05:00"),
    ("4.30 pm", "16:30"),
    ("430 pm", "16:30"),
    ("4 30 pm", "16:30"),
    ("four thirty pm", "16:30"),
    ("five fifteen pm", "17:15"),
    ("twenty five to six pm", "17:35"),
    ("ten past five in the evening", "17:10"),
    ("in the morning at nine", "09:00"),
    ("morning at nine", "09:00"),
    ("morning nine", "09:00"),
    ("evening 5", "17:00"),
    ("evening 5 o'clock", "17:00"),
    ("8 at night", "20:00"),
    ("tonight at eight", "20:00"),
    ("eleven in the night", "23:00"),
    ("two in the afternoon", "14:00"),
    ("one in the morning", "01:00"),
    ("five tomorrow evening", "17:00"),
    ("this evening at 6", "18:00"),
    ("june 5 at 4 pm", "16:00"),
    ("tomorrow 4 pm", "16:00"),
    ("in two hours", "12:07"),
    ("in half an hour", "10:37"),
    ("right now", "10:07"),
    ("subah nau baje", "09:00"),
    ("shaam ke paanch baje", "17:00"),
    ("shaam ko saade chhe baje", "18:30"),
    ("dopahar do baje", "14:00"),
    ("raat nau baje", "21:00"),
    ("raat ke do baje", "02:00"),
    ("शाम पाँच बजे", "17:00"),
    ("सुबह नौ बजे", "09:00"),
    ("रात के दस बजे", "22:00"),
    ("दोपहर ढाई बजे", "14:30"),
]
TIMES_TO_CONFIRM = [
    ("half past four", "16:30"),
    ("1/2 past 4", "16:30"),
    ("½ past 4", "16:30"),
    ("quarter to 5", "16:45"),
    ("quarter past nine", "09:15"),
    ("at five", "17:00"),
    ("five", "17:00"),
    ("at nine", "09:00"),
    ("around six", "18:00"),
    ("by seven", "19:00"),
    ("12", "12:00"),
    ("09:30", "09:30"),
    ("9:30", "09:30"),
    ("5:30", "17:30"),
    ("five o'clock", "17:00"),
    ("5 oclock", "17:00"),
    ("ten o clock", "10:00"),
    ("4.30", "16:30"),
    ("four forty five", "16:45"),
    ("five oh five", "17:05"),
    ("ten to six", "17:50"),
    ("20 past 4", "16:20"),
    ("five minutes past six", "18:05"),
    ("10 minutes to 6", "17:50"),
    ("half five", "17:30"),
    ("good morning, at five please", "17:00"),
    ("no, I meant six", "18:00"),
    ("at five, no, six", "18:00"),
    ("five or six pm", "17:00"),
    ("saade paanch baje", "17:30"),
    ("sava paanch baje", "17:15"),
    ("paune paanch baje", "16:45"),
    ("dedh baje", "13:30"),
    ("dhai baje", "14:30"),
    ("do baje", "14:00"),
    ("paanch baje", "17:00"),
    ("paanch bajkar tees minute", "17:30"),
    ("साढ़े पांच बजे", "17:30"),
    ("पौने छह बजे", "17:45"),
    ("three quarters past four", "16:45"),
    ("1/2 past 4", "16:30"),
    ("quarter past five", "17:15"),
]
NO_TIME = [
    "I'd like to book an appointment",
    "five people",
    "at five places",
    "morning",
    "good morning",
    "this one",
    "may I ask",
    "half an hour",
    "25:00",
    "5:75",
    "at 30",
    "two of us",
    "june fifth",
    "the fifth",
    "tomorrow",
    "second opinion",
    "march ahead",
    "wait a minute",
    "five hundred rupees",
    "a quarter",
    "I am here",
    "call 9845012345",
    "not at five",
    "room 1730",
    "no one came",
    "we are two and a half people",
    "half an hour before six",
]
NO_TIME_IN_PASSING = [
    "five",
    "five thirty",
    "4.30",
    "1730",
    "half five",
    "now",
    "a table for five tomorrow",
    "the 21 bus",
    "seven or eight",
]
IN_PASSING_ROWS = [
    ("book me for tomorrow at five", "17:00"),
    ("a table for 2 at 8", "08:00"),
    ("five people at eight thirty pm", "20:30"),
    ("I want an appointment on Friday at half past four", "16:30"),
    ("I will come at five", "17:00"),
    ("is 5 pm free", "17:00"),
    ("can I come at 17:00", "17:00"),
    ("around nine in the morning would be good", "09:00"),
    ("call me in two hours", "12:07"),
    ("kal subah das baje aa sakta hoon", "10:00"),
]


def shown(utterance: str, context: SlotContext) -> tuple[str, bool] | None:
    found = parse_time(utterance, context)
    if found is None:
        return None
    start, end = found.span
    assert utterance[start:end].strip() == utterance[start:end] != ""
    return f"{found.value:%H:%M}", found.certain


@each_row(("said", "meant"), TIMES)
def test_time_is_understood(said, meant):
    assert shown(said, ASKED) == (meant, True)


@each_row(("said", "meant"), TIMES_TO_CONFIRM)
def test_ambiguous_time_is_understood_but_not_certain(said, meant):
    assert shown(said, ASKED) == (meant, False)


@each_row("said", NO_TIME)
def test_what_is_no_time_is_not_taken_for_one(said):
    assert shown(said, ASKED) is None


@each_row("said", [*NO_TIME, *NO_TIME_IN_PASSING])
def test_time_needs_a_marker_in_passing(said):
    assert shown(said, IN_PASSING) is None


@each_row(("said", "meant"), IN_PASSING_ROWS)
def test_time_said_in_passing_is_understood(said, meant):
    found = shown(said, IN_PASSING)
    assert found is not None
    assert found[0] == meant


WORDS = sorted({word for said, _ in [*TIMES, *TIMES_TO_CONFIRM] for word in said.split()})


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text())
def test_any_words_give_a_time_or_nothing(utterance):
    found = parse_time(utterance, ASKED)
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
    assert found == parse_time(utterance, ASKED)


@each_row("hour", range(1, 8))
def test_hours_one_to_seven_are_taken_for_pm(hour):
    assert shown(f"at {hour}", ASKED) == (f"{hour + 12}:00", False)


@each_row("hour", range(8, 13))
def test_hours_eight_to_twelve_are_taken_as_they_are(hour):
    assert shown(f"at {hour}", ASKED) == (f"{hour:02}:00", False)


@each_row("hour", range(13, 24))
def test_hours_of_the_long_clock_are_certain(hour):
    assert shown(f"{hour}:15", ASKED) == (f"{hour}:15", True)
