"""What callers press for a slot, digit by digit."""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal

from runtime.flow.slots.choices import choice_by_digit, choices_of
from runtime.flow.slots.digits import has_right_length
from runtime.flow.slots.number_words import MOST_DIGITS, plain
from runtime.flow.slots.patterns import parse_pattern
from runtime.flow.slots.phones import phone_number
from runtime.flow.slots.value import Found, SlotContext

# 29 February may be eight years away (2096 to 2104).
_YEARS_TO_A_LEAP_DAY = 8


def parse_keypad(type: str, keys: str, context: SlotContext) -> Found | None:
    """Read the keys pressed for a slot of that type; None where they make no value of it.

    A closing "#" is dropped; "*" is the decimal point of numbers and money. A date is DDMM, its
    next occurrence from today, or DDMMYYYY; a time HHMM by the 24-hour clock. `span` is in `keys`.
    """
    pressed = keys.removesuffix("#")
    reader = _READERS.get(type)
    value = reader(pressed, context) if reader and pressed else None
    return None if value is None else Found(value, (0, len(pressed)))


def keypad_length(type: str, options: Mapping[str, object], keys: str = "") -> int | None:
    """Return how many keys end an entry by themselves; None where "#" or a pause has to.

    `keys` are those pressed so far: a telephone number that begins with 0 is one longer.
    """
    match type:
        case "phone":
            return 11 if keys.startswith("0") else 10
        case "yes_no":
            return 1
        case "date":
            return 8
        case "time":
            return 4
        case "digits":
            most = options.get("length", options.get("max"))
            return None if most is None else int(Decimal(str(most)))
        case "choice":
            choices = choices_of(options)
            digits = [choice.digit for choice in choices if choice.digit]
            return max(map(len, digits)) if digits else len(str(len(choices)))
    return None


def _digits(keys: str, context: SlotContext) -> object:
    return keys if has_right_length(keys, context) else None


def _phone(keys: str, context: SlotContext) -> object:
    return phone_number(keys) if _is_decimal(keys) else None


def _number(keys: str, context: SlotContext) -> object:
    if not _is_decimal(keys.replace("*", "", 1)):
        return None
    value = plain(Decimal(keys.replace("*", ".", 1)))
    return value if context.allows(value) else None


def _integer(keys: str, context: SlotContext) -> object:
    if not _is_decimal(keys):
        return None
    return int(keys) if context.allows(int(keys)) else None


def _is_decimal(keys: str) -> bool:
    return keys.isascii() and keys.isdigit() and len(keys) <= MOST_DIGITS


def _date(keys: str, context: SlotContext) -> object:
    if not _is_decimal(keys) or len(keys) not in {4, 8}:
        return None
    day, month = int(keys[:2]), int(keys[2:4])
    if len(keys) == 8:
        return _date_or_none(int(keys[4:]), month, day)
    today = context.now.date()
    years = range(today.year, today.year + _YEARS_TO_A_LEAP_DAY + 1)
    dates = (_date_or_none(year, month, day) for year in years)
    return next((found for found in dates if found and found >= today), None)


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # no such day
        return None


def _time(keys: str, context: SlotContext) -> object:
    if not _is_decimal(keys) or len(keys) not in {3, 4}:
        return None
    hour, minute = int(keys[:-2]), int(keys[-2:])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _choice(keys: str, context: SlotContext) -> object:
    return choice_by_digit(keys, context.options)


def _yes_no(keys: str, context: SlotContext) -> object:
    return {"1": True, "2": False}.get(keys)


def _pattern(keys: str, context: SlotContext) -> object:
    found = parse_pattern(keys, context)
    return found.value if found and found.value == keys else None


_READERS: Mapping[str, Callable[[str, SlotContext], object]] = {
    "digits": _digits,
    "phone": _phone,
    "number": _number,
    "integer": _integer,
    "money": _number,
    "date": _date,
    "time": _time,
    "choice": _choice,
    "yes_no": _yes_no,
    "pattern": _pattern,
}

KEYPAD_TYPES = frozenset(_READERS)
"""The types whose values can be pressed."""
