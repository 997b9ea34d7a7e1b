"""Regular expressions in flows: read, and refused where they could run away.

Python's `re` tries every way to split a text among repeats. One open repeat inside another takes
exponential time, several wide ones in a row take polynomial time of that degree; a turn of a call
has time for neither.
"""

import re
import warnings
from importlib import import_module
from re import Pattern
from typing import Any

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Kind
from runtime.flow.document.values import read_word
from runtime.flow.source import Node

# The standard library's own parser of expressions, which has no public name and no types.
_parser: Any = import_module("re._parser")
op: Any = import_module("re._constants")

MAX_LENGTH = 300
_MANY = 10
"""A repeat of more than so many counts as open."""
_FEW = 3
"""A group that can match in several ways may be repeated so often."""
_MAX_DEGREE = 3
"""Of a polynomial in the length of what a caller says, some 200 characters."""
_REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT})
# Between words there is one: repeats of it share nothing.
_SPACE = [(op.IN, [(op.CATEGORY, op.CATEGORY_SPACE)])]


def read_pattern(draft: Draft, node: Node) -> Pattern[str] | None:
    """Read a regular expression; upper and lower case are the same."""
    source = read_word(draft, node)
    if source is None:
        return None
    if len(source) > MAX_LENGTH:
        message = f"a pattern of more than {MAX_LENGTH} characters is refused."
        draft.error(node, "runaway-pattern", message, "Make several of it.")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(source, re.IGNORECASE)
            parsed = _parser.parse(source)
    except (re.error, Warning, OverflowError, RecursionError) as exc:
        draft.error(node, "bad-pattern", f"this is not a regular expression: {exc}.")
        return None
    reason = _runs_away(parsed)
    if reason:
        draft.error(node, "runaway-pattern", f"this pattern could take for ever: {reason}.")
        return None
    return compiled


PATTERN = Kind("regular expression", read_pattern)


# The parser's trees are lists of (opcode, argument), whose arguments have a shape per opcode and no
# types.
def _runs_away(parsed: Any) -> str:
    for opcode, argument in _walk(parsed):
        if opcode in _REPEATS and argument[1] > _FEW:
            body = argument[2]
            if any(_varies(item) for item in _walk(body)) or _overlaps(body):
                return "a group that can match in several ways is itself repeated (*, + or {…})"
    if _degree(parsed) > _MAX_DEGREE:
        return f"it has more than {_MAX_DEGREE} open repeats (*, + or {{…}})"
    return ""


def _parts(item: Any) -> list[Any]:
    """Return the patterns inside one item."""
    opcode, argument = item
    if opcode in _REPEATS:
        return [argument[2]]
    if opcode is op.BRANCH:
        return list(argument[1])
    if opcode is op.SUBPATTERN:
        return [argument[3]]
    if opcode in (op.ASSERT, op.ASSERT_NOT):
        return [argument[1]]
    if opcode is op.ATOMIC_GROUP:
        return [argument]
    if opcode is op.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part is not None]
    return []


def _walk(parsed: Any) -> list[Any]:
    items: list[Any] = []
    for item in parsed:
        items.append(item)
        for part in _parts(item):
            items.extend(_walk(part))
    return items


def _varies(item: Any) -> bool:
    """Whether the item is a repeat that can match more or less."""
    return item[0] in _REPEATS and item[1][0] != item[1][1]


def _overlaps(parsed: Any) -> bool:
    """Whether two branches inside can begin alike."""
    for item in _walk(parsed):
        if item[0] is not op.BRANCH:
            continue
        firsts = [branch[0] if len(branch) else None for branch in item[1][1]]
        letters = [first[1] for first in firsts if first is not None and first[0] is op.LITERAL]
        if len(set(letters)) != len(firsts):
            return True
    return False


def _degree(parsed: Any) -> int:
    """How many open repeats can share one stretch of text."""
    total = 0
    for item in parsed:
        inner = [_degree(part) for part in _parts(item)]
        if item[0] not in _REPEATS:
            total += max(inner, default=0)
            continue
        _, most, body = item[1]
        if most <= _FEW:
            # Each time round, the repeats inside share the text anew.
            varying = sum(_varies(part) for part in _walk(body))
            total += most * max(varying, inner[0]) if most > 1 else inner[0]
        else:
            total += inner[0] + (most > _MANY and list(body) != _SPACE)
    return total
