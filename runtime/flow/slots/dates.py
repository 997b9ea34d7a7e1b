"""Days as callers say them: "the fifth of June", "day after tomorrow", "5/6", "agle somvar"."""

import re
from calendar import monthrange
from datetime import date

from runtime.flow.slots import calendar_words as words
from runtime.flow.slots.calendar_days import (
    Day,
    day_of,
    matching_weekday,
    month_ahead,
    next_day,
    next_numbered,
    year_of,
)
from runtime.flow.slots.calendar_text import CalendarText, read_calendar_text
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
from runtime.flow.slots.relative_days import RELATIVE_RULES
from runtime.flow.slots.value import Found, SlotContext


def parse_date(utterance: str, context: SlotContext) -> Found | None:
    """Find a day; the value is a `date`. Days without a year are the next ones to come."""
    text = read_calendar_text(utterance)
    mentions = find_mentions(text, (*RULES, *_WHOLE_ANSWERS), context)
    return found_in(text, meant(text, mentions))


def date_meant(text: CalendarText, context: SlotContext) -> Mention[date] | None:
    """The mention of a day that the caller stands by, for times and days said together."""
    return meant(text, find_dates(text, context))


def find_dates(text: CalendarText, context: SlotContext) -> list[Mention[date]]:
    """All mentions of days, also of those that do not exist."""
    return find_mentions(text, RULES, context)


def _read_month_and_day(match: re.Match[str], place: Place) -> Day | None:
    month, day, year = int(match["month"]), int(match["day"]), year_of(match["year"], place.today)
    # "may two of us come", "march 5 steps": the verbs need more than a number beside them.
    if month in (3, 5) and not (match["ordinal"] or year or place.stands_free):
        return None
    found = day_of(year, month, day) if year else next_day(place.today, month, day)
    return matching_weekday(found, match["weekday"])


def _read_numeric(match: re.Match[str], place: Place) -> Day | None:
    parts = re.split(r"[-/.]| slash ", match["numbers"])
    marked = place.context.expected or place.before in ("on", "for", "by", "from", "date", "dated")
    if len(parts) == 2:
        if not (marked and place.stands_free) or place.after in ("am", "pm", "oclock"):
            return None
        return _in_local_order(parts[0], parts[1], None, place)
    if len(parts[0]) == 4:
        return day_of(int(parts[0]), int(parts[1]), int(parts[2]))
    return _in_local_order(parts[0], parts[1], year_of(parts[2], place.today), place)


def _in_local_order(first: str, second: str, year: int | None, place: Place) -> Day:
    """Day first, month first in the United States; the other order where only that exists."""
    day, month = int(first), int(second)
    if place.context.language.lower() == "en-us":
        day, month = month, day

    def on(month: int, day: int) -> Day:
        return day_of(year, month, day) if year else next_day(place.today, month, day)

    found = on(month, day)
    return found if found.value is not None else Reading(on(day, month).value, certain=False)


def _read_keypad(match: re.Match[str], place: Place) -> Day | None:
    """Keys pressed for a day: DDMM, DDMMYY or DDMMYYYY (or, from a form, YYYYMMDD)."""
    if not place.context.expected:
        return None
    digits = match["digits"]
    year = year_of(digits[4:] or None, place.today)
    if year is None:
        return next_day(place.today, int(digits[2:4]), int(digits[:2]))
    found = day_of(year, int(digits[2:4]), int(digits[:2]))
    if found.value is None and len(digits) == 8:
        return day_of(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    return found


def _read_day_of_this_month(match: re.Match[str], place: Place) -> Day:
    year, month = month_ahead(place.today, match["which"] in ("next", "coming"))
    if match["which"] == "the":
        return next_numbered(place.today, int(match["day"]))
    return day_of(year, month, int(match["day"]))


def _read_month_edge(match: re.Match[str], place: Place) -> Day:
    """ "The end of the month", "start of June", "month end"."""
    if match["month"]:
        candidates = [(place.today.year + ahead, int(match["month"])) for ahead in (0, 1)]
    elif match["which"] == "next":
        candidates = [month_ahead(place.today, 1)]
    else:
        candidates = [month_ahead(place.today, 0), month_ahead(place.today, 1)]
    at_end = match["edge"] not in ("start", "beginning")
    edges = [
        date(year, month, monthrange(year, month)[1] if at_end else 1) for year, month in candidates
    ]
    return Reading(next(edge for edge in edges if edge >= place.today))


def _read_weekday_and_number(match: re.Match[str], place: Place) -> Day:
    found = next_numbered(place.today, int(match["day"]))
    return matching_weekday(found, match["weekday"])


def _read_ordinal(match: re.Match[str], place: Place) -> Day | None:
    if place.before in words.MAKES_AN_ORDINAL_A_RANK or place.before[-1:].isdecimal():
        return None
    # "The 21st, five pm": a clock time may follow as well.
    if not (place.stands_free or (place.context.expected and place.after[:1].isdecimal())):
        return None
    if not (place.context.expected or match["marker"] or match["date"]):
        return None
    found = next_numbered(place.today, int(match["day"]))
    return Reading(found.value, found.value != place.today)


def _read_numbered_month(match: re.Match[str], place: Place) -> Day | None:
    """ "The 5th of the 6th": of June."""
    month = int(match["month"])
    return next_day(place.today, month, int(match["day"])) if 1 <= month <= 12 else None


def _read_feast(match: re.Match[str], place: Place) -> Day | None:
    """Feasts that fall on the same day each year; of the others only people know."""
    is_free = place.stands_free or place.after[:1].isdecimal()
    if not is_free or place.before in ("after", "before"):
        return None
    return next_day(place.today, *_FEASTS[match["feast"]])


def _read_numbered_date(match: re.Match[str], place: Place) -> Day | None:
    """ "21 tareekh": date number 21."""
    return next_numbered(place.today, int(match["day"])) if place.stands_free else None


def _read_bare_number(match: re.Match[str], place: Place) -> Day | None:
    if place.context.expected and place.stands_alone:
        return Reading(next_numbered(place.today, int(match["day"])).value, certain=False)
    return None


_WEEKDAY = r"(?P<weekday>@\d) "
_YEAR = (
    r"(?P<year>\d{4}|(?:19|20) \d{2}|20 oh \d|(?:this|next) year"
    r"|(?:2[5-9]|[3-9]\d)(?= $| (?:at|in|on|for|by|from|please|@\d) )) "
)
_DAY = r"(?P<day>\d{1,2})"
_AMOUNT = r"(?:a )?(?P<amount>\d{1,3}|an?|couple)(?: of)? (?:more )?"
_UNIT = r"(?P<unit>day|week|fortnight|month|year) "
_MONTH_NAME = r"#(?P<month>\d+) "
_NO_YEAR_NO_MONTH = "(?:the )?(?:(?P<which>this|next|coming) )?month "

_FEASTS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "new year day": (1, 1),
    "new year eve": (12, 31),
    "republic day": (1, 26),
    "independence day": (8, 15),
    "gandhi jayanti": (10, 2),
    "valentine day": (2, 14),
    "valentines day": (2, 14),
}

RULES: tuple[Rule[date], ...] = (
    rule(r"(?P<numbers>\d{1,2}[-/]\d{1,2}) ", _read_numeric),
    rule(r"(?P<numbers>\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})) ", _read_numeric),
    rule(r"(?P<numbers>\d{4}([-/.])\d{1,2}\2\d{1,2}) ", _read_numeric),
    rule(r"(?P<numbers>\d{1,2} slash \d{1,2}(?: slash \d{2,4})?) ", _read_numeric),
    rule(
        rf"(?:{_WEEKDAY})?(?:on )?(?:the )?{_DAY}(?P<ordinal>th)? (?:day )?(?:of )?"
        rf"{_MONTH_NAME}(?:(?:in |of )?{_YEAR})?",
        _read_month_and_day,
    ),
    rule(
        rf"(?:{_WEEKDAY})?(?:on )?{_MONTH_NAME}(?:on )?(?:the )?{_DAY}(?P<ordinal>th)? "
        rf"(?:(?:in |of )?{_YEAR})?",
        _read_month_and_day,
    ),
    rule(
        rf"(?:the )?{_DAY}(?:th)? (?:day )?(?:date )?(?:of |on )?(?P<which>the|this|next|coming)"
        " month ",
        _read_day_of_this_month,
    ),
    rule(
        rf"(?P<which>this|next|coming) month (?:on )?(?:the )?{_DAY}(?:th)? (?:date )?",
        _read_day_of_this_month,
    ),
    rule(
        r"(?:the )?(?P<edge>end|last day|last date|last|start|beginning) (?:of )?"
        r"(?:(?:the )?(?:(?P<which>this|next|coming) )?month |#(?P<month>\d+) )",
        _read_month_edge,
    ),
    rule(
        r"(?:(?:the )?(?:(?P<which>this|next|coming) )?month |#(?P<month>\d+) )"
        r"(?P<edge>end|last|start) ",
        _read_month_edge,
    ),
    rule(rf"{_WEEKDAY}(?:the )?{_DAY}(?:th|(?<=1[3-9])|(?<=[23]\d)) ", _read_weekday_and_number),
    rule(rf"{_WEEKDAY}the {_DAY} ", _read_weekday_and_number),
    rule(
        rf"(?P<marker>(?:on|for|by|till|until|from) the )?(?:the )?{_DAY}th (?P<date>date )?",
        _read_ordinal,
    ),
    rule(rf"(?:the )?{_DAY} date ", _read_numbered_date),
    rule(
        rf"(?:on )?(?:the )?{_DAY}th (?:day )?of (?:the )?(?P<month>\d{{1,2}})th (?:month )?",
        _read_numbered_month,
    ),
    rule(rf"(?:on )?(?P<feast>{'|'.join(sorted(_FEASTS, key=len, reverse=True))}) ", _read_feast),
    *RELATIVE_RULES,
)

# A day only where nothing else is said and nothing but a day was asked for.
_WHOLE_ANSWERS: tuple[Rule[date], ...] = (
    rule(rf"(?:the )?{_DAY} ", _read_bare_number),
    rule(r"(?<!.)(?P<digits>\d{4}|\d{6}|\d{8}) $", _read_keypad),
)
