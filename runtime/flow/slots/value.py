"""What a slot parser is given and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SlotContext:
    """The surroundings an utterance is read in.

    `now` is the call's virtual clock, aware, in the flow's time zone. `language` is BCP 47
    ("en-IN"). `expected` is true where the caller was just asked for this slot; false where
    the value may be mentioned in passing, and an explicit marker is then needed. `options`
    are the slot's type options (length, min, max, choices, pattern).
    """

    now: datetime
    language: str
    expected: bool
    options: Mapping[str, object]

    def bound(self, name: str) -> Decimal | None:
        """Return a numeric option (length, min, max); None where the author set none."""
        value = self.options.get(name)
        return None if value is None else Decimal(str(value))

    def allows(self, value: int | Decimal) -> bool:
        """Whether `value` lies within the options min and max."""
        low, high = self.bound("min"), self.bound("max")
        return (low is None or value >= low) and (high is None or value <= high)


@dataclass(frozen=True, slots=True)
class Found:
    """A value found in an utterance.

    `value` is a date, time, datetime, timedelta, int, Decimal, str or bool. `span` is the
    half-open range of the utterance's text it stands in. `certain` is false where the
    reading is one of several and the caller should confirm it.
    """

    value: object
    span: tuple[int, int]
    certain: bool = True
    contested: bool = False
    """Another value competes with it: "Friday or Saturday"."""


class Parser(Protocol):
    """The reader of one slot type: finds its value in an utterance, or None."""

    def __call__(self, utterance: str, context: SlotContext) -> Found | None:
        """Find the type's value in what the caller said."""
        ...
