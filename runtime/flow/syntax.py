"""What the YAML parser says, in an author's words."""

import re
from collections.abc import Sequence

import yaml

from runtime.flow.place import Place
from runtime.flow.problem import Problem

_QUOTES = "Put the text in quotes."
BARE_BRACES = (
    "quotes",
    "a text that begins with '{' must stand in quotes.",
    'Write "{{ … }} …".',
)
"""The code, message and hint for what YAML takes for a mapping."""

# (part of the parser's message, what it means, how to mend it). libyaml and PyYAML word some
# differently; the first row that fits is taken.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a second ': ' stands in this line, or the line is indented wrongly.",
        "A text with ': ' in it must stand in quotes.",
    ),
    (
        "could not find expected ':'",
        "here a ':' is missing after a key, or the lines of a text are not indented.",
        "",
    ),
    ("tab character", "a tab stands here.", "Indent with spaces."),
    ("while scanning a quoted", "this quote is never closed.", "Add the closing quote."),
    ("unknown escape", "this is not a known '\\' escape.", "Write '\\\\', or use single quotes."),
    ("hexdecimal", "a '\\x' or '\\u' escape is not complete.", "Write '\\\\' for a backslash."),
    ("scanning an alias", "a '*' at the beginning of a text or key needs quotes.", 'Write "*".'),
    ("scanning an anchor", "a '&' at the beginning of a text needs quotes.", _QUOTES),
    ("a tag", "a '!' at the beginning of a text needs quotes.", _QUOTES),
    ("directive", "a '%' at the beginning of a text needs quotes.", _QUOTES),
    ("',' or ']'", "the list that begins with '[' is not closed before this place.", "Add ']'."),
    ("',' or '}'", "the '{' is not closed before this place, or a text needs quotes.", ""),
    ("node content", "something else than a value stands here.", _QUOTES),
    (
        "block scalar",
        "after '|' or '>' the text begins in the next line, indented.",
        "Put a text that begins with '|' or '>' in quotes.",
    ),
    ("sequence entries", "a list item ('- ') cannot begin here.", "Begin it in a line of its own."),
    (
        "'-' indicator",
        "this line belongs to no list item: it is indented wrongly, or lacks '- '.",
        "",
    ),
    (
        "block mapping",
        "this line fits no key above it: it is indented wrongly, or a text above needs quotes.",
        "",
    ),
    ("document", "something stands here that belongs to no key.", "Check the indentation."),
)
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE_BRACES = re.compile(r"(?:^\s*-|:)\s+(\{[{%])")


def unreadable(text: str, file: str, max_bytes: int) -> Problem | None:
    """Return why `text` is not worth parsing: too much, or not text at all."""
    if len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        message = f"the file is larger than {max_bytes // 1_000_000} MB."
        return Problem(Place(file, 1, 1), "error", "too-big", message)
    strange = _NOT_TEXT.search(text)
    if strange is None:
        return None
    before = text[: strange.start()].split("\n")
    message = f"the character U+{ord(strange.group()):04X} cannot stand in a text file."
    return Problem(
        Place(file, len(before), len(before[-1]) + 1), "error", "syntax", message, "Delete it."
    )


def explained(exc: yaml.YAMLError, lines: Sequence[str], file: str) -> Problem:
    """Return the parser's error as a problem, at the place where the author has to look."""
    if not isinstance(exc, yaml.MarkedYAMLError) or exc.problem_mark is None:
        message = "this is not a text file in YAML."
        return Problem(Place(file, 1, 1), "error", "syntax", message)
    said = f"{exc.context or ''} {exc.problem or ''}"
    mark, context = exc.problem_mark, exc.context_mark
    if "maximum nesting depth" in said:
        # libyaml 0.2.6 stops at a depth of its own, before the limit of ours can.
        place = Place(file, mark.line + 1, mark.column + 1)
        message = "lists and mappings stand too deep in each other."
        return Problem(place, "error", "too-deep", message)
    for number in (mark.line, mark.line - 1):
        braces = _BARE_BRACES.search(lines[number]) if 0 <= number < len(lines) else None
        if braces is not None:
            place = Place(file, number + 1, braces.start(1) + 1)
            return Problem(place, "error", *BARE_BRACES)
    if context is not None and context.line < mark.line:
        opened = next((sign for part, sign in _CLOSINGS if part in said), "")
        if opened:
            place = Place(file, context.line + 1, context.column + 1)
            return Problem(place, "error", "syntax", f"this '{opened}' is never closed.")
    if context is not None and any(part in said for part in _BEGINNINGS):
        mark = context
    line = lines[mark.line] if mark.line < len(lines) else ""
    return _in_words(said, Place(file, mark.line + 1, mark.column + 1), line)


_CLOSINGS = (("',' or ']'", "["), ("',' or '}'", "{"))
_BEGINNINGS = ("quoted", "expected ':'")
"""Mistakes that stand where the parser began, not where it stopped."""


def _in_words(said: str, place: Place, line: str) -> Problem:
    if "cannot start any token" in said:
        return _unstartable(place, line)
    quote = line[place.column - 2 : place.column - 1]
    if "expected" in said and quote and quote in "'\"" and line[place.column - 1 :].strip():
        message = f"the quotes end before this place ({quote}), but the text goes on."
        hint = "Write '' for a ' inside single quotes, or use double quotes."
        return Problem(place, "error", "syntax", message, hint)
    for part, message, hint in _MEANINGS:
        if part in said:
            return Problem(place, "error", "syntax", message, hint)
    return Problem(place, "error", "syntax", f"this is not YAML: {said.strip()}.")


def _unstartable(place: Place, line: str) -> Problem:
    character = line[place.column - 1 : place.column]
    if character == "\t":
        return Problem(place, "error", "syntax", "a tab stands here.", "Indent with spaces.")
    message = f"a text cannot begin with '{character}'."
    return Problem(place, "error", "syntax", message, _QUOTES)
