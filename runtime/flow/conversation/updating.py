"""Puts what was seen into a file of tests, and leaves the rest of the file as it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from runtime.flow.conversation.result import Correction
from runtime.flow.conversation.writing import inline
from runtime.flow.source import LOADER, Fields, Items, Node, plain, read_source

Path = tuple[str | int, ...]
"""Of keys, and places in lists, from the top of the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One expectation that was written anew, or could not be."""

    correction: Correction
    was: str
    """As it stands in the file."""
    now: str
    is_written: bool


def updated(text: str, corrections: Iterable[Correction]) -> tuple[str, tuple[Change, ...]]:
    """Return the file's text with the corrections in it, and what became of each, from the top.

    What would change anything else (a value that others share by an alias) is not written.
    """
    changes: list[Change] = []
    from_below = sorted(corrections, key=lambda x: (x.place.line, x.place.column), reverse=True)
    for correction in from_below:
        span = _span(text, correction)
        if span is None:
            continue
        begin, end = span
        was = text[begin:end]
        for written in _ways_to_write(correction.value, was):
            changed = f"{text[:begin]}{'' if was else ' '}{written}{text[end:]}"
            if _says_only(changed, text, correction):
                changes.append(Change(correction, was, written, is_written=True))
                text = changed
                break
        else:
            changes.append(Change(correction, was, inline(correction.value), is_written=False))
    return text, tuple(reversed(changes))


def _ways_to_write(value: object, was: str) -> Iterator[str]:
    """Iterate over how the value may stand there, as the author would write it first."""
    if isinstance(value, str) and value.isprintable() and was[:1].isalnum():
        # Without quotes; whether it is then read as it is meant depends on what is around it.
        yield value
    yield inline(value)


def _span(text: str, correction: Correction) -> tuple[int, int] | None:
    """Return where the value to replace begins and ends."""
    offset = len(text) - len(text.removeprefix("\ufeff"))
    root = yaml.compose(text[offset:], Loader=LOADER)
    here = (correction.place.line - 1, correction.place.column - 1)
    steps = (x for x in _mappings(root) if (x.start_mark.line, x.start_mark.column) == here)
    node: yaml.Node | None = next(steps, None)
    for key in correction.path:
        values = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for name, value in values if name.value == key), None)
    if not isinstance(node, yaml.ScalarNode) or node.start_mark is None or node.end_mark is None:
        return None
    begin, end = offset + node.start_mark.index, offset + node.end_mark.index
    # A block of lines is said to end where the next thing begins.
    return begin, begin + len(text[begin:end].rstrip())


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    waiting, seen = [node], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, yaml.MappingNode):
            yield each
            waiting += (value for _, value in each.value)
        elif isinstance(each, yaml.SequenceNode):
            waiting += each.value


def _says_only(changed: str, text: str, correction: Correction) -> bool:
    """Whether nothing but that value has become another."""
    before, after = read_source(text, "").root, read_source(changed, "").root
    if before is None or after is None:
        return False
    place = (correction.place.line, correction.place.column)
    steps = [p for p, n in _walk(before) if (n.place.line, n.place.column) == place]
    for path in steps:
        expected = plain(before)
        _put(expected, (*path, *correction.path), correction.value)
        if plain(after) == expected:
            return True
    return False


def _walk(node: Node) -> Iterator[tuple[Path, Fields]]:
    waiting: list[tuple[Path, Node]] = [((), node)]
    while waiting:
        path, each = waiting.pop()
        match each:
            case Fields(entries=entries):
                yield path, each
                waiting += (((*path, name), entry.value) for name, entry in entries.items())
            case Items(items=items):
                waiting += (((*path, number), item) for number, item in enumerate(items))


def _put(data: object, path: Path, value: object) -> None:
    *parents, last = path
    for key in parents:
        data = data[key]  # type: ignore[index]
    data[last] = value  # type: ignore[index]
