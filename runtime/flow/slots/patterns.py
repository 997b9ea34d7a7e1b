"""Codes of the author's own form, spelled aloud: "A B double one two" for AB112."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.flow.slots.digits import digit_item
from runtime.flow.slots.spelling import read_letter
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import NOISES, Word, listed, replaces_earlier, split_words, texts

_SIGNS = {
    **{"dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "stroke": "/", "underscore": "_"},
    **{"dot": ".", "point": ".", "hash": "#", "star": "*", "plus": "+"},
}
_MARKERS = listed(
    "number code id order reference ref booking pnr ticket policy vehicle registration account"
    " serial invoice tracking नंबर कोड"
)
# What recognisers write for letters and digits that are said alone.
_SOUNDS_LIKE = {
    **{"to": "2", "too": "2", "for": "4", "ate": "8", "won": "1", "see": "C", "sea": "C"},
    **{"be": "B", "are": "R", "you": "U", "why": "Y", "tea": "T", "jay": "J", "kay": "K"},
    **{"hey": "A", "eye": "I", "queue": "Q", "pea": "P", "oh": "0"},
}
# The alphabet of the ICAO, as far as it is not read letter by letter.
_SPELLING_WORDS = listed(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike"
    " november oscar papa quebec romeo sierra tango uniform victor whiskey yankee zulu"
)
# Signs that recognisers put in by themselves; a colon makes it a clock time.
_UNSAID = frozenset({"-", ",", ".", "/", "_", ";", "!", "?"})
# Little words that are no letters of a code: "my 401", "at 500". The States' UP, AS and OR are.
_NO_PART = listed(
    "my by at am to in on of is it me we us so if be do go he the and for was are you no pm"
)
# A code has no more signs than this: it bounds what the author's expression is tried on.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of reading: "o" as a letter, words for what they sound like, codes behind a letter."""

    is_letter_o: bool = False
    alike: bool = False
    behind_letters: bool = False


# In this order; the first that makes a code of the author's form is taken.
_WAYS = (
    _Way(),
    _Way(is_letter_o=True),
    _Way(alike=True),
    _Way(is_letter_o=True, alike=True),
    _Way(behind_letters=True),
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a code that words[start:end] spell."""

    text: str
    start: int
    end: int
    is_tight: bool = False
    """Written in one with what is before it: the k of "401k"."""


def parse_pattern(utterance: str, context: SlotContext) -> Found | None:
    """Find what matches the option `pattern` in the utterance, spelled out, in capitals.

    Blanks never count; dashes, dots and slashes count where the expression asks for them. Whether
    the expression can take exponential time is for the check of the flow to find out.
    """
    expression = re.compile(str(context.options["pattern"]), re.IGNORECASE)
    words = split_words(utterance)
    for way in _WAYS if context.expected else _WAYS[:2]:
        pieces = _pieces(words, context.language, way)
        spelled = [piece for piece in pieces if piece.text not in _UNSAID]
        for kept in (pieces, spelled):
            found = _longest(expression, kept, way)
            if found and (context.expected or _is_explicit(words, *found)):
                text, start, end = found
                span = words[start].start, words[end - 1].end
                return Found(text, span, certain=way in _WAYS[:2])
    return None


def _pieces(words: Sequence[Word], language: str, way: _Way) -> list[_Piece]:
    pieces, at = [], 0
    while at < len(words):
        if words[at].text in NOISES:
            at += 1
            continue
        text, end = _piece(words, at, language, way)
        pieces.append(_Piece(text, at, end, is_tight=at > 0 and _are_tight(words, at - 1)))
        at = end
    return pieces


def _piece(words: Sequence[Word], at: int, language: str, way: _Way) -> tuple[str, int]:
    """Return what the word at `at` adds to a code, and the index behind it."""
    said = words[at].text
    if way.is_letter_o and said in {"o", "oh"}:
        return "O", at + 1
    if said in _SIGNS or not said[0].isalnum():
        return _SIGNS.get(said, said), at + 1
    digits = digit_item(words, at, language)
    if digits and digits.digits.isdigit():
        return digits.digits, digits.end
    if letter := read_letter(words, at):
        return letter.text.upper(), letter.end
    if way.alike and said in _SOUNDS_LIKE:
        return _SOUNDS_LIKE[said], at + 1
    if way.alike and said in _SPELLING_WORDS:
        return said[0].upper(), at + 1
    if said in _NO_PART and not _are_tight(words, at):
        return " ", at + 1
    return said.upper(), at + 1


def _are_tight(words: Sequence[Word], at: int) -> bool:
    """Whether the words at `at` and behind it are written in one: "AB123"."""
    if at + 1 >= len(words):
        return False
    one, other = words[at], words[at + 1]
    return one.end == other.start and one.text[-1].isalnum() and other.text[0].isalnum()


def _longest(
    expression: re.Pattern[str], pieces: Sequence[_Piece], way: _Way
) -> tuple[str, int, int] | None:
    """Return the longest run of pieces that the expression matches, and its words."""
    best: tuple[str, int, int] | None = None
    for first in range(len(pieces)):
        if _goes_on(pieces, first, way):
            continue
        text = ""
        for last in range(first, len(pieces)):
            text += pieces[last].text
            if len(text) > _LONGEST:
                break
            is_longer = best is None or len(text) > len(best[0])
            if not is_longer or _goes_on(pieces, last + 1, way):
                continue
            if expression.fullmatch(text):
                best = text, pieces[first].start, pieces[last].end
    return best


def _goes_on(pieces: Sequence[_Piece], at: int, way: _Way) -> bool:
    """Whether the piece before `at` and the one there are of one word, or row of signs.

    "A B 1 2 3 4" holds no code of three digits. An article looks like a letter ("it's a AB123").
    """
    if not 0 < at < len(pieces):
        return False
    before, after = pieces[at - 1].text, pieces[at].text
    if pieces[at].is_tight:
        return True
    is_letter = len(before) == 1 and before.isalpha() and not way.behind_letters
    return (before[-1].isdigit() and after[0].isdigit()) or (is_letter and after[0].isalpha())


def _is_explicit(words: Sequence[Word], text: str, start: int, end: int) -> bool:
    before = words[max(0, start - 4) : start]
    is_code = any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and len(text) >= 5
    return is_code or bool(_MARKERS & set(texts(before))) or replaces_earlier(before)
