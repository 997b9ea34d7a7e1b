"""What callers of the office say, state by state, and how: the script of a call, made by lot.

Pure: the same random numbers make the same script. Parts of a line are parted by `|`: the caller
pauses there, and has not finished.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

STATES = (
    *("news", "customer", "topic", "trouble", "urgent"),
    *("number", "terms", "address", "morning", "remarks"),
)
"""Of turn_bots/office.yaml, in order; whatever is said, the next one follows."""

LONG = ("news", "terms")
"""Where the bot speaks for about 20 s: callers listen or barge in."""

SHORT_PAUSE = (0.3, 0.6)
"""Seconds between the parts of a line; the longest is still below the 700 ms that are the default,
with what a detector needs."""
LONG_PAUSE = (0.75, 1.2)


class Kind(StrEnum):
    """What sort of answer a line is."""

    YES_NO = "yes_no"
    """A whole yes or no and nothing else."""
    YES_AND = "yes_and"
    """A yes or no, and more after a pause."""
    MENU = "menu"
    FREE = "free"
    DIGITS = "digits"
    ADDRESS = "address"
    BARGE = "barge"
    """Said while the bot speaks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say: its parts, and the seconds of silence between them."""

    kind: Kind
    parts: tuple[str, ...]
    pauses: tuple[float, ...] = ()
    after: float = 0.0
    """Seconds after which the caller barges in, from the beginning of the bot's speech."""


YES_NO = ("Yes.", "No.", "Yes, please.", "No, thank you.", "Yeah.", "No.", "Yes.", "Nope.")
YES_AND = (
    "Yes, | but only after ten.",
    "No, | I would like the afternoon.",
    "Yes, | it has been raining in since Monday.",
    "No, | there is time until next week.",
)
BARGES = (
    "Yes.",
    "No.",
    "Yes, yes, I know that already.",
    "No, thank you, that is enough.",
    "Excuse me, I am in a hurry.",
    "I have heard all that before.",
)
TEXTS: Mapping[str, tuple[str, ...]] = {
    "topic": (
        "Repairs.",
        "Bills.",
        "I need a visit.",
        "It is about repairs, please.",
        "Bills, | I think.",
    ),
    "trouble": (
        "The heating in my kitchen does not work any more.",
        "My bathroom window is broken, | and the rain comes in.",
        "There is water in the cellar, | and it smells, | I do not know why.",
        "The front door does not close.",
        "Since yesterday evening | we have had no hot water.",
    ),
    "address": (
        "Forty two Hill Road, | Westfield.",
        "Seventeen Market Street, | second floor, | on the left.",
        "It is the blue house | behind the school.",
        "Ninety Station Road.",
    ),
    "remarks": (
        "No, | I think that is all.",
        "Please ring twice, | the bell is rather quiet.",
        "There is a dog in the garden, | but he is friendly.",
        "My neighbour has the key.",
    ),
}

# Names of recordings (`+`: without a pause), since a human can only say what she has once said.
HUMAN_NO = ("vm-no",)
HUMAN_YES_AND = ("vm-no | vm-nomore", "vm-no | tt-weasels")
HUMAN_BARGES = ("vm-no", "tt-somethingwrong", "feature-not-avail-line", "auth-thankyou")
HUMAN: Mapping[str, tuple[str, ...]] = {
    "topic": ("digits/1", "digits/2", "digits/3"),
    "trouble": (
        "tt-weasels",
        "tt-somethingwrong | tt-weasels",
        "vm-nobodyavail",
        "call-fwd-no-ans | feature-not-avail-line",
    ),
    "address": ("privacy-unident", "call-fwd-on-busy | vm-nobodyavail"),
    "remarks": ("tt-monkeysintro", "queue-thankyou", "vm-no | demo-echodone"),
}

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
GROUPS = ((3, 3, 4), (5, 5), (2, 4, 4), (4, 3, 3))

Chance = np.random.Generator
Script = Mapping[str, tuple[Line, ...]]
"""By state: what is said first, and what when it is asked again."""


def script(chance: Chance, *, human: bool, barges: bool, long_pauses: bool = False) -> Script:
    """Return what a caller says in each state of the office.

    With `barges` he interrupts both long speeches and then answers; else he hears them out.
    """
    pauses = LONG_PAUSE if long_pauses else SHORT_PAUSE
    return {
        state: tuple(_paused(line, pauses, chance) for line in _lines(state, chance, human, barges))
        for state in STATES
    }


def _lines(state: str, chance: Chance, human: bool, barges: bool) -> tuple[Line, ...]:
    answer = _line(Kind.YES_NO, HUMAN_NO if human else YES_NO, chance)
    texts = HUMAN if human else TEXTS
    match state:
        case "news" | "terms" if barges:
            text = str(chance.choice(HUMAN_BARGES if human else BARGES))
            return (Line(Kind.BARGE, (text,), after=float(chance.uniform(4, 13))), answer)
        case "morning" | "urgent" if chance.random() < 0.5:
            return (_line(Kind.YES_AND, HUMAN_YES_AND if human else YES_AND, chance),)
        case "topic":
            return (_line(Kind.MENU, texts[state], chance),)
        case "number":
            return (_number(chance, human),)
        case "address":
            return (_line(Kind.ADDRESS, texts[state], chance),)
        case "trouble" | "remarks":
            return (_line(Kind.FREE, texts[state], chance),)
    return (answer,)


def _line(kind: Kind, texts: tuple[str, ...], chance: Chance) -> Line:
    return Line(kind, tuple(str(chance.choice(texts)).split(" | ")))


def _number(chance: Chance, human: bool) -> Line:
    """A telephone number in groups."""
    digits = [int(digit) for digit in chance.integers(0, 10, 10)]
    parts, at = [], 0
    for size in GROUPS[int(chance.integers(len(GROUPS)))]:
        group = digits[at : at + size]
        at += size
        if human:
            parts.append("+".join(f"digits/{digit}" for digit in group))
        else:
            parts.append(" ".join(DIGITS[digit] for digit in group) + ("." if at == 10 else ","))
    return Line(Kind.DIGITS, tuple(parts))


def _paused(line: Line, between: tuple[float, float], chance: Chance) -> Line:
    pauses = tuple(float(chance.uniform(*between)) for _ in line.parts[1:])
    return Line(line.kind, line.parts, pauses, line.after)
