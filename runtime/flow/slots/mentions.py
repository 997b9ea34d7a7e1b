"""Finding the mentions of a day, a clock time or a length of time, and choosing the one meant."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from runtime.flow.slots import calendar_words as words
from runtime.flow.slots.calendar_text import CalendarText
from runtime.flow.slots.value import Found, SlotContext

Value = TypeVar("Value")
_LONGEST_DENIAL = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule matched: the signs `first` to `end` (half-open) of `text`."""

    text: CalendarText
    first: int
    end: int
    context: SlotContext

    @property
    def today(self) -> date:
        """The day of the call."""
        return self.context.now.date()

    @property
    def before(self) -> str:
        """The sign in front; "" at the start."""
        return self.text.signs[self.first - 1].text if self.first else ""

    @property
    def after(self) -> str:
        """The sign behind; "" at the end or where punctuation follows."""
        at_end = self.end == len(self.text.signs) or self.text.signs[self.end - 1].pause_after
        return "" if at_end else self.text.signs[self.end].text

    @property
    def stands_free(self) -> bool:
        """Whether no noun follows that the number could count ("at five", not "five people")."""
        return not self.after or self.after in words.MAY_FOLLOW

    @property
    def stands_alone(self) -> bool:
        """Whether the rest of the utterance says nothing ("yes, the 21 please")."""
        others = self.text.signs[: self.first] + self.text.signs[self.end :]
        return all(sign.text in words.FILLERS for sign in others)

    @property
    def is_denied(self) -> bool:
        """Whether the caller rules it out: "not on Friday", "Friday doesn't work", "kal nahi"."""
        return self._is_denied_behind() or self._is_denied_in_front()

    def _is_denied_behind(self) -> bool:
        behind = [sign.text for sign in self.text.signs[self.end : self.end + 3]]
        match behind if self.after else []:
            case ["nahi", *_] | ["is" | "will", "not", *_]:
                return True
            case ["not", suits, *_]:
                return suits in words.SUITS
        return False

    def _is_denied_in_front(self) -> bool:
        for at in range(self.first - 1, max(self.first - 1 - _LONGEST_DENIAL, -1), -1):
            sign = self.text.signs[at]
            if sign.pause_after:
                return False
            if sign.text == "not":
                return not (at and self.text.signs[at - 1].text == "why")
            if sign.text not in words.CARRIES_NOT:
                return False
        return False


@dataclass(frozen=True, slots=True)
class Reading(Generic[Value]):
    """What a mention says; `value` is None where there is no such day or time ("31 June")."""

    value: Value | None
    certain: bool = True
    contested: bool = False
    """Another mention competes with it."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Value]):
    """A wording, and how to read it; the reader answers None where the words mean other things.

    The pattern is matched against `CalendarText.text`, at the start of a sign; each sign in it
    must end in its space.
    """

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Place], Reading[Value] | None]


@dataclass(frozen=True, slots=True)
class Mention(Generic[Value]):
    """A reading, and the signs (half-open) that it was read from."""

    first: int
    end: int
    reading: Reading[Value]


def rule(
    pattern: str, read: Callable[[re.Match[str], Place], Reading[Value] | None]
) -> Rule[Value]:
    """Make a rule of a pattern that may begin at any sign."""
    return Rule(re.compile(rf"(?<!\S)(?:{pattern})"), read)


def find_mentions(
    text: CalendarText, rules: Sequence[Rule[Value]], context: SlotContext
) -> list[Mention[Value]]:
    """All mentions, in order and apart; of two that overlap the earlier, then the longer stays."""
    signs = text.text
    found: list[Mention[Value]] = []
    for each in rules:
        for match in each.pattern.finditer(signs):
            place = Place(text, text.index(match.start()), text.index(match.end()), context)
            reading = each.read(match, place)
            if reading is not None and not place.is_denied:
                found.append(Mention(place.first, place.end, reading))
    found.sort(key=lambda mention: (mention.first, -mention.end))
    apart: list[Mention[Value]] = []
    for mention in found:
        if not apart or mention.first >= apart[-1].end:
            apart.append(mention)
    return apart


def meant(text: CalendarText, mentions: Sequence[Mention[Value]]) -> Mention[Value] | None:
    """The mention the caller stands by: the first, or the first after the last correction.

    It is uncertain where others compete with it ("Friday or Saturday").
    """
    start = 0
    for at in range(1, len(mentions)):
        between = text.signs[mentions[at - 1].end : mentions[at].first]
        if any(sign.text in words.CORRECTIONS for sign in between):
            start = at
    if not mentions:
        return None
    first = mentions[start]
    rivals = any(other.reading.value != first.reading.value for other in mentions[start + 1 :])
    certain = first.reading.certain and not rivals
    return Mention(first.first, first.end, Reading(first.reading.value, certain, rivals))


def found_in(text: CalendarText, mention: Mention[Value] | None) -> Found | None:
    """The slot's value out of the mention that was meant."""
    if mention is None or mention.reading.value is None:
        return None
    return Found(
        mention.reading.value,
        text.span(mention.first, mention.end),
        mention.reading.certain,
        mention.reading.contested,
    )
