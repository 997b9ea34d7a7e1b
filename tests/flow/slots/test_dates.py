"""Days as callers say them, in a week of November 2026."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.dates import parse_date
from runtime.flow.slots.value import SlotContext

# A Tuesday.
NOW = datetime(2026, 11, 24, 10, 7, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

DATES = [
    ("today", "2026-11-24"),
    ("tomorrow", "2026-11-25"),
    ("day after tomorrow", "2026-11-26"),
    ("the day after tomorrow", "2026-11-26"),
    ("day after tmrw", "2026-11-26"),
    ("day after", "2026-11-26"),
    ("the day after please", "2026-11-26"),
    ("tmrw", "2026-11-25"),
    ("tonight", "2026-11-24"),
    ("this evening", "2026-11-24"),
    ("Friday", "2026-11-27"),
    ("on Friday", "2026-11-27"),
    ("this Friday", "2026-11-27"),
    ("coming Friday", "2026-11-27"),
    ("this coming Friday", "2026-11-27"),
    ("this Tuesday", "2026-11-24"),
    ("next Monday", "2026-11-30"),
    ("last Friday", "2026-11-20"),
    ("Friday next week", "2026-12-04"),
    ("next week Tuesday", "2026-12-01"),
    ("next week on Tuesday", "2026-12-01"),
    ("Tuesday of next week", "2026-12-01"),
    ("this week Thursday", "2026-11-26"),
    ("Monday week", "2026-12-07"),
    ("a week from Monday", "2026-12-07"),
    ("a week on Monday", "2026-12-07"),
    ("two weeks from Friday", "2026-12-11"),
    ("a week from tomorrow", "2026-12-02"),
    ("a week from today", "2026-12-01"),
    ("Friday in two weeks", "2026-12-11"),
    ("in a week", "2026-12-01"),
    ("in two weeks", "2026-12-08"),
    ("in two weeks time", "2026-12-08"),
    ("in a couple of days", "2026-11-26"),
    ("in a fortnight", "2026-12-08"),
    ("three days from now", "2026-11-27"),
    ("after three days", "2026-11-27"),
    ("ten days later", "2026-12-04"),
    ("in a month", "2026-12-24"),
    ("two days ago", "2026-11-22"),
    ("yesterday", "2026-11-23"),
    ("the day before yesterday", "2026-11-22"),
    ("the fifth of June", "2027-06-05"),
    ("June 5th", "2027-06-05"),
    ("fifth June", "2027-06-05"),
    ("June the fifth", "2027-06-05"),
    ("5 June", "2027-06-05"),
    ("june fifth twenty twenty seven", "2027-06-05"),
    ("june 5 2028", "2028-06-05"),
    ("the 5th of june, 2028", "2028-06-05"),
    ("june fifth two thousand and twenty eight", "2028-06-05"),
    ("fifth of june nineteen ninety", "1990-06-05"),
    ("25 th december", "2026-12-25"),
    ("twenty fifth december", "2026-12-25"),
    ("twenty-fifth of december", "2026-12-25"),
    ("December twenty five", "2026-12-25"),
    ("25 Dec 27", "2027-12-25"),
    ("25th December next year", "2027-12-25"),
    ("the first of may", "2027-05-01"),
    ("May 5th", "2027-05-05"),
    ("5 may", "2027-05-05"),
    ("march the third", "2027-03-03"),
    ("29th of February", "2028-02-29"),
    ("5/6", "2027-06-05"),
    ("5/6/27", "2027-06-05"),
    ("05-06-2027", "2027-06-05"),
    ("05.06.2027", "2027-06-05"),
    ("2027-06-05", "2027-06-05"),
    ("5/6/90", "1990-06-05"),
    ("five slash six", "2027-06-05"),
    ("05062027", "2027-06-05"),
    ("0506", "2027-06-05"),
    ("20270605", "2027-06-05"),
    ("the 21st", "2026-12-21"),
    ("on the 30th", "2026-11-30"),
    ("twenty first", "2026-12-21"),
    ("the 31st", "2026-12-31"),
    ("Friday the 27th", "2026-11-27"),
    ("Friday, the 27th of November", "2026-11-27"),
    ("Friday 27", "2026-11-27"),
    ("the 27th, Friday", "2026-11-27"),
    ("5th of next month", "2026-12-05"),
    ("next month 5th", "2026-12-05"),
    ("the 28th of this month", "2026-11-28"),
    ("the end of the month", "2026-11-30"),
    ("end of next month", "2026-12-31"),
    ("month end", "2026-11-30"),
    ("start of next month", "2026-12-01"),
    ("the last day of June", "2027-06-30"),
    ("the first Monday of next month", "2026-12-07"),
    ("the last Friday of the month", "2026-11-27"),
    ("second Tuesday of June", "2027-06-08"),
    ("no, I meant Friday", "2026-11-27"),
    ("Thursday, no, Friday", "2026-11-27"),
    ("tomorrow, sorry, I mean Friday", "2026-11-27"),
    ("not Friday, Saturday", "2026-11-28"),
    ("not on Friday but Saturday", "2026-11-28"),
    ("Friday not Saturday", "2026-11-27"),
    ("Friday doesn't work, Saturday", "2026-11-28"),
    ("Friday is not possible, Saturday", "2026-11-28"),
    ("I'm not free on Friday but Saturday works", "2026-11-28"),
    ("I'm not sure, maybe Friday", "2026-11-27"),
    ("why not Friday", "2026-11-27"),
    ("umm can you do it on the twenty eighth maybe", "2026-11-28"),
    ("sat", "2026-11-28"),
    ("this sat", "2026-11-28"),
    ("aaj", "2026-11-24"),
    ("kal", "2026-11-25"),
    ("parso", "2026-11-26"),
    ("agle somvar", "2026-11-30"),
    ("shukravar ko", "2026-11-27"),
    ("do din baad", "2026-11-26"),
    ("ek hafte baad", "2026-12-01"),
    ("paanch june ko", "2027-06-05"),
    ("pandrah tareekh ko", "2026-12-15"),
    ("agle mahine ki paanch tareekh", "2026-12-05"),
    ("mahine ke aakhir mein", "2026-11-30"),
    ("kal nahi, parso", "2026-11-26"),
    ("आज", "2026-11-24"),
    ("कल", "2026-11-25"),
    ("परसों", "2026-11-26"),
    ("शुक्रवार को", "2026-11-27"),
    ("अगले सोमवार", "2026-11-30"),
    ("पाँच जून", "2027-06-05"),
    ("पंद्रह तारीख को", "2026-12-15"),
    ("दो दिन बाद", "2026-11-26"),
    ("२५ दिसंबर", "2026-12-25"),
    ("the 5th of the 6th", "2027-06-05"),
    ("twenty third of the twelfth", "2026-12-23"),
    ("Christmas", "2026-12-25"),
    ("on New Year's Eve", "2026-12-31"),
    ("Republic Day", "2027-01-26"),
    ("new year's day", "2027-01-01"),
    ("Valentine's Day", "2027-02-14"),
    ("on Independence Day", "2027-08-15"),
    ("Christmas Eve", "2026-12-24"),
]
DATES_TO_CONFIRM = [
    ("next Friday", "2026-12-04"),
    ("Tuesday", "2026-12-01"),
    ("Friday after next", "2026-12-11"),
    ("12/25", "2026-12-25"),
    ("28", "2026-11-28"),
    ("yes, the 28 please", "2026-11-28"),
    ("Friday the 12th", "2026-12-12"),
    ("this weekend", "2026-11-28"),
    ("Friday or Saturday", "2026-11-27"),
    ("kal aaya tha", "2026-11-23"),
    ("next to next Monday", "2026-12-07"),
]
NO_DATE = [
    "how much did I spend on christmas gifts",
    "I'd like to book an appointment",
    "may I ask",
    "may I ask you something",
    "march ahead",
    "I sat down",
    "sat down",
    "second opinion",
    "I want a second opinion",
    "the sun is out",
    "31st of February",
    "February 30th",
    "31 June",
    "32nd of May",
    "next week",
    "21 people",
    "may two of us come",
    "at five",
    "five thirty",
    "at five pm",
    "one second please",
    "wait a second",
    "I need the second floor",
    "first time",
    "25:61",
    "99/99/2027",
    "call me at 9845012345",
    "my first visit",
    "I don't know",
    "I can't come on Friday",
    "day after the festival",
    "",
    "24/7 support",
    "five of us",
    "February 30th at five",
    "next month",
    "every Monday",
    "it is 11 here",
    "may five of us come",
    "after Christmas",
    "5th of the 13th time",
]
NO_DATE_IN_PASSING = [
    "how are you today",
    "21",
    "the 21st",
    "twenty first",
    "second",
    "my order of 5/6 is late",
    "I called yesterday",
    "I called you last Friday",
    "I called two days ago",
    "it's for the second time",
    "day after",
    "0506",
    "kal aaya tha",
]
IN_PASSING_ROWS = [
    ("book me for tomorrow at five", "2026-11-25"),
    ("book me for today", "2026-11-24"),
    ("can I come today at four", "2026-11-24"),
    ("I want an appointment on Friday at half past four", "2026-11-27"),
    ("can I come on the 27th", "2026-11-27"),
    ("put it down for the 3rd please", "2026-12-03"),
    ("I need it by the 5th of June", "2027-06-05"),
    ("deliver it on 5/6", "2027-06-05"),
    ("can we do it in two weeks", "2026-12-08"),
    ("move it to next week Tuesday", "2026-12-01"),
    ("see you on wed", "2026-11-25"),
    ("mujhe kal shaam ka appointment chahiye", "2026-11-25"),
    ("no, I meant Friday", "2026-11-27"),
]


def shown(utterance: str, context: SlotContext) -> tuple[str, bool] | None:
    found = parse_date(utterance, context)
    if found is None:
        return None
    start, end = found.span
    assert utterance[start:end].strip() == utterance[start:end] != ""
    return str(found.value), found.certain


@each_row(("said", "meant"), DATES)
def test_date_is_understood(said, meant):
    assert shown(said, ASKED) == (meant, True)


@each_row(("said", "meant"), DATES_TO_CONFIRM)
def test_ambiguous_date_is_understood_but_not_certain(said, meant):
    assert shown(said, ASKED) == (meant, False)


@each_row("said", NO_DATE)
def test_what_is_no_date_is_not_taken_for_one(said):
    assert shown(said, ASKED) is None


@each_row("said", [*NO_DATE, *NO_DATE_IN_PASSING])
def test_date_needs_a_marker_in_passing(said):
    assert shown(said, IN_PASSING) is None


@each_row(("said", "meant"), IN_PASSING_ROWS)
def test_date_said_in_passing_is_understood(said, meant):
    found = shown(said, IN_PASSING)
    assert found is not None
    assert found[0] == meant


WORDS = sorted({word for said, _ in [*DATES, *DATES_TO_CONFIRM] for word in said.split()})


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text())
def test_any_words_give_a_date_or_nothing(utterance):
    found = parse_date(utterance, ASKED)
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
    assert found == parse_date(utterance, ASKED)


def test_day_comes_first_except_in_the_united_states():
    american = SlotContext(NOW, "en-US", expected=True, options={})
    assert shown("5/6", american) == ("2027-05-06", True)
    assert shown("5/6", ASKED) == ("2027-06-05", True)


def test_span_covers_the_words_of_the_day_alone():
    found = parse_date("well, make it the fifth of June, please", ASKED)
    assert found is not None
    assert found.span == (14, 31)


@each_row("day", range(24, 31))
def test_a_weekday_is_always_ahead(day):
    context = SlotContext(NOW.replace(day=day), "en-IN", expected=True, options={})
    for weekday in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        found = parse_date(weekday, context)
        assert found is not None
        assert 1 <= (found.value - context.now.date()).days <= 7
        assert f"{found.value:%A}" == weekday


def test_next_weekday_is_certain_where_both_readings_agree():
    saturday = SlotContext(NOW.replace(day=28), "en-IN", expected=True, options={})
    assert shown("next Friday", saturday) == ("2026-12-04", True)


def test_a_month_ends_early_where_it_is_short():
    end_of_january = SlotContext(
        NOW.replace(year=2027, month=1, day=31), "en-IN", expected=True, options={}
    )
    assert shown("in a month", end_of_january) == ("2027-02-28", True)


def test_the_number_of_today_means_today_but_is_confirmed():
    assert shown("the 24th", ASKED) == ("2026-11-24", False)
