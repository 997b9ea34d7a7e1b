"""YAML text as a tree in which every key and value knows its place.

String-first YAML 1.2: only `true`, `false`, `null` and plain decimal numbers are not text, so that
`on`, `no`, `10:30`, `012`, `+9198…` and `2026-01-01` stay what they look like.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import yaml

from runtime.flow.place import Place
from runtime.flow.problem import Problem, in_order, suggestion
from runtime.flow.syntax import BARE_BRACES, explained, unreadable

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000
"""More than these do not fit into the bytes of a sensible file."""

MAX_REPEATED = 10_000
"""Values that stand there by aliases, all written out: few bytes must not make much work."""

Plain = str | int | float | bool | None

LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Of libyaml where it is there: twenty times as fast."""
_WORDS: Mapping[str, Plain] = {"true": True, "false": False, "null": None, "": None}
# Longer numbers are text: no flow counts that far, and int() is quadratic.
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}\Z")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value without parts; `text` is how it is written, quotes and escapes resolved."""

    place: Place
    value: Plain
    text: str
    style: Literal["plain", "quoted", "block"] = "plain"
    last_line: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, by the text of its keys."""

    place: Place
    entries: Mapping[str, Entry]


Node = Scalar | Items | Fields


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it is written; `root` is None where it could not be read at all."""

    root: Node | None
    problems: tuple[Problem, ...]


def source_lines(text: str) -> list[str]:
    """Return the lines as they are counted in places."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def find(node: Node, *path: str | int) -> Node:
    """Return what stands at `path`, or the last thing on the way there.

    A number is passed over where there is no list, so that `on: {yes: [a]}` and `on: {yes: a}`
    are found alike.
    """
    for step in path:
        match node, step:
            case Fields(entries=entries), str() if step in entries:
                node = entries[step].value
            case Items(items=items), int() if step < len(items):
                node = items[step]
            case Fields() | Scalar(), int():
                continue
            case _:
                break
    return node


def find_fields(node: Node, *path: str) -> Mapping[str, Entry]:
    """Return the keys of the mapping at `path`; none where no mapping stands there."""
    for step in path:
        if not isinstance(node, Fields) or step not in node.entries:
            return {}
        node = node.entries[step].value
    return node.entries if isinstance(node, Fields) else {}


def plain(node: Node) -> object:
    """Return the bare data: text, numbers, lists, dictionaries."""
    match node:
        case Scalar(value=value):
            return value
        case Items(items=items):
            return [plain(item) for item in items]
        case Fields(entries=entries):
            return {name: plain(entry.value) for name, entry in entries.items()}


def read_source(text: str, file: str) -> Source:
    """Read one YAML document; whatever is wrong with it comes back as problems."""
    text = text.removeprefix("\ufeff")
    refusal = unreadable(text, file, MAX_BYTES)
    if refusal is not None:
        return Source(None, (refusal,))
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.YAMLError as exc:
        builder.problems.append(explained(exc, source_lines(text), file))
        builder.root = None
    except _StopError as stop:
        builder.problems.append(stop.problem)
        builder.root = None
    if builder.root is None and not builder.problems:
        place = Place(file, 1, 1)
        builder.problems.append(Problem(place, "error", "empty-file", "the file is empty."))
    return Source(builder.root, in_order(builder.problems))


class _StopError(Exception):
    """Reading on makes no sense, or would take too long."""

    def __init__(self, place: Place, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(place, "error", code, message)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come."""

    place: Place
    anchor: str | None
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: Scalar | None = None
    """The key that waits for its value."""
    expects_value: bool = False
    is_bare_text: bool = False
    """It was meant as a text that begins with braces."""
    weight: int = 1
    height: int = 1


class _Builder:
    """Makes the tree from the parser's events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._documents = 0
        self._weight = 0
        self._repeated = 0

    def take(self, event: yaml.Event) -> None:
        """Go on by one event; raises `_StopError`."""
        match event:
            case yaml.ScalarEvent():
                self._refuse_tag(event)
                self._add(self._scalar(event), event.anchor)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_tag(event)
                self._open(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._close()
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    message = "a second document begins here; a file holds one."
                    raise _StopError(self._place(event), "documents", message)
            case _:
                pass

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None, "events that a parser made have marks"
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _error(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(place, "error", code, message, hint))

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and event.tag != "!":
            message = f"a tag ('{event.tag}') has no meaning in this file."
            hint = "Put the text in quotes if the '!' belongs to it."
            self._error(self._place(event), "tag", message, hint)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        place, text = self._place(event), str(event.value)
        last = event.end_mark.line + 1 if event.end_mark else place.line
        if event.style:
            style: Literal["quoted", "block"] = "block" if event.style in "|>" else "quoted"
            return Scalar(place, text, text, style, last)
        value: Plain = text
        if text in _WORDS:
            value = _WORDS[text]
        elif _WHOLE.match(text):
            value = int(text)
        elif _DECIMAL.match(text):
            value = float(text)
        return Scalar(place, value, text, "plain", last)

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            message = f"lists and mappings stand more than {MAX_DEPTH} deep in each other."
            raise _StopError(self._place(event), "too-deep", message)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Open(self._place(event), event.anchor, is_mapping))

    def _close(self) -> None:
        done = self._stack.pop()
        node: Node
        if done.is_bare_text:
            # Taken for a text, it makes no further mistakes.
            node = Scalar(done.place, "{…}", "{…}", "quoted")
        elif done.is_mapping:
            node = Fields(done.place, done.entries)
        else:
            node = Items(done.place, tuple(done.items))
        self._add(node, done.anchor, done.weight, done.height, counted=True)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name, place = str(event.anchor), self._place(event)
        if name not in self._anchors:
            hint = suggestion(name, self._anchors)
            self._error(
                place, "unknown-alias", f"nothing before this place is marked '&{name}'.", hint
            )
            self._add(Scalar(place, None, ""), None)
            return
        node, weight, height = self._anchors[name]
        self._repeated += weight
        if self._repeated > MAX_REPEATED:
            message = f"aliases, written out, come to more than {MAX_REPEATED} values."
            raise _StopError(place, "too-big", message)
        if len(self._stack) + height > MAX_DEPTH:
            message = f"with '*{name}', mappings stand more than {MAX_DEPTH} deep in each other."
            raise _StopError(place, "too-deep", message)
        self._add(node, None, weight, height)

    def _add(
        self,
        node: Node,
        anchor: str | None,
        weight: int = 1,
        height: int = 0,
        *,
        counted: bool = False,
    ) -> None:
        self._weight += 1 if counted else weight
        if self._weight > MAX_NODES:
            message = f"the file has more than {MAX_NODES} values."
            raise _StopError(node.place, "too-big", message)
        if anchor is not None:
            self._anchors[anchor] = (node, weight, height)
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.weight += weight
        parent.height = max(parent.height, height + 1)
        if not parent.is_mapping:
            parent.items.append(node)
        elif not parent.expects_value:
            parent.key = self._key(parent, node)
            parent.expects_value = True
        else:
            self._entry(parent, node)

    def _key(self, parent: _Open, node: Node) -> Scalar | None:
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Fields):
            parent.is_bare_text = True
            self._error(parent.place, *BARE_BRACES)
        else:
            self._error(node.place, "syntax", "a list cannot be a key.")
        return None

    def _entry(self, parent: _Open, value: Node) -> None:
        key, parent.key, parent.expects_value = parent.key, None, False
        if key is None:
            return
        if key.text == "<<" and key.style == "plain":
            message = "'<<' has no meaning in this file."
            hint = "Write the keys out, or use the alias for the whole value."
            self._error(key.place, "merge-key", message, hint)
        elif key.text in parent.entries:
            line = parent.entries[key.text].key.place.line
            message = f"the key '{key.text}' stands here and already in line {line}."
            self._error(key.place, "repeated-key", message, "Keep one of them.")
        else:
            parent.entries[key.text] = Entry(key, value)
