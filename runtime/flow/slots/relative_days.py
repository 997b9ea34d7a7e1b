"""Days told from today: weekdays, "tomorrow", "in two weeks", "the last Friday of the month"."""

import re
from calendar import monthrange
from datetime import date, timedelta

from runtime.flow.slots import calendar_words as words
from runtime.flow.slots.calendar_days import (
    NO_SUCH_DAY,
    Day,
    in_days,
    month_ahead,
    moved,
)
from runtime.flow.slots.mentions import Place, Reading, Rule, rule


def _read_weekday(match: re.Match[str], place: Place) -> Day | None:
    if place.before in ("every", "each"):
        return None
    today, weekday = place.today, int(match["weekday"][1])
    to_come = (weekday - today.weekday()) % 7
    next_week = 7 - today.weekday() + weekday
    match match["which"]:
        case "last":
            return in_days(today, to_come - 7) if place.context.expected else None
        case "this":
            return in_days(today, to_come)
        case "next":
            # Some mean the nearest one, some the one in the week after.
            return in_days(today, next_week, certain=next_week == (to_come or 7))
        case "coming":
            return in_days(today, to_come or 7)
    return in_days(today, to_come or 7, certain=to_come > 0)


def _read_weekday_of_week(match: re.Match[str], place: Place) -> Day:
    today, weekday = place.today, int(match["weekday"][1])
    weeks = {"this": 0, "next": 1, "coming": 1}[match["which"]]
    return in_days(today, 7 * weeks - today.weekday() + weekday)


def _read_weeks_after(match: re.Match[str], place: Place) -> Day:
    """ "Monday week", "Friday in two weeks", "the Friday after next"."""
    today, weekday = place.today, int(match["weekday"][1])
    to_come = (weekday - today.weekday()) % 7 or 7
    if match["after_next"]:
        return in_days(today, 14 - today.weekday() + weekday, certain=False)
    if match["weeks"]:
        return in_days(today, 7 * int(match["weeks"]) - today.weekday() + weekday)
    return in_days(today, to_come + 7)


def _read_next_to_next(match: re.Match[str], place: Place) -> Day:
    """ "Next to next Monday", of the week after next."""
    weekday = int(match["weekday"][1])
    return in_days(place.today, 14 - place.today.weekday() + weekday, certain=False)


def _read_nth_weekday(match: re.Match[str], place: Place) -> Day:
    """ "The first Monday of June", "the last Friday of the month"."""
    weekday = int(match["weekday"][1])
    if match["month"]:
        year, month = place.today.year, int(match["month"])
        candidates = [(year, month), (year + 1, month)]
    else:
        ahead = int(match["which"] == "next")
        candidates = [month_ahead(place.today, ahead), month_ahead(place.today, ahead + 1)]
    for year, month in candidates:
        first = 1 + (weekday - date(year, month, 1).weekday()) % 7
        days = range(first, monthrange(year, month)[1] + 1, 7)
        nth = len(days) if match["nth"] == "last" else int(match["nth"][0])
        if nth > len(days):
            return NO_SUCH_DAY
        found = date(year, month, days[nth - 1])
        if found >= place.today:
            return Reading(found)
    return NO_SUCH_DAY


def _read_today(match: re.Match[str], place: Place) -> Day | None:
    time_follows = place.after in words.FOLLOWS_TODAY or place.after[:1].isdigit()
    spoken_of = place.before in words.LEADS_TO_TODAY or time_follows
    if place.context.expected or spoken_of or match["part"]:
        return in_days(place.today, 0)
    return None


def _read_relative(match: re.Match[str], place: Place) -> Day | None:
    days = _RELATIVE[match["which"]]
    return in_days(place.today, days) if days > 0 or place.context.expected else None


def _read_kal(match: re.Match[str], place: Place) -> Day | None:
    """Hindi has one word for the day behind and the day ahead; a booking looks ahead."""
    days = {"kal": 1, "parso": 2, "narso": 3}[match["which"]]
    behind = any(sign.text in words.PAST_TENSE for sign in place.text.signs)
    if behind:
        return in_days(place.today, -days, certain=False) if place.context.expected else None
    return in_days(place.today, days, certain=place.context.expected)


def _read_day_after(match: re.Match[str], place: Place) -> Day | None:
    """A clipped "day after tomorrow"."""
    alone = place.context.expected and place.stands_free
    return in_days(place.today, 2) if alone else None


def _read_distance(match: re.Match[str], place: Place) -> Day | None:
    """ "In two weeks", "three days from now", "a week from Monday", "do din baad"."""
    amount = {"a": 1, "an": 1, "couple": 2}.get(match["amount"]) or int(match["amount"])
    start = place.today
    groups = match.groupdict()
    if groups.get("ago"):
        if not place.context.expected:
            return None
        amount = -amount
    anchor = groups.get("anchor")
    if anchor in ("tomorrow", "kal"):
        start += timedelta(days=1)
    elif anchor and anchor.startswith("@"):
        start += timedelta(days=(int(anchor[1]) - start.weekday()) % 7 or 7)
    found = moved(start, amount, match["unit"])
    # "In a day or two", "two three days later".
    is_range = place.after == "or" or place.before in ("or", "to") or place.before[-1:].isdecimal()
    return Reading(found.value, found.certain and not is_range)


def _read_weekend(match: re.Match[str], place: Place) -> Day:
    today = place.today
    if match["which"] == "next":
        return in_days(today, 7 - today.weekday() + 5, certain=False)
    return in_days(today, max(5 - today.weekday(), 0), certain=False)


_RELATIVE = {
    "tomorrow": 1,
    "overmorrow": 2,
    "day after tomorrow": 2,
    "yesterday": -1,
    "day before yesterday": -2,
}

_WEEKDAY = r"(?P<weekday>@\d) "
_AMOUNT = r"(?:a )?(?P<amount>\d{1,3}|an?|couple)(?: of)? (?:more )?"
_UNIT = r"(?P<unit>day|week|fortnight|month|year) "

RELATIVE_RULES: tuple[Rule[date], ...] = (
    rule(
        rf"(?:the |this (?=coming ))?(?:(?P<which>this|next|coming|last) )?{_WEEKDAY}(?:coming )?",
        _read_weekday,
    ),
    rule(
        rf"{_WEEKDAY}(?:(?:of|in) )?(?:the )?(?P<which>this|next|coming) week ",
        _read_weekday_of_week,
    ),
    rule(
        rf"(?P<which>this|next|coming) week (?:on |the )*{_WEEKDAY}",
        _read_weekday_of_week,
    ),
    rule(
        rf"(?:the )?{_WEEKDAY}(?:week |in (?P<weeks>\d) week |(?P<after_next>after next ))",
        _read_weeks_after,
    ),
    rule(rf"(?:the )?next to next {_WEEKDAY}", _read_next_to_next),
    rule(
        rf"(?:the )?(?P<nth>[1-5]th|last) {_WEEKDAY}(?:of|in) "
        r"(?:(?:the )?(?:(?P<which>this|next|coming) )?month |#(?P<month>\d+) )",
        _read_nth_weekday,
    ),
    rule(r"(?P<part>)tonight ", _read_today),
    rule(r"(?P<part>this) (?:morning|afternoon|evening|night) ", _read_today),
    rule(r"today (?P<part>morning |afternoon |evening |night )?", _read_today),
    rule(
        r"(?:the )?(?P<which>tomorrow|overmorrow|day after tomorrow|yesterday"
        r"|day before yesterday) ",
        _read_relative,
    ),
    rule(r"(?P<which>kal|parso|narso) ", _read_kal),
    rule(r"(?:the )?day after ", _read_day_after),
    rule(rf"(?:in|after) (?:at )?{_AMOUNT}{_UNIT}(?:time )?(?:from now )?", _read_distance),
    rule(rf"{_AMOUNT}{_UNIT}(?:later|(?P<ago>ago)) ", _read_distance),
    rule(
        rf"{_AMOUNT}{_UNIT}(?:from|after|on) "
        r"(?:(?:this|next|coming) )?(?P<anchor>now|today|tomorrow|kal|@\d) ",
        _read_distance,
    ),
    rule(r"(?:the )?(?:(?P<which>this|next|coming) )?weekend ", _read_weekend),
)
