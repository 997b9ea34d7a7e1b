"""When a person may be called: by the clock on his wall, his holidays and his calls of the day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `date.weekday`."""

MINUTES_A_DAY = 24 * 60

FARTHEST_DAYS = 400
"""A calendar that is closed for longer is closed for good."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A part of a day, in minutes after midnight; `end` is not in it."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days without calls: those of a country (ISO 3166, of the package `holidays`), and others."""

    country: str | None = None
    subdivision: str | None = None
    dates: frozenset[date] = frozenset()

    def has(self, day: date) -> bool:
        """Tell whether nobody is called on that day."""
        if day in self.dates:
            return True
        return self.country is not None and day in _of_country(self.country, self.subdivision)


@lru_cache(maxsize=64)
def _of_country(country: str, subdivision: str | None) -> "holidays.HolidayBase":
    import holidays  # every command would load its 300 modules

    return holidays.country_holidays(country, subdiv=subdivision)


def is_known(country: str, subdivision: str | None) -> bool:
    """Tell whether the holidays of that country, and of its part, are known."""
    import holidays

    regions: Mapping[str, Sequence[str]] = holidays.list_supported_countries()
    return country in regions and (subdivision is None or subdivision in regions[country])


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The hours of a week, each in the callee's time zone."""

    week: tuple[tuple[Window, ...], ...]
    """Of each day from Monday; in order, none overlapping."""
    holidays: Holidays = Holidays()

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """Return the hours of that day."""
        return () if self.holidays.has(day) else self.week[day.weekday()]

    def next_open(
        self, at: float, zone: ZoneInfo, has_room: Callable[[date], bool] = lambda day: True
    ) -> float | None:
        """Return the first moment from `at` on at which one may call, or None if there is none.

        `has_room` tells of a day whether it may see another call. Times are POSIX seconds.
        """
        first = datetime.fromtimestamp(at, zone).date()
        for day in (first + timedelta(days=n) for n in range(FARTHEST_DAYS)):
            if not has_room(day):
                continue
            for window in self.windows_on(day):
                begin, end = _moment(day, window.begin, zone), _moment(day, window.end, zone)
                if at < end and begin < end:
                    return max(at, begin)
        return None


def _moment(day: date, minutes: int, zone: ZoneInfo) -> float:
    """Return that time of the wall's clock; one that the clocks skip is the moment they are put."""
    if minutes == MINUTES_A_DAY:
        day, minutes = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    return local.timestamp()


@dataclass(frozen=True, slots=True)
class CallingRules:
    """When a number may be called, having been called before."""

    hours: CallingHours
    per_day: int
    """Attempts at one number on one day of its time zone, of all campaigns."""

    def earliest(self, at: float, zone: ZoneInfo, attempts: Sequence[float]) -> float | None:
        """Return the first moment from `at` on at which a number may be called; None: never.

        `attempts` are the moments of all earlier ones at that number.
        """
        days = [datetime.fromtimestamp(each, zone).date() for each in attempts]
        return self.hours.next_open(at, zone, lambda day: days.count(day) < self.per_day)

    def may_call_at(self, at: float, zone: ZoneInfo, attempts: Sequence[float]) -> bool:
        """Tell whether that number may be called at that moment."""
        return self.earliest(at, zone, attempts) == at
