"""Tables of keys: what may stand in a mapping, how each is read, and what it means.

A row describes its key completely (kind, meaning, default), so that the reference and the schema
can be made from the tables.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from runtime.flow.document.draft import Draft
from runtime.flow.problem import listed, suggestion
from runtime.flow.source import Fields, Node, Scalar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What a value may be. `read` returns None where it noted a mistake."""

    name: str
    read: Callable[[Draft, Node], T | None]


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One row."""

    name: str
    kind: Kind[T]
    meaning: str
    default: str = ""
    """In words, for the reference; the model's field is the default itself."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one sort of mapping."""

    of: str
    """As in "'x' is not a key of a state"."""
    # Rows of different kinds: each is read by its own `Key[T]`, never through the table.
    keys: tuple[Key[Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The keys' names, in the table's order."""
        return tuple(key.name for key in self.keys)


class Values:
    """A mapping that is read by its table."""

    def __init__(self, draft: Draft, fields: Fields) -> None:
        self.draft = draft
        self.fields = fields

    def node(self, key: Key[T]) -> Node | None:
        """Return what stands there, unread."""
        entry = self.fields.entries.get(key.name)
        return entry.value if entry else None

    def get(self, key: Key[T]) -> T | None:
        """Read the value; None where there is none, or a wrong one, which was noted."""
        node = self.node(key)
        return None if node is None else key.kind.read(self.draft, node)

    def get_or(self, key: Key[T], default: T) -> T:
        """Read the value, or take the default."""
        value = self.get(key)
        return default if value is None else value


def read_mapping(draft: Draft, node: Node) -> Fields | None:
    """Read a mapping with keys of the author's choice."""
    if isinstance(node, Fields):
        return node
    if isinstance(node, Scalar) and node.value is None:
        draft.error(node, "wrong-type", "nothing stands under this key.")
    else:
        draft.needs(node, "a mapping (lines of 'key: value')")
    return None


MAPPING = Kind("mapping", read_mapping)


def open_table(
    draft: Draft, node: Node, table: Table, others: tuple[Table, ...] = ()
) -> Values | None:
    """Take `node` as a mapping of that table; notes unknown and missing keys.

    `others` are tables in which a misplaced key may belong.
    """
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    for name, entry in fields.entries.items():
        if name not in table.names:
            hint = suggestion(name, table.names) or _belongs(name, others)
            draft.error(
                entry.key.place, "unknown-key", f"'{name}' is not a key of {table.of}.", hint
            )
    for key in table.keys:
        if key.required and key.name not in fields.entries:
            draft.error(node, "missing-key", f"{table.of} needs the key '{key.name}'.")
    return Values(draft, fields)


def _belongs(name: str, others: tuple[Table, ...]) -> str:
    owners = [table.of for table in others if name in table.names]
    return f"It is a key of {' and of '.join(owners)}: check the indentation." if owners else ""


def one_of(names: tuple[str, ...]) -> str:
    """Return the choices in words."""
    return listed(names, "or")
