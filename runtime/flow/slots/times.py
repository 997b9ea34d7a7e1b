"""Clock times as callers say them: "half past four", "5 pm", "17:00", "saade paanch baje"."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from runtime.flow.slots import calendar_words as words
from runtime.flow.slots.calendar_text import CalendarText, read_calendar_text
from runtime.flow.slots.dates import find_dates
from runtime.flow.slots.durations import LENGTH, read_length
from runtime.flow.slots.mentions import (
    Mention,
    Place,
    Reading,
    Rule,
    find_mentions,
    found_in,
    meant,
    rule,
)
from runtime.flow.slots.value import Found, SlotContext

Clock = Reading[time]
MomentReader = Callable[[re.Match[str], Place], Reading[datetime] | None]
NO_SUCH_TIME: Clock = Reading(None)

PARTS_OF_DAY = frozenset({"morning", "afternoon", "evening", "night", "tonight"})

# Without "am" or "pm", the hours 1 to 7 are taken for the afternoon and evening.
_LAST_HOUR_TAKEN_FOR_PM = 7
# "Nine to five" is a span; people count only these minutes up to an hour without saying "minutes".
_MINUTES_TO_THE_HOUR = frozenset({5, 10, 20, 25})


def parse_time(utterance: str, context: SlotContext) -> Found | None:
    """Find a clock time; the value is a `time`, uncertain where its half of the day is a guess."""
    text = read_calendar_text(utterance)
    return found_in(text, time_meant(without_dates(text, context), context))


def without_dates(text: CalendarText, context: SlotContext) -> CalendarText:
    """The text with its days struck out, so that no number in them is taken for an hour."""
    for mention in find_dates(text, replace(context, expected=False)):
        text = text.without(mention.first, mention.end, keep=PARTS_OF_DAY)
    return text


def time_meant(text: CalendarText, context: SlotContext) -> Mention[time] | None:
    """The mention of a clock time that the caller stands by, in a text without dates."""
    return meant(text, find_mentions(text, RULES, context))


def later(now: datetime, length: timedelta) -> datetime:
    """The minute that is so far away, across changes of the clocks too."""
    moment = (now.astimezone(UTC) + length).astimezone(now.tzinfo)
    return moment.replace(second=0, microsecond=0)


def _read_distance(match: re.Match[str], place: Place) -> Reading[datetime] | None:
    """ "In two hours", "half an hour from now": only of hours, minutes and seconds."""
    if re.search(r"day|week|fortnight|month|year", match["length"]):
        return None
    length = read_length(match["length"])
    if length is None or length.value is None:
        return None
    return Reading(later(place.context.now, length.value), length.certain)


def _read_now(match: re.Match[str], place: Place) -> Reading[datetime] | None:
    """ "Right now", where it is the whole answer."""
    if not (place.context.expected and place.stands_alone):
        return None
    return Reading(later(place.context.now, timedelta(0)))


def _clock_of(read: MomentReader) -> Callable[[re.Match[str], Place], Clock | None]:
    def read_clock(match: re.Match[str], place: Place) -> Clock | None:
        moment = read(match, place)
        if moment is None or moment.value is None:
            return None
        return Reading(moment.value.time(), moment.certain)

    return read_clock


def _read_written(match: re.Match[str], place: Place) -> Clock | None:
    """ "17:00", "05:30"; a leading nought is how the 24-hour clock is written."""
    found = _on_the_clock(match, place, int(match["hour"]), int(match["minute"]))
    if match["hour"].startswith("0") and not _part_of_day(match, place):
        return _checked(int(match["hour"]), int(match["minute"]), certain=False)
    return found


def _read_hour_and_minute(match: re.Match[str], place: Place) -> Clock | None:
    minute = int(match["minute"].split()[-1])
    return _if_marked(match, place, int(match["hour"]), minute)


def _read_hour(match: re.Match[str], place: Place) -> Clock | None:
    # "This one", "the five of us".
    if not match["marker"] and place.before in ("the", "this", "that", "which", "any"):
        return None
    # "Half an hour before six".
    if match["marker"] and place.before in ("hour", "minute"):
        return None
    return _if_marked(match, place, int(match["hour"]), 0)


def _read_oclock(match: re.Match[str], place: Place) -> Clock | None:
    return _on_the_clock(match, place, int(match["hour"]), int(match["minute"] or 0))


def _read_digits(match: re.Match[str], place: Place) -> Clock | None:
    """ "430 pm", "1730 hours", and "1730" as the whole answer or pressed on the keypad."""
    hour, minute = divmod(int(match["digits"]), 100)
    said_as_time = match["meridiem"] or match["part"] or match["hours"] or match["marker"]
    if not (said_as_time and place.stands_free) and not (
        place.context.expected and place.stands_alone
    ):
        return None
    if match["digits"].startswith("0"):
        return _checked(hour, minute, certain=True)
    return _on_the_clock(match, place, hour, minute)


def _read_hundred(match: re.Match[str], place: Place) -> Clock | None:
    hour = int(match["hour"])
    if not (match["hours"] or (place.context.expected and hour >= 13 and place.stands_free)):
        return None
    return _checked(hour, 0, certain=True)


def _read_hours(match: re.Match[str], place: Place) -> Clock | None:
    """ "17 hours"; fewer hours are a length of time."""
    hour = int(match["hour"])
    return _checked(hour, 0, certain=True) if hour >= 13 and place.stands_free else None


def _read_past_or_to(match: re.Match[str], place: Place) -> Clock | None:
    """ "Half past four", "quarter to 5", "ten to six", "20 past 4"."""
    said, hour = match["minute"], int(match["hour"])
    minute = {"half": 30, "quarter": 15, "3 quarter": 45}.get(said) or int(said)
    counted = said in ("half", "quarter", "3 quarter") or bool(match["minutes"])
    if match["way"] in ("after", "before", "of") and not counted:
        return None
    if match["way"] in ("past", "after"):
        return _on_the_clock(match, place, hour, minute)
    is_span = match["marker"] and match["marker"].startswith(("from", "between"))
    if is_span or not (counted or minute in _MINUTES_TO_THE_HOUR) or minute >= 60:
        return None
    if not (place.stands_free or _part_of_day(match, place)):
        return None
    return _on_the_clock(match, place, (hour - 2) % 12 + 1 if hour <= 12 else hour - 1, 60 - minute)


def _read_half(match: re.Match[str], place: Place) -> Clock | None:
    """ "Half five" is half past five in British and Indian English."""
    return _if_marked(match, place, int(match["hour"]), 30)


def _read_hindi_quarters(match: re.Match[str], place: Place) -> Clock | None:
    hour = int(match["hour"])
    if not place.stands_free:
        return None
    if match["shift"] == "quarter-less":
        return _on_the_clock(match, place, (hour - 2) % 12 + 1, 45)
    return _on_the_clock(match, place, hour, 30 if match["shift"] == "half-more" else 15)


def _read_hindi_halves(match: re.Match[str], place: Place) -> Clock | None:
    return _on_the_clock(match, place, 1 if match["shift"] == "one-and-half" else 2, 30)


def _read_noon(match: re.Match[str], place: Place) -> Clock | None:
    return Reading(time(12 if match["name"] == "noon" else 0))


def _if_marked(match: re.Match[str], place: Place, hour: int, minute: int) -> Clock | None:
    """A number is a time if "pm" or "evening" goes with it, or "at", or it is what was asked."""
    told = match["meridiem"] or _said_part(match, place)
    answers = place.context.expected and _begins_an_answer(place)
    if told or (place.stands_free and (match["marker"] or answers)):
        return _on_the_clock(match, place, hour, minute)
    return None


def _begins_an_answer(place: Place) -> bool:
    """Whether nothing in front gives a number another meaning ("table for two", "flat 4")."""
    follows_pause = place.first > 0 and place.text.signs[place.first - 1].pause_after
    return not place.before or follows_pause or place.before in words.LEADS_TO_AN_HOUR


def _said_part(match: re.Match[str], place: Place) -> str | None:
    """The part of the day said with the time; "good morning" says none."""
    lead: str | None = match["lead"]
    return match["part"] or (lead if place.before != "good" else None)


def _part_of_day(match: re.Match[str], place: Place) -> str | None:
    """The part of the day said with the time, or anywhere else in the utterance."""
    said = match["meridiem"] or _said_part(match, place)
    signs = ["", *(sign.text for sign in place.text.signs)]
    elsewhere = (
        sign for before, sign in pairwise(signs) if sign in PARTS_OF_DAY and before != "good"
    )
    return said or next(elsewhere, None)


def _on_the_clock(match: re.Match[str], place: Place, hour: int, minute: int) -> Clock:
    """The time of day for an hour as said, 1 to 12 or of 24."""
    part = _part_of_day(match, place)
    if part is not None:
        return _checked(_TO_24_HOURS[part](hour), minute, certain=True)
    if 1 <= hour <= _LAST_HOUR_TAKEN_FOR_PM:
        return _checked(hour + 12, minute, certain=False)
    return _checked(hour, minute, certain=not 8 <= hour <= 12)


def _checked(hour: int, minute: int, certain: bool) -> Clock:
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return NO_SUCH_TIME
    return Reading(time(hour % 24, minute), certain)


def _at_night(hour: int) -> int:
    return hour + 12 if 5 <= hour <= 11 else hour % 12 if hour <= 12 else hour


def _before_noon(hour: int) -> int:
    return 0 if hour == 12 else hour


_TO_24_HOURS: dict[str, Callable[[int], int]] = {
    "am": _before_noon,
    "pm": lambda hour: hour + 12 if 1 <= hour <= 11 else hour,
    "morning": _before_noon,
    "afternoon": lambda hour: hour + 12 if 1 <= hour <= 7 else hour,
    "evening": lambda hour: hour + 12 if 1 <= hour <= 11 else hour,
    "night": _at_night,
    "tonight": _at_night,
}
_PART = "morning|afternoon|evening|night"
_LEAD = (
    rf"(?:(?P<lead>{_PART}|tonight) )?"
    r"(?P<marker>(?:(?:at|by|from|between|till|until|before|after) )+)?"
)
_TAIL = (
    r"(?:oclock )?(?:(?P<meridiem>am|pm) )?"
    rf"(?:(?:in the |in |at |this |\| )?(?P<part>{_PART}|tonight) )?"
)
_HOUR = r"(?P<hour>\d{1,2})"


def _clock_rule(said: str, read: Callable[[re.Match[str], Place], Clock | None]) -> Rule[time]:
    return rule(_LEAD + said + _TAIL, read)


MOMENTS: tuple[tuple[str, MomentReader], ...] = (
    (rf"(?:in|after) (?:at )*(?P<length>{LENGTH})(?:time )?(?:from now )?", _read_distance),
    (rf"(?P<length>{LENGTH})(?:from now|later) ", _read_distance),
    (r"(?:right )?now ", _read_now),
)
"""Wordings that name a day and a time at once, and their readers."""

RULES: tuple[Rule[time], ...] = (
    _clock_rule(rf"{_HOUR}:(?P<minute>\d\d)(?::\d\d)? ", _read_written),
    _clock_rule(rf"{_HOUR}\.(?P<minute>\d\d) ", _read_hour_and_minute),
    _clock_rule(rf"{_HOUR} (?P<minute>[0-5]\d|(?:oh|o|0) \d) ", _read_hour_and_minute),
    _clock_rule(rf"{_HOUR} ", _read_hour),
    _clock_rule(rf"{_HOUR} oclock (?:(?P<minute>\d{{1,2}}) minute )?", _read_oclock),
    _clock_rule(rf"{_HOUR} struck (?P<minute>\d{{1,2}}) (?:minute )?", _read_oclock),
    _clock_rule(r"(?P<digits>\d{3,4}) (?P<hours>hour )?", _read_digits),
    _clock_rule(rf"{_HOUR} hundred (?P<hours>hour )?", _read_hundred),
    _clock_rule(rf"{_HOUR} hour ", _read_hours),
    _clock_rule(
        r"(?:a )?(?P<minute>half|(?:3 )?quarter|\d{1,2}) (?P<minutes>minute )?"
        rf"(?P<way>past|after|to|till|before|of) {_HOUR} ",
        _read_past_or_to,
    ),
    _clock_rule(rf"half {_HOUR} ", _read_half),
    _clock_rule(rf"(?P<shift>half-more|quarter-more|quarter-less) {_HOUR} ", _read_hindi_quarters),
    _clock_rule(r"(?P<shift>one-and-half|two-and-half) oclock ", _read_hindi_halves),
    rule(r"(?:at )*(?:12 )?(?:oclock )?(?P<name>noon|midnight) ", _read_noon),
    *(rule(said, _clock_of(read)) for said, read in MOMENTS),
)
