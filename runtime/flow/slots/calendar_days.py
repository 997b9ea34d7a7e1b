"""Arithmetic of days: the next one with a number, a date or a distance, if there is one."""

from calendar import monthrange
from datetime import date, timedelta

from runtime.flow.slots.mentions import Reading

Day = Reading[date]
NO_SUCH_DAY: Day = Reading(None)

# Two-digit years up to this far ahead are of this century; births are behind, bookings near.
_TWO_DIGIT_YEARS_AHEAD = 20
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100
# 29 February can be eight years off, as from 2096 to 2104.
_YEARS_TO_LEAP = 8


def day_of(year: int, month: int, day: int, certain: bool = True) -> Day:
    """A day by its numbers, which need not exist."""
    if not (_EARLIEST_YEAR <= year <= _LATEST_YEAR and 1 <= month <= 12):
        return NO_SUCH_DAY
    if not 1 <= day <= monthrange(year, month)[1]:
        return NO_SUCH_DAY
    return Reading(date(year, month, day), certain)


def next_day(today: date, month: int, day: int) -> Day:
    """The day of a month, today or later."""
    for year in range(today.year, today.year + _YEARS_TO_LEAP + 1):
        found = day_of(year, month, day)
        if found.value is not None and found.value >= today:
            return found
    return NO_SUCH_DAY


def next_numbered(today: date, day: int) -> Day:
    """The next day with that number, today or later, skipping months that are too short."""
    if day == 0:
        return NO_SUCH_DAY
    for ahead in range(12):
        year, month = month_ahead(today, ahead)
        found = day_of(year, month, day)
        if found.value is not None and found.value >= today:
            return found
    return NO_SUCH_DAY


def month_ahead(today: date, months: int) -> tuple[int, int]:
    """The year and month, so many months from today."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def in_days(today: date, days: int, certain: bool = True) -> Day:
    """The day so many days from today."""
    return Reading(today + timedelta(days=days), certain)


def year_of(said: str | None, today: date) -> int | None:
    """The year out of "2027", "20 27", "20 oh 7", "27", "next year"."""
    match (said or "").split():
        case ["this" | "next" as which, "year"]:
            return today.year + (which == "next")
        case [century, "oh", unit]:
            return int(f"{century}0{unit}")
        case [century, years]:
            return int(century + years)
        case [digits] if len(digits) == 4:
            return int(digits)
        case [digits]:
            year = today.year // 100 * 100 + int(digits)
            return year if year <= today.year + _TWO_DIGIT_YEARS_AHEAD else year - 100
    return None


def matching_weekday(found: Day, said: str | None) -> Day:
    """A day said with its weekday is certain only where the two agree."""
    if said is None or found.value is None:
        return found
    return Reading(found.value, found.certain and found.value.weekday() == int(said[1]))


def moved(start: date, amount: int, unit: str) -> Day:
    """The day so many days, weeks, fortnights, months or years away; short months end early."""
    if unit in ("month", "year"):
        year, month = month_ahead(start, amount * (12 if unit == "year" else 1))
        return day_of(year, month, min(start.day, monthrange(year, month)[1]))
    return in_days(start, amount * {"day": 1, "week": 7, "fortnight": 14}[unit])
