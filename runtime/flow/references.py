"""What an author's file names of others, without reading it any further."""

from collections.abc import Iterator
from typing import Final

from runtime.flow.document.including import INCLUDE
from runtime.flow.document.verbs import RUN
from runtime.flow.source import Fields, Items, Node, Scalar, find_fields

NUMBERS: Final = ("dids", "default")
"""Keys of a file of DIDs under which flows are named."""


def included_by(root: Node) -> Iterator[str]:
    """Yield the files that it includes, named from its own folder."""
    entry = root.entries.get(INCLUDE.name) if isinstance(root, Fields) else None
    if entry is not None and isinstance(entry.value, Items):
        yield from _texts(entry.value)


def run_by(root: Node) -> Iterator[str]:
    """Yield the flows that its states run, named likewise."""
    for name in find_fields(root, "states"):
        entry = find_fields(root, "states", name).get(RUN.name)
        if entry is not None:
            yield from _texts(entry.value)


def answered_by(root: Node) -> Iterator[str]:
    """Yield the flows that a file of DIDs names; other words are among them."""
    for key in NUMBERS:
        if isinstance(root, Fields) and key in root.entries:
            yield from _texts(root.entries[key].value)


def has_states(root: Node) -> bool:
    """Tell whether it is meant as a flow, and not as a file that flows include."""
    return isinstance(root, Fields) and "states" in root.entries


def _texts(node: Node) -> Iterator[str]:
    match node:
        case Scalar(text=text) if text.strip():
            yield text.strip()
        case Items(items=items):
            for item in items:
                yield from _texts(item)
        case Fields(entries=entries):
            for entry in entries.values():
                yield from _texts(entry.value)
