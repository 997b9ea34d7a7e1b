"""Codes of the author's own form, spelled aloud: "A B double one two" for AB112."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.flow.slots.digits import digit_item
from runtime.flow.slots.spelling import read_letter
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import Word, listed, replaces_earlier, split_words, texts

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
# A code has no more signs than this: it bounds what the author's expression is tried on.
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part of a code that words[start:end] spell."""

    text: str
    start: int
    end: int


def parse_pattern(utterance: str, context: SlotContext) -> Found | None:
    """Find what matches the option `pattern` in the utterance, spelled out, in capitals.

    Blanks never count; dashes, dots and slashes count where the expression asks for them. Whether
    the expression can take exponential time is for the check of the flow to find out.
    """
    expression = re.compile(str(context.options["pattern"]), re.IGNORECASE)
    words = split_words(utterance)
    for is_letter_o, alike in ((False, False), (True, False), (False, True), (True, True)):
        if alike and not context.expected:
            continue
        pieces = _pieces(words, context.language, is_letter_o, alike)
        for with_signs in (True, False):
            kept = pieces if with_signs else [p for p in pieces if any(map(str.isalnum, p.text))]
            found = _longest(expression, kept)
            if found and (context.expected or _is_explicit(words, *found)):
                text, start, end = found
                certain = not alike
                return Found(text, (words[start].start, words[end - 1].end), certain)
    return None


def _pieces(words: Sequence[Word], language: str, is_letter_o: bool, alike: bool) -> list[_Piece]:
    pieces, at = [], 0
    while at < len(words):
        said = words[at].text
        if is_letter_o and said in {"o", "oh"}:
            piece = _Piece("O", at, at + 1)
        elif said in _SIGNS or not said[0].isalnum():
            piece = _Piece(_SIGNS.get(said, said), at, at + 1)
        elif (digits := digit_item(words, at, language)) and digits.digits.isdigit():
            piece = _Piece(digits.digits, at, digits.end)
        elif letter := read_letter(words, at):
            piece = _Piece(letter.text.upper(), at, letter.end)
        else:
            text = _SOUNDS_LIKE.get(said, said) if alike else said
            piece = _Piece(text.upper(), at, at + 1)
        pieces.append(piece)
        at = piece.end
    return pieces


def _longest(expression: re.Pattern[str], pieces: Sequence[_Piece]) -> tuple[str, int, int] | None:
    """Return the longest run of pieces that the expression matches, and its words."""
    best: tuple[str, int, int] | None = None
    for first in range(len(pieces)):
        text = ""
        for piece in pieces[first:]:
            text += piece.text
            if len(text) > _LONGEST:
                break
            is_longer = best is None or len(text) > len(best[0])
            if is_longer and expression.fullmatch(text):
                best = text, pieces[first].start, piece.end
    return best


def _is_explicit(words: Sequence[Word], text: str, start: int, end: int) -> bool:
    before = words[max(0, start - 4) : start]
    is_code = any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and len(text) >= 5
    return is_code or bool(_MARKERS & set(texts(before))) or replaces_earlier(before)
