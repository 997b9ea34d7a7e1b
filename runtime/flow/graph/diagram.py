"""A flow to be drawn: nodes, the ways between them, and the parts in which they stand.

`picture` makes it from a flow; `svg`, `mermaid` and `dot` write it down.
"""

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """What a node is; each is drawn differently."""

    START = "start"
    SAY = "say"
    ASK = "ask"
    COLLECT = "collect"
    PROMPT = "prompt"
    CHOOSE = "choose"
    REQUEST = "request"
    RUN = "run"
    RECORD = "record"
    HANDOFF = "handoff"
    HANGUP = "hangup"
    TARGET = "target"
    """A built-in target, or a state that is only named."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state, or what stands for the begin, the end and the way back."""

    key: str
    shape: Shape
    lines: tuple[str, ...]
    """The name, then what it does and says, shortened."""
    title: str = ""
    """The same in full, for a tooltip; "" where nothing was left out."""
    is_taken: bool = True
    """False: no test has entered it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The ways from one node to another, with all that leads along them."""

    source: str
    target: str
    labels: tuple[str, ...] = ()
    """Shortened."""
    title: str = ""
    """In full, with what is said and set on the way; "" where there is no more."""
    is_taken: bool = True
    """False: no test has taken any of them. What was taken and what was not are two edges."""


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes with their edges, all in the flow's order."""

    name: str
    """What stands over it; "" for the flow's own states."""
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    jumps: tuple[Edge, ...] = ()
    """Ways that are written into the box of their source: as lines they would hide the others."""

    def written(self, node: Node) -> tuple[tuple[str, Edge | None], ...]:
        """Return the lines of a node's box: its own, then those of the ways written into it."""
        names = {other.key: other.lines[0] for other in self.nodes}
        own = [(line, None) for line in node.lines]
        leaps = [(_leap(jump, names), jump) for jump in self.jumps if jump.source == node.key]
        return (*own, *leaps)


@dataclass(frozen=True, slots=True)
class Graph:
    """A flow to be drawn."""

    name: str
    states: Part
    others: tuple[Part, ...] = ()
    """What may happen in any state, what follows the call, and the flows that are run."""
    has_coverage: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, the flow's own states first."""
        return (self.states, *self.others)

    @property
    def legend(self) -> tuple[Node, ...]:
        """A node of each kind that is among the states, with what it means."""
        found = {node.shape for part in self.parts for node in part.nodes}
        nodes = [Node(x.value, x, (words,)) for x, words in _MEANINGS.items() if x in found]
        if self.has_coverage:
            nodes.append(Node("never", Shape.SAY, ("never taken in tests",), is_taken=False))
        if any(part.jumps for part in self.parts):
            nodes.append(Node("leap", Shape.TARGET, ("yes → menu: then on to the state menu",)))
        return tuple(nodes)


_MEANINGS = {
    Shape.SAY: "says, sets",
    Shape.ASK: "asks",
    Shape.COLLECT: "fills slots",
    Shape.PROMPT: "a model leads",
    Shape.CHOOSE: "chooses",
    Shape.REQUEST: "asks a web service",
    Shape.RUN: "runs another flow",
    Shape.RECORD: "records",
    Shape.HANDOFF: "hands over to people",
    Shape.HANGUP: "hangs up",
}


def _leap(jump: Edge, names: dict[str, str]) -> str:
    # The dashed arrow is for printers and readers who don't see the grey.
    arrow = "→" if jump.is_taken else "⇢"
    return " ".join((", ".join(jump.labels), arrow, names[jump.target])).strip()
