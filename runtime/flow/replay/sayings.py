"""What a caller might have said instead: values of each type of slot, none of them anybody's."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain, cycle, islice, pairwise

from runtime.flow.engine.passage import Passage
from runtime.flow.engine.state import local_time
from runtime.flow.filters import spoken
from runtime.flow.model import Intent, Slot
from runtime.flow.slots import words_of_choices
from runtime.flow.understanding.matching import reach

MOST = 20
"""Choices and intents that are tried."""

NO_VALUE = ("hm", "something else")
"""Said where nothing is to be understood."""

DIGITS = ("1357902468", "2468013579", "9876543210", "1111111111", "0000000000")

_SAYINGS: Mapping[str, tuple[str, ...]] = {
    "text": ("some words", "other words", "more words"),
    "yes_no": ("yes", "no"),
    "number": ("12", "7", "150", "2.5", "1990", "0", "40000"),
    "integer": ("12", "7", "150", "1990", "0", "40000"),
    "money": ("500 rupees", "20000 rupees", "50 rupees", "5 lakh rupees"),
    "time": ("5 pm", "10 am", "noon", "8 pm"),
    "duration": ("2 hours", "3 days", "30 minutes", "2 weeks"),
    "phone": ("9800000001", "9800000002", "9800000003"),
    "name": ("Asha Rao", "Ravi Kumar", "Meena Iyer"),
    "email": ("asha at example dot com", "ravi at example dot org", "meena at example dot net"),
}

_KEYS: Mapping[str, str] = {"phone": "9135790246", "date": "01012027", "time": "1930"}
_ANY_KEYS = "1357902468"

_DAYS_ON = (1, 2, 30, -30, -30 * 365, 0)
"""From the day of the call: appointments, what is past, birthdays."""


def digits(length: int) -> tuple[str, ...]:
    """Return numbers of so many digits."""
    return tuple("".join(islice(cycle(row), length)) for row in DIGITS)


def keys(slot: Slot, begun: str, pressed: str) -> str:
    """Return the keys that may come next in an entry, the likeliest first.

    A first 0 of a telephone number is no part of it, and makes it one key longer.
    """
    if slot.type == "phone" and pressed == "0" and not begun:
        return pressed
    row = _KEYS.get(slot.type, _ANY_KEYS)
    likely = row[len(begun.removeprefix("0") if slot.type == "phone" else begun) % len(row)]
    return likely + "".join(key for key in _ANY_KEYS if key != likely)


def sayings(passage: Passage, slot: Slot, shape: str) -> tuple[str, ...]:
    """Return what may be said for a slot; `shape` tells how long, and of what, the value was."""
    match slot.type:
        case "digits":
            return digits(len(shape)) if shape else digits(4)
        case "pattern":
            return _of_shape(shape)
        case "choice":
            return words_of_choices(slot.options)[:MOST]
        case "date":
            return _days(passage)
        case "datetime":
            return tuple(f"{day} at 5 pm" for day in _days(passage))
        case _:
            return _SAYINGS[slot.type]


def _days(passage: Passage) -> tuple[str, ...]:
    today = local_time(passage.flow, passage.at).date()
    days = (today + dt.timedelta(days=number) for number in _DAYS_ON)
    return tuple(f"{day:%B} {day.day} {day.year}" for day in days)


def _of_shape(shape: str) -> tuple[str, ...]:
    """Return texts with a digit where one was, and a letter where one was."""

    def made(digit: str, letter: str) -> str:
        return "".join(
            digit if each.isdecimal() else letter if each.isalpha() else each for each in shape
        )

    return tuple(made(*each) for each in (("1", "A"), ("2", "B"), ("0", "a"), ("9", "z")))


def shape_of(value: object) -> str:
    """Return how a value looks, and nothing of what it is: "99-AA" of any such plate."""
    if not isinstance(value, str):
        return ""
    return "".join("9" if x.isdecimal() else "A" if x.isalpha() else x for x in value)


def in_words(slot: Slot, value: object) -> str:
    """Return a slot's value as one says it; `set` may have given it one of another type."""
    try:
        return spoken(slot.type, value)
    except (ValueError, TypeError, AttributeError):
        return str(value)


def answers(passage: Passage, slot: Slot, shape: str, meant: str, besides: str) -> Iterator[str]:
    """Yield what may be said to the question for a sensitive slot, the likeliest first.

    `meant`: the intent that was understood, "" where none was; `besides`: what else was said.
    """
    values = sayings(passage, slot, shape)
    intents = passage.flow.intents
    agreeing = (*intents["yes"].words[:1], *intents["no"].words[:1], "yes", "no")
    known = passage.state.slots.get(slot.name)
    again = () if known is None else (in_words(slot, known), str(known))
    of_intents = (each for intent in _intents(passage, meant) for each in intent.words[:1])
    yield from chain(
        (each for each in intents[meant].words[:3]) if meant in intents else (),
        (f"{value} {besides}" for value in values[:3] if besides),
        agreeing if passage.state.pending else (),
        values,
        again,
        NO_VALUE,
        (f"no, I meant {value}" for value in values[:3]),
        (f"{first} or {second}" for first, second in pairwise(values)),
        () if passage.state.pending else agreeing,
        of_intents,
        ("",),
    )


def _intents(passage: Passage, meant: str) -> tuple[Intent, ...]:
    groups = reach(passage.flow, passage.here)
    return tuple(x for group in groups for x in group if x.name != meant)[:MOST]
