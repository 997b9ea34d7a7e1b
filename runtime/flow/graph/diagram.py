"""A flow as a graph: its states, and the ways between them.

What may happen in any state stands in a part of its own, where states are only named again: drawn
into the rest it would be an edge from everywhere to everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never
from unicodedata import category

from runtime.flow.model import (
    Ask,
    Choose,
    Collect,
    Fetch,
    Flow,
    Handler,
    Handoff,
    Hangup,
    Pass,
    Prompt,
    Record,
    Run,
    Sound,
    State,
    Text,
    Verb,
)

_LONGEST = 36
"""Characters of a line in the picture."""
START = ""
"""The key of the node from which the call begins; no state is named so."""
ANYWHERE = ""
"""The same, in the part of `always`."""


class Shape(Enum):
    """What a node is; each is drawn differently."""

    START = "start"
    SAY = "say"
    ASK = "ask"
    CHOOSE = "choose"
    HANGUP = "hangup"
    TARGET = "target"
    """A built-in target, or a state that is only named."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state, or what stands for the begin, the end and the way back."""

    key: str
    shape: Shape
    lines: tuple[str, ...]
    """The name, then what is said, shortened."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another, with all that leads along it."""

    source: str
    target: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes, with their edges in the flow's order; at most one edge joins two of them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A flow to be drawn."""

    name: str
    states: Part
    always: Part | None
    """What may happen in any state; None where nothing may."""


_TARGETS: Mapping[str, str] = {"hangup": "end of the call", "back": "back to where it was"}


def graph_of(flow: Flow) -> Graph:
    """Return the graph of a flow."""
    greeting = (_said(flow.greeting.text),) if flow.greeting else ()
    begin = Node(START, Shape.START, ("call", *greeting))
    states = (_node(state) for state in flow.states.values())
    ways = [(START, flow.start, "")]
    for state in flow.states.values():
        ways.extend((state.name, *way) for way in _ways_of(state, flow.start))
    edges = _joined(ways)
    return Graph(flow.name, Part((begin, *states, *_built_in(edges)), edges), _always(flow))


def _node(state: State) -> Node:
    said = [_said(text) for text in (state.say, _text_of(state.verb)) if text]
    return Node(state.name, _shape_of(state.verb), (_short(state.name), *said))


def _shape_of(verb: Verb) -> Shape:
    match verb:
        case Pass() | Fetch() | Run() | Record() | Handoff():
            return Shape.SAY
        case Ask() | Collect() | Prompt():
            return Shape.ASK
        case Choose():
            return Shape.CHOOSE
        case Hangup():
            return Shape.HANGUP
        case _:
            assert_never(verb)


def _text_of(verb: Verb) -> Text | None:
    return verb.text if isinstance(verb, Ask | Hangup) else None


def _said(text: Text) -> str:
    """Return the first wording of the first language."""
    first = next(iter(text.wordings.values()))[0]
    if isinstance(first, Sound):
        return _short(first.words or first.path.rpartition("/")[2])
    return _short(first.source)


def _short(text: str) -> str:
    # Control characters and what is no character cannot stand in XML.
    text = "".join(" " if category(char) in {"Cc", "Cn", "Cs"} else char for char in text)
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"


def _ways_of(state: State, start: str) -> Iterator[tuple[str, str]]:
    """Yield target and label of each way on."""
    if state.next is not None:
        yield _target(state.next, state.name, start), ""
    if isinstance(state.verb, Choose):
        for branch in state.verb.branches:
            label = branch.when.source if branch.when else "else"
            yield _target(branch.next, state.name, start), _short(label)
    for key, handlers in state.on.items():
        for handler in handlers:
            yield _target(handler.next, state.name, start), _label(key, handler)
    if state.give_up is not None:
        yield _target(state.give_up, state.name, start), "give up"


def _target(target: str | None, here: str, start: str) -> str:
    """Return the key of the node to which a handler's `next` leads."""
    match target:
        case None | "repeat":
            return here
        case "restart":
            return start
        case _:
            return target


def _label(key: str, handler: Handler) -> str:
    return _short(f"{key} if {handler.when.source}" if handler.when else key)


def _joined(ways: Iterable[tuple[str, str, str]]) -> tuple[Edge, ...]:
    """Make one edge of all ways that join the same two nodes."""
    labels: dict[tuple[str, str], list[str]] = {}
    for source, target, label in ways:
        labels.setdefault((source, target), []).extend([label] if label else [])
    return tuple(Edge(*ends, tuple(dict.fromkeys(found))) for ends, found in labels.items())


def _built_in(edges: Iterable[Edge]) -> tuple[Node, ...]:
    used = {edge.target for edge in edges}
    return tuple(Node(x, Shape.TARGET, (words,)) for x, words in _TARGETS.items() if x in used)


def _always(flow: Flow) -> Part | None:
    ways = [
        (ANYWHERE, _target(handler.next, ANYWHERE, flow.start), _label(key, handler))
        for key, handlers in flow.always.items()
        for handler in handlers
    ]
    ways += [(ANYWHERE, state, f"after {_time(seconds)}") for seconds, state in flow.after]
    ways += [(ANYWHERE, state, f"{kind} is down") for kind, state in flow.provider_down.items()]
    if not ways:
        return None
    edges = _joined(ways)
    names = [edge.target for edge in edges if edge.target != ANYWHERE]
    named = (Node(x, Shape.TARGET, (_TARGETS.get(x, _short(x)),)) for x in names)
    return Part((Node(ANYWHERE, Shape.START, ("in any state",)), *named), edges)


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    parts = (f"{minutes:.0f}m" if minutes else "", f"{rest:g}s" if rest else "")
    return "".join(parts)
