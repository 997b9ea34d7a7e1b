"""Lengths of time as callers say them: "an hour and a half", "90 minutes", "dhai ghante"."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from runtime.flow.slots.calendar_text import read_calendar_text
from runtime.flow.slots.mentions import Place, Reading, find_mentions, found_in, meant, rule
from runtime.flow.slots.value import Found, SlotContext

_UNIT_SECONDS = {
    "seconds": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "fortnight": 14 * 86_400,
    "month": 30 * 86_400,
    "year": 365 * 86_400,
}
# Their length depends on the calendar, or people mean different things by them.
_INEXACT_UNITS = frozenset({"month", "year"})
_FEW = Decimal(3)
_FRACTIONS = {"half": Decimal("0.5"), "quarter": Decimal("0.25"), "three-quarter": Decimal("0.75")}
_SHIFTS = {
    "half-more": Decimal("0.5"),
    "quarter-more": Decimal("0.25"),
    "quarter-less": Decimal("-0.25"),
    "one-and-half": Decimal("0.5"),
    "two-and-half": Decimal("1.5"),
}
_FRACTION = "(?:half|quarter|three-quarter)"
_PART = (
    r"(?:"
    r"(?P<shift>half-more|quarter-more|quarter-less) (?P<shifted>\d{1,3}) "
    r"|(?P<fixed>quarter-more|quarter-less|one-and-half|two-and-half) "
    r"|(?:an? |(?P<quarters>3) )?(?P<fraction>half|quarter|three-quarter) (?:of )?(?:an? )?"
    r"|(?:a )?(?P<loose>couple|few) (?:of )?"
    r"|(?P<clock>\d{1,3}:[0-5]\d) (?=hour )"
    r"|(?P<unsaid>)(?=(?:minute|hour|day|week|month|year) and (?:a )?half )"
    rf"|(?P<number>\d{{1,4}}(?:\.\d{{1,2}})?|an?) (?:(?:and )?(?:a )?(?P<with>{_FRACTION}) )?"
    r")"
    rf"(?P<unit>{'|'.join(_UNIT_SECONDS)}) (?:and (?:a )?(?P<and>{_FRACTION}) (?!{_FRACTION}))?"
)
_PARTS = re.compile(_PART)
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _PART)

LENGTH = rf"{_UNNAMED}(?:(?:and )?{_UNNAMED})*(?:(?<=hour )(?:and )?\d{{1,2}} (?=$))?"
"""The pattern of a length of time in `CalendarText.text`, without named groups."""

_WAITING = frozenset({"wait", "just", "me", "on", "hold"})
_RATES = frozenset({"per", "every", "each", "times", "twice", "once", "what"})
_LEADS_TO_A_LENGTH = frozenset(
    {"for", "of", "at", "take", "takes", "need", "last", "lasts", "lasting", "is", "be"}
)


def parse_duration(utterance: str, context: SlotContext) -> Found | None:
    """Find a length of time; the value is a `timedelta`. A month counts 30 days, a year 365."""
    text = read_calendar_text(utterance)
    return found_in(text, meant(text, find_mentions(text, _RULES, context)))


def read_length(said: str) -> Reading[timedelta] | None:
    """The length of what `LENGTH` matched; None where its units do not go from long to short."""
    parts = list(_PARTS.finditer(said))
    units = [_UNIT_SECONDS[part["unit"]] for part in parts]
    if any(longer <= shorter for longer, shorter in pairwise(units)):
        return None
    seconds = sum((_amount(part) * _UNIT_SECONDS[part["unit"]] for part in parts), Decimal(0))
    minutes_behind = said[parts[-1].end() :].removeprefix("and ").strip()
    if minutes_behind:
        seconds += 60 * int(minutes_behind)
    exact = not any(part["unit"] in _INEXACT_UNITS or part["loose"] == "few" for part in parts)
    return Reading(timedelta(seconds=float(seconds)), exact)


def _amount(part: re.Match[str]) -> Decimal:
    return _leading_amount(part) + _FRACTIONS.get(part["and"], Decimal(0))


def _leading_amount(part: re.Match[str]) -> Decimal:
    if part["shift"]:
        return int(part["shifted"]) + _SHIFTS[part["shift"]]
    if part["fixed"]:
        return 1 + _SHIFTS[part["fixed"]]
    if part["fraction"]:
        return _FRACTIONS[part["fraction"]] * int(part["quarters"] or 1)
    if part["loose"]:
        return Decimal(2) if part["loose"] == "couple" else _FEW
    if part["clock"]:
        hours, minutes = part["clock"].split(":")
        return int(hours) + Decimal(int(minutes)) / 60
    number = Decimal(1) if part["number"] in (None, "a", "an") else Decimal(part["number"])
    return number + _FRACTIONS.get(part["with"], Decimal(0))


def _read_duration(match: re.Match[str], place: Place) -> Reading[timedelta] | None:
    said = match[0]
    if place.after in ("old", "ago", "later", "from", "before", "after") or place.before in _RATES:
        return None
    one = said in ("a minute ", "1 minute ", "a seconds ", "1 seconds ", "a few minute ")
    if one and place.before in _WAITING:
        return None
    if not place.context.expected and not _is_marked(said, place):
        return None
    length = read_length(said)
    # "Two to three hours", "do teen din", "a day or two".
    is_range = place.after == "or" or place.before in ("or", "to") or place.before[-1:].isdecimal()
    return length and Reading(length.value, length.certain and not is_range)


def _is_marked(said: str, place: Place) -> bool:
    """Whether a length said in passing is one: not "in two hours", not "what a day"."""
    if place.before in ("in", "after", "within", "next", "last"):
        return False
    plain = re.fullmatch(r"an? \S+ ", said) is not None
    return not plain or place.before in _LEADS_TO_A_LENGTH


_RULES = (rule(LENGTH, _read_duration),)
