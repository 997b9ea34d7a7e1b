"""Understanding by written rules: spoken digits, `words` and `patterns` of the intents in reach."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from unicodedata import normalize

from runtime.flow.model import (
    Flow,
    Intent,
    State,
    with_runs,
)

NEGATIONS = frozenset({"not", "dont", "never", "didnt", "doesnt", "isnt", "nahi", "nahin", "नहीं"})

SPOKEN_DIGITS: Mapping[str, str] = {
    **{str(number): str(number) for number in range(10)},
    **{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5"},
    **{"six": "6", "seven": "7", "eight": "8", "nine": "9", "oh": "0"},
    **{"star": "*", "hash": "#", "pound": "#"},
    **{"ek": "1", "do": "2", "teen": "3", "char": "4", "paanch": "5"},
    **{"एक": "1", "दो": "2", "तीन": "3", "चार": "4", "पाँच": "5", "पांच": "5"},
    **{"छह": "6", "सात": "7", "आठ": "8", "नौ": "9", "शून्य": "0"},
}
_AROUND_A_DIGIT = frozenset(
    {"press", "option", "number", "key", "the", "choose", "i", "select", "digit", "please"}
)

# \w leaves out the vowel signs of Indian scripts (U+0900 to U+0DFF); the danda is punctuation.
_NOT_SPOKEN = re.compile(r"[^\w\s*#\u0900-\u0963\u0966-\u0dff]")


# Apostrophes join ("don't" is one word), and so do the joiners that shape Indian letters.
_UNHEARD = re.compile("['\u2019\u200c\u200d]")


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that fits: `how` is digit, words or pattern; `key` is looked up in `on`."""

    key: str
    how: str
    strength: int
    """Letters that the rule covers: the longer says more."""


def plain(text: str) -> str:
    """Return `text` in lower case, without punctuation, words one space apart."""
    # NFC gives a letter with a nukta one spelling, of the two that keyboards produce.
    joined = _UNHEARD.sub("", normalize("NFC", text.lower()))
    return " ".join(_NOT_SPOKEN.sub(" ", joined).split())


@lru_cache(maxsize=16384)
def all_plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return an author's words so; what callers say is kept nowhere."""
    return tuple(plain(each) for each in words)


def spoken_digit(text: str) -> str | None:
    """Return the key that an utterance names ("one", "press two please"), if it does only that."""
    words = [word for word in plain(text).split() if word not in _AROUND_A_DIGIT]
    return SPOKEN_DIGITS.get(words[0]) if len(words) == 1 else None


@lru_cache(maxsize=65536)
def _phrase(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^| )({re.escape(plain(words))})(?= |$)")


@lru_cache
def _nothing_but(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("".join(("(?:", "|".join(f" {re.escape(plain(x))}" for x in phrases), ")+")))


def _strength(intent: Intent, text: str, spoken: str) -> tuple[int, str]:
    best, how = 0, ""
    for words in intent.words:
        for found in _phrase(words).finditer(spoken):
            before = spoken[: found.start(1)].split()
            if not (before and before[-1] in NEGATIONS) and len(found[1]) > best:
                best, how = len(found[1]), "words"
    for pattern in intent.patterns:
        # An author writes his pattern as people write, or as they speak: "don't", or "new visit"
        # where the recogniser puts a comma.
        for found in chain(pattern.finditer(spoken), pattern.finditer(text)):
            if len(found[0]) > best:
                best, how = len(found[0]), "pattern"
    return best, how


def best_match(intents: Iterable[Intent], text: str) -> Match | None:
    """Return the intent whose words or patterns cover most of the utterance; the first of equals.

    A word straight after a negation does not count ("I am not sure" is no yes).
    """
    spoken = plain(text)
    best: Match | None = None
    for intent in intents:
        strength, how = _strength(intent, text, spoken)
        if strength and (best is None or strength > best.strength):
            best = Match(intent.name, how, strength)
    return best


def reach(flow: Flow, state: State) -> tuple[tuple[Intent, ...], ...]:
    """Return the intents that can be understood in `state`, group by group, the nearest first.

    The groups: the state's `on`; `always`, that of the flows around included; answers; and the
    built-in ones that act by themselves.
    """
    named = flow.intents
    here = tuple(named[key] for key in state.on if key in named)
    anywhere = (*flow.always, *flow.inherited)
    always = tuple(named[key] for key in anywhere if key in named and key not in state.on)
    taken = {intent.name for intent in (*here, *always)}
    answers = tuple(i for i in named.values() if i.answer is not None and i.name not in taken)
    taken |= {intent.name for intent in answers}
    acting = tuple(named[name] for name in ACTING if name in named and name not in taken)
    return here, always, answers, acting


ANSWERS = ("yes", "no")
"""Built-in intents that are understood by their words alone."""

ACTING = ("repeat", "help", "wait", "goodbye", "stop")
"""Built-in intents that are understood in any state, handled there or not."""


def understand_by_rules(flow: Flow, state: State, text: str) -> Match | None:
    """Apply the first two steps of understanding: what the state waits for, then words."""
    digit = spoken_digit(text)
    key = intent_of_digit(flow, state, digit) if digit is not None else None
    if key is not None:
        return Match(key, "digit", len(text))
    for group in reach(flow, state):
        match = best_match(group, text)
        if match is not None:
            return match
    return None


def intent_of_digit(flow: Flow, state: State, digit: str) -> str | None:
    """Return the key of `on` that a pressed key stands for: itself, or the intent that has it."""
    if digit in state.on or digit in flow.always or digit in flow.inherited:
        return digit
    for group in reach(flow, state):
        for intent in group:
            if intent.digit == digit:
                return intent.name
    return None


def learnable(flow: Flow) -> dict[str, tuple[str, ...]]:
    """Return the examples that the classifier learns from, by intent.

    Those of the flows that it runs are among them; intents of one name are taken for one.
    """
    examples: dict[str, tuple[str, ...]] = {}
    for each in with_runs(flow):
        for intent in each.intents.values():
            if intent.examples and intent.name not in ANSWERS:
                known = examples.get(intent.name, ())
                examples[intent.name] = tuple(dict.fromkeys((*known, *intent.examples)))
    return examples


def classifiable(flow: Flow, state: State) -> tuple[str, ...]:
    """Return the intents in reach that have examples: the classifier's choice."""
    groups = reach(flow, state)
    return tuple(
        intent.name
        for group in groups
        for intent in group
        if intent.examples and intent.name not in ANSWERS
    )


def left_to_the_classifier(flow: Flow, state: State, text: str) -> tuple[str, ...]:
    """Return the intents that an utterance without a match may mean; none for a yes, no or digit.

    These say nothing about what else is in reach, and a guess at them would be no consent.
    """
    return () if is_answer_or_digit(flow, text) else classifiable(flow, state)


def is_answer_or_digit(flow: Flow, text: str) -> bool:
    """Return whether an utterance is nothing but a yes or a no, or digits and what is around them.

    Whether they are waited for is another question.
    """
    words = [word for word in plain(text).split() if word not in _AROUND_A_DIGIT]
    if words and all(word in SPOKEN_DIGITS or word.isdecimal() for word in words):
        return True
    answers = tuple(answer for name in ANSWERS for answer in flow.intents[name].words)
    return _nothing_but(answers).fullmatch("".join(f" {word}" for word in words)) is not None
