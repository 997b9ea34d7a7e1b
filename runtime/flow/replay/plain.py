"""Values as JSON can carry them, and back again: an amount stays exact, a day stays a day."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

MARK = "$"
"""The key of an object that stands for a value which JSON does not know."""

_READERS: Mapping[str, Callable[[Any], object]] = {
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timedelta": lambda seconds: dt.timedelta(seconds=seconds),
    "Decimal": Decimal,
    "map": lambda value: {name: restored(each) for name, each in value.items()},
}


def plain(value: object) -> object:
    """Return what JSON can carry; raises `TypeError` for what is no value of a call."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case Enum():
            return value.value
        case Mapping():
            made = {str(name): plain(each) for name, each in value.items()}
            return {MARK: "map", "is": made} if MARK in made else made
        case list() | tuple():
            return [plain(each) for each in value]
        case dt.datetime() | dt.date() | dt.time():
            return {MARK: type(value).__name__, "is": value.isoformat()}
        case dt.timedelta():
            return {MARK: "timedelta", "is": value.total_seconds()}
        case Decimal():
            return {MARK: "Decimal", "is": str(value)}
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be kept")


def restored(value: object) -> object:
    """Return the value that `plain` was given; tuples come back as lists."""
    match value:
        case {"$": str(kind), "is": inner}:
            return _READERS[kind](inner)
        case Mapping():
            return {name: restored(each) for name, each in value.items()}
        case list():
            return [restored(each) for each in value]
        case _:
            return value
