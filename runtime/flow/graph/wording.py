"""How texts stand in a picture: on lines of a length, without what no picture can hold."""

import re
from collections.abc import Iterable
from textwrap import wrap
from unicodedata import category

from runtime.flow.text import Sound, Text

LONGEST = 32
"""Characters of a line."""
_VALUE = re.compile(r"\{\{.*?\}\}")
_HARD_SPACE = "\N{NO-BREAK SPACE}"


def plain(text: str) -> str:
    """Return the text on one line; control characters and what is no character become spaces."""
    # XML cannot hold them, not even escaped.
    text = "".join(" " if category(char) in {"Cc", "Cn", "Cs"} else char for char in text)
    return " ".join(text.split())


def short(text: str) -> str:
    """Return the text as one line, its end left out where it is too long."""
    text = plain(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def lines_of(text: str, most: int = 2) -> tuple[str, ...]:
    """Return the text on `most` lines, its end left out where it is too long."""
    # A value to put in stays in one piece.
    whole = _VALUE.sub(lambda found: found[0].replace(" ", _HARD_SPACE), plain(text))
    lines = wrap(whole, LONGEST, max_lines=most, placeholder="…")
    return tuple(line.replace(_HARD_SPACE, " ") for line in lines)


def listed(what: str, names: Iterable[str]) -> str:
    """Return "what: a, b", or "" where there are none."""
    found = ", ".join(names)
    return f"{what} {found}" if found else ""


def said(text: Text) -> str:
    """Return the first wording of the first language, as the author wrote it."""
    first = next(iter(text.wordings.values()))[0]
    if isinstance(first, Sound):
        return plain(first.words or first.path.rpartition("/")[2])
    return plain(first.source)


def span_of(seconds: float) -> str:
    """Return a time as an author writes it: 1m30s."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m" * bool(minutes) + f"{rest:g}s" * bool(rest)
