"""Intents that cannot be told apart where both are waited for."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from runtime.flow.builtin import NAMES
from runtime.flow.check.names import key_of_on_is_unknown
from runtime.flow.check.subject import Subject, waits
from runtime.flow.document.values import DIGITS
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import Items, Scalar, find_fields
from runtime.flow.understanding.matching import plain, reach

_MOST = 6
"""Of so many intents that share a sign each pair is told; of more it would be told for ever."""


@dataclass(frozen=True, slots=True)
class _Sign:
    intent: str
    place: Place
    is_authors: bool


def two_intents_in_reach_share_a_sign(subject: Subject) -> Iterator[Problem]:
    """No two intents that a state listens for have a word, an example or a digit in common."""
    in_reach = _in_reach(subject)
    for (sort, text), signs in _signs(subject).items():
        if len(signs) == 1:
            continue  # as nearly all are
        for first, second in combinations(sorted(signs, key=_order)[:_MOST], 2):
            if first.intent == second.intent or not (first.is_authors or second.is_authors):
                continue
            if not any(_are_confused(sort, first.intent, second.intent, row) for row in in_reach):
                continue
            here, there = (second, first) if second.is_authors else (first, second)
            yield _shared(sort, text, here, there)


def intent_is_never_waited_for(subject: Subject) -> Iterator[Problem]:
    """Every intent that the file describes is a key of some `on`, or has an answer.

    Not asked while a key is unknown: it may be this one, misspelt.
    """
    flow = subject.flow
    if not subject.is_whole or any(key_of_on_is_unknown(subject)):
        return
    named = {*flow.always, *flow.inherited, *NAMES}
    named.update(*(state.on for state in flow.states.values()))
    for intent in flow.intents.values():
        if intent.name in named or intent.answer is not None or not subject.is_own(intent.place):
            continue
        message = f"no state waits for the intent '{intent.name}'."
        hint = "Name it under 'on' of a state or of 'always', give it an 'answer', or delete it."
        yield Problem(intent.place, "warning", "unused-intent", message, hint)


def _shared(sort: str, text: str, here: _Sign, there: _Sign) -> Problem:
    where = f" in line {there.place.line}" if there.is_authors else ", which is built in"
    if here.intent in DIGITS:
        message = f"here '{text}' is taken up itself, and it stands for '{there.intent}'{where}."
        hint = "The caller who presses it is not taken to mean that."
    else:
        message = f"the {sort} '{text}' stands for '{here.intent}' here and for '{there.intent}'"
        message += f"{where}."
        hint = "Where both are waited for, the caller may be misunderstood."
    return Problem(here.place, "warning", f"shared-{sort}", message, hint)


def _order(sign: _Sign) -> tuple[bool, int, int]:
    return (sign.is_authors, sign.place.line, sign.place.column)


def _signs(subject: Subject) -> dict[tuple[str, str], list[_Sign]]:
    signs: defaultdict[tuple[str, str], list[_Sign]] = defaultdict(list)
    for intent in subject.flow.intents.values():
        # Most signs are built in.
        unwritten = _Sign(intent.name, intent.place, False)
        for sort, texts in (("word", intent.words), ("example", intent.examples)):
            authored = _authored(subject, intent.name, f"{sort}s")
            for text in _distinct(texts):
                place = authored.get(text)
                sign = _Sign(intent.name, place, True) if place is not None else unwritten
                signs[sort, text].append(sign)
        if intent.digit is not None:
            place = subject.place("intents", intent.name, "digit")
            signs["digit", intent.digit].append(_Sign(intent.name, place, True))
    # A digit that is a key of `on` itself is as good as an intent of that name.
    for state in subject.flow.states.values():
        for digit in state.on.keys() & DIGITS:
            if ("digit", digit) in signs:
                place = subject.key_place("states", state.name, "on", digit)
                signs["digit", digit].append(_Sign(digit, place, True))
    return signs


@lru_cache(256)
def _distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the built-in intents are the same in every flow."""
    return tuple(dict.fromkeys(plain(text) for text in texts))


def _authored(subject: Subject, intent: str, key: str) -> dict[str, Place]:
    entry = find_fields(subject.root, "intents", intent).get(key)
    items = entry.value if entry else None
    if not isinstance(items, Items):
        return {}
    return {plain(item.text): item.place for item in items.items if isinstance(item, Scalar)}


def _in_reach(subject: Subject) -> list[tuple[frozenset[str], ...]]:
    """Return, for each state that waits, what can be understood there: the nearest group first."""
    rows: list[tuple[frozenset[str], ...]] = []
    for state in subject.flow.states.values():
        if waits(state):
            here, *others = (
                frozenset(intent.name for intent in group) for group in reach(subject.flow, state)
            )
            rows.append((here | (state.on.keys() & DIGITS), *others))
    return list(dict.fromkeys(rows))


def _are_confused(sort: str, first: str, second: str, groups: tuple[frozenset[str], ...]) -> bool:
    # A nearer group's words and digits go before; only the classifier sees all groups at once.
    if sort == "example":
        groups = (frozenset().union(*groups),)
    return any(first in group and second in group for group in groups)
