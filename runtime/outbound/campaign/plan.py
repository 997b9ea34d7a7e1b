"""What a campaign is to do: which bot calls, when, how often, how fast (YAML, by the list)."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from runtime.carrier.phone_number import BadNumber, ten_digits
from runtime.flow.document.values import seconds_of
from runtime.flow.nearness import nearest
from runtime.flow.source import Node, find, plain, read_source
from runtime.outbound.campaign.breaker import Breaker
from runtime.outbound.campaign.call_list import known_zones
from runtime.outbound.campaign.calling_hours import (
    DAYS,
    MINUTES_A_DAY,
    CallingHours,
    CallingRules,
    Holidays,
    Window,
    is_known,
)
from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.retrying import RetryPlan


class PlanProblem(Exception):  # noqa: N818 - it reads as what is told to the operator
    """A plan that cannot be used; the message has one line for each mistake."""


_WINDOW = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAYS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))?")
NEVER = "never"


def read_window(text: str) -> Window:
    """Read such as `09:00-20:00`. Raises `ValueError`."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no part of a day; write one as 09:00-20:00")
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    window = Window(begin_hour * 60 + begin_minute, end_hour * 60 + end_minute)
    if begin_minute > 59 or end_minute > 59 or not window.begin < window.end <= MINUTES_A_DAY:
        raise ValueError(f"'{text}' must begin before it ends, within one day")
    return window


def _week(value: Any) -> Any:
    """Return the windows by day, from a text for all days or from days and ranges of days."""
    if isinstance(value, str | list):
        value = {"mon-sun": value}
    if not isinstance(value, Mapping):
        raise ValueError("write hours as 09:00-20:00, or days with their hours")
    week: dict[str, Any] = {}
    for name, hours in value.items():
        found = _DAYS.fullmatch(str(name))
        if found is None:
            raise ValueError(f"'{name}' is no day; write mon or mon-fri")
        first = DAYS.index(found[1])
        last = DAYS.index(found[2]) if found[2] else first
        for day in DAYS[first : last + 1] or (*DAYS[first:], *DAYS[: last + 1]):
            if day in week:
                raise ValueError(f"'{day}' has its hours twice")
            week[day] = [] if hours == NEVER else [hours] if isinstance(hours, str) else hours
    return week


def _hours_in_order(week: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    for day, hours in week.items():
        windows = [read_window(each) for each in hours]
        for earlier, later in pairwise(windows):
            if later.begin < earlier.end:
                raise ValueError(f"the hours of '{day}' must follow each other")
    return week


def _zone(name: str) -> str:
    if name not in known_zones():
        raise ValueError(f"there is no time zone '{name}'; write one as Asia/Kolkata")
    return name


def _number(text: str) -> str:
    try:
        return ten_digits(text, "did")
    except BadNumber as exc:
        raise ValueError("it is a number of ten digits") from exc


def _delay(text: str) -> str:
    if text != NEVER and seconds_of(text) is None:
        raise ValueError("it is a duration such as 15m or 2h, or 'never'")
    return text


Delay = Annotated[str, AfterValidator(_delay)]
Week = Annotated[
    dict[str, tuple[str, ...]], BeforeValidator(_week), AfterValidator(_hours_in_order)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class HolidaysPlan(_Part):
    """Days without calls."""

    country: str | None = None
    """Whose public holidays: two letters, as IN."""
    subdivision: str | None = None
    """Of which part of it: as KA."""
    dates: tuple[date, ...] = ()
    """Further days, as 2026-12-24."""

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        if self.country is None and self.subdivision is not None:
            raise ValueError("a subdivision needs its country")
        if self.country is not None and not is_known(self.country, self.subdivision):
            raise ValueError(f"no holidays are known of {self.country} {self.subdivision or ''}")
        return self


class AttemptsPlan(_Part):
    """How often a number is called."""

    in_all: int = Field(3, ge=1)
    per_day: int = Field(2, ge=1)


class RetryDelays(_Part):
    """How long after an attempt the next one follows; `never`: the number is done with."""

    busy: Delay = "15m"
    no_answer: Delay = "2h"
    voicemail: Delay = "4h"
    failed: Delay = "30m"
    unknown: Delay = "30m"


class BreakerPlan(_Part):
    """Pauses the campaign when failures rise."""

    percent: float = Field(50.0, gt=0, le=100)
    of: int = Field(20, ge=1, le=1000)


class Plan(_Part):
    """A campaign's settings."""

    did: Annotated[str, AfterValidator(_number)]
    """The number that calls, one of the server's DIDs."""
    flow: str | None = None
    """The flow; that of the DID if left out."""
    number_column: str | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Kolkata"
    windows: Week = Field("09:00-20:00", validate_default=True)
    holidays: HolidaysPlan = HolidaysPlan()
    attempts: AttemptsPlan = AttemptsPlan()
    retry: RetryDelays = RetryDelays()
    pace: float = Field(30.0, gt=0, le=6000)
    """Calls begun in a minute."""
    concurrency: int = Field(10, ge=1, le=1000)
    """Calls at the same time, of all workers."""
    longest_call: Annotated[str, AfterValidator(_delay)] = "1h"
    """An attempt without an outcome after it counts as unknown."""
    breaker: BreakerPlan = BreakerPlan()

    def rules(self) -> CallingRules:
        """Return when a number may be called."""
        week = tuple(tuple(map(read_window, self.windows.get(day, ()))) for day in DAYS)
        days = Holidays(
            self.holidays.country, self.holidays.subdivision, frozenset(self.holidays.dates)
        )
        return CallingRules(CallingHours(week, days), self.attempts.per_day)

    def retries(self) -> RetryPlan:
        """Return when a number is called again."""
        delays = {
            Outcome(name): seconds_of(text)
            for name, text in self.retry.model_dump().items()
            if text != NEVER
        }
        return RetryPlan(
            self.attempts.in_all,
            {outcome: each for outcome, each in delays.items() if each is not None},
        )

    def new_breaker(self) -> Breaker:
        """Return the breaker of a campaign that has not called anybody yet."""
        return Breaker(self.breaker.percent, self.breaker.of)

    def longest_seconds(self) -> float:
        """Return for how long an outcome is waited for."""
        return seconds_of(self.longest_call) or float("inf")

    def zone(self) -> ZoneInfo:
        """Return the time zone of rows that name none."""
        return ZoneInfo(self.timezone)


def read_plan(text: str, file: str, options: Mapping[str, object]) -> Plan:
    """Read a plan; `options` of the command line go before what it says. Raises `PlanProblem`."""
    root: Node | None = None
    content: dict[str, object] = {}
    if text.strip():
        source = read_source(text, file)
        if source.root is None or source.problems:
            raise PlanProblem("\n".join(str(problem) for problem in source.problems))
        root, data = source.root, plain(source.root)
        if not isinstance(data, dict):
            raise PlanProblem(f"{file}: a plan is keys with values, such as 'did: …'")
        content = data
    try:
        return Plan.model_validate({**content, **options})
    except ValidationError as exc:
        raise PlanProblem("\n".join(_lines(exc, file, root))) from exc


def _lines(error: ValidationError, file: str, root: Node | None) -> list[str]:
    lines: list[str] = []
    for mistake in error.errors(include_url=False):
        path = [part for part in mistake["loc"] if isinstance(part, str | int)]
        place = str(find(root, *path).place) if root is not None else file
        name = ".".join(map(str, path))
        if mistake["type"] == "extra_forbidden":
            near = nearest(str(path[-1]), _keys(path[:-1]))
            hint = f" Did you mean '{near}'?" if near else ""
            lines.append(f"{place}: unknown setting '{name}'.{hint}")
        elif mistake["type"] == "missing":
            lines.append(f"{file}: '{name}' is missing.")
        else:
            message = mistake["msg"].removeprefix("Value error, ")
            lines.append(f"{place}: {name}: {message}")
    return lines


def _keys(path: Sequence[str | int]) -> list[str]:
    model: type[BaseModel] = Plan
    for part in path:
        inner = model.model_fields[str(part)].annotation if part in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)
