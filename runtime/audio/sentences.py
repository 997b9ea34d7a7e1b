"""Sentences: a text cut into pieces for synthesis, so that the first sound comes early."""

import re
from typing import Final

from runtime.audio.ssml import is_ssml

FIRST_PIECE: Final = 60
"""Characters after which the first sentence is cut at a comma too."""

# Quotes, straight and typographic, and brackets.
_CLOSING = "\"')]\u201d\u2019"
_OPENING = "\"'([\u201c\u2018"
# A cut may come after the end mark, its quotes and brackets, and before a blank; so never inside
# decimals, times (10.30), e-mails or addresses, which have no blank. An empty line ends, too.
_END = re.compile(rf"[.!?…।॥]+[{re.escape(_CLOSING)}]*(?=\s)|(?<=\S)(?=\s*\n\s*\n)")
_COMMA = re.compile("[,;:](?=\\s)|(?<=\\s)[-\u2013\u2014](?=\\s)")

# A sentence always goes on after these.
_GO_ON = re.compile(
    r"dr|mrs?|ms|prof|st|sri|smt|shri|rs|inr|e\.?g|i\.?e|vs|approx|dept|ext|tel|fig|capt|col|gen"
    r"|lt|rev|hon|m/s|viz|cf",
    re.IGNORECASE,
)
# It goes on where a number follows: "No. 5", but "No. Not today."
_GO_ON_TO_NUMBER = re.compile(
    "nos?|vol|ch|sec|pp?|art|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec", re.IGNORECASE
)
# A first piece shorter than this would only make the speech halting.
_SHORTEST_PIECE = 12


def sentences(text: str, first_piece: int = FIRST_PIECE) -> tuple[str, ...]:
    """The pieces to synthesise, in order; blanks at their ends and line breaks are gone.

    A first sentence longer than `first_piece` characters is cut at a comma once. SSML is one piece:
    its tags reach across sentences.
    """
    if is_ssml(text):
        return (_flat(text),)
    pieces = []
    start = 0
    for end in _END.finditer(text):
        if _ends(text[start : end.end()], text[end.end() :].lstrip()):
            pieces.append(_flat(text[start : end.end()]))
            start = end.end()
    pieces = [piece for piece in (*pieces, _flat(text[start:])) if piece]
    if pieces and len(pieces[0]) > first_piece:
        pieces[:1] = _at_comma(pieces[0], first_piece)
    return tuple(pieces)


def _ends(piece: str, rest: str) -> bool:
    """Whether the mark at the end of `piece` ends a sentence, given what follows."""
    said = piece.rstrip(_CLOSING)
    if not any(character.isalpha() for character in said):
        return False  # "1." counts a list
    if not rest or not said.endswith("."):
        return True
    word = said.rstrip(".").split()[-1].lstrip(_OPENING)
    if len(word) == 1 and word.isupper() and word != "I":
        return False  # an initial
    if _GO_ON.fullmatch(word) or (_GO_ON_TO_NUMBER.fullmatch(word) and rest[0].isdigit()):
        return False
    # "at 5 p.m. on Monday", "Ltd. is": no sentence begins small.
    return not rest[0].islower()


def _at_comma(piece: str, limit: int) -> tuple[str, ...]:
    """`piece` in two, at the last comma within `limit` or else the first behind it."""
    cuts = [
        comma.end()
        for comma in _COMMA.finditer(piece)
        if comma.end() >= _SHORTEST_PIECE and not _within_number(piece, comma)
    ]
    if not cuts:
        return (piece,)
    cut = max((cut for cut in cuts if cut <= limit), default=cuts[0])
    return (piece[:cut].rstrip(), piece[cut:].lstrip())


def _within_number(piece: str, comma: re.Match[str]) -> bool:
    """A date or a range: "June 5, 2026", "10 - 12"."""
    before, after = piece[: comma.start()].rstrip(), piece[comma.end() :].lstrip()
    return before[-1:].isdigit() and after[:1].isdigit()


def _flat(text: str) -> str:
    return " ".join(text.split())
