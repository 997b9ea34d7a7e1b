"""A flow as a graph: its states and the ways between them, what may happen anywhere, what follows.

What may happen in any state stands in a part of its own, where states are only named again: drawn
into the rest it would be an edge from everywhere to everywhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from runtime.flow.conversation.coverage import Coverage
from runtime.flow.graph.boxes import box_of
from runtime.flow.graph.diagram import Edge, Graph, Node, Part, Shape
from runtime.flow.graph.jumps import thinned
from runtime.flow.graph.labels import doing_on, label_of
from runtime.flow.graph.wording import lines_of, plain, said, short
from runtime.flow.model import AfterCall, Flow, with_runs
from runtime.flow.ways import NEXT, Way, always_of, ways_out

START = ""
"""The key of the node from which a call begins; no state is named so."""
ANYWHERE = ""
"""The same, in the part of `always`."""
ANSWERS = "answers"
"""There, the node of the intents that have an answer."""

_TARGETS = {"hangup": "end of the call", "back": "back to where it was"}


def graph_of(flow: Flow, coverage: Coverage | None = None, *, draw_runs: bool = False) -> Graph:
    """Return the graph of a flow; with `draw_runs`, of the flows that it runs as well."""
    parts = [part for part in (_always(flow, coverage), _after_call(flow)) if part is not None]
    if draw_runs:
        # A flow that is run from two places is drawn once.
        others = {other.file: other for other in with_runs(flow) if other.file != flow.file}
        for other in others.values():
            of = f"{other.name} ({PurePath(other.file).name})"
            parts.append(replace(_states(other, coverage), name=of))
            if (always := _always(other, coverage)) is not None:
                parts.append(replace(always, name=f"always, in {of}"))
    return Graph(flow.name, _states(flow, coverage), tuple(parts), coverage is not None)


def _states(flow: Flow, coverage: Coverage | None) -> Part:
    greeting = said(flow.greeting.text) if flow.greeting else ""
    begin = Node(START, Shape.START, ("call", *lines_of(greeting)), f"call\n{greeting}".strip())
    states = [
        box_of(flow, state, is_taken=coverage is None or (flow.file, name) in coverage.states)
        for name, state in flow.states.items()
    ]
    begins = Edge(START, flow.start)
    edges = [begins]
    for name, state in flow.states.items():
        edges += _joined(name, ways_out(state), flow, coverage)
    used = {edge.target for edge in edges}
    ends = [Node(x, Shape.TARGET, (words,)) for x, words in _TARGETS.items() if x in used]
    return thinned(Part("", (begin, *states, *ends), tuple(edges)))


def _joined(
    source: str, ways: Iterable[Way], flow: Flow, coverage: Coverage | None
) -> Iterator[Edge]:
    """Yield an edge for all ways that lead to the same node and are taken, or not, alike."""
    found: dict[tuple[str, bool], list[Way]] = {}
    for way in ways:
        target = _node_of(way.target, source, flow.start)
        found.setdefault((target, _is_taken(way, flow, coverage)), []).append(way)
    for (target, is_taken), row in found.items():
        labels = [label_of(way) for way in row]
        if any(labels):
            # What needs no name alone would be taken for one of the others beside them.
            labels = [label or NEXT for label in labels]
        shown = tuple(dict.fromkeys(short(label) for label in labels if label))
        yield Edge(source, target, shown, _title(row), is_taken)


def _node_of(target: str | None, here: str, start: str) -> str:
    """Return the key of the node to which a way leads."""
    match target:
        case None | "repeat":
            return here
        case "restart":
            return start
        case _:
            return target


def _is_taken(way: Way, flow: Flow, coverage: Coverage | None) -> bool:
    key = (flow.file, way.state, way.name)
    # Nobody is to blame for what no test can take.
    return coverage is None or key in coverage.ways or key in coverage.untestable


def _title(ways: Iterable[Way]) -> str:
    """Return the labels in full, with what is done on the way, if that says more."""
    rows = [(label_of(way), doing_on(way)) for way in ways]
    if all(label == short(label) and not doing for label, doing in rows):
        return ""
    return "\n".join(": ".join(filter(None, row)) for row in rows)


def _always(flow: Flow, coverage: Coverage | None) -> Part | None:
    edges = [*_joined(ANYWHERE, always_of(flow), flow, coverage)]
    answered = tuple(short(intent.name) for intent in flow.intents.values() if intent.answer)
    if answered:
        edges.append(Edge(ANYWHERE, ANSWERS, answered))
    if not edges:
        return None
    names = dict.fromkeys(edge.target for edge in edges if edge.target != ANYWHERE)
    words = {**_TARGETS, ANSWERS: "answers, then asks again"}
    named = (Node(x, Shape.TARGET, (words.get(x, short(x)),)) for x in names)
    begin = Node(ANYWHERE, Shape.START, ("in any state",))
    return Part("always", (begin, *named), tuple(edges))


def _after_call(flow: Flow) -> Part | None:
    if not flow.after_call:
        return None
    begin = Node(START, Shape.START, ("the call has ended",))
    steps = [_step(flow, number, step) for number, step in enumerate(flow.after_call, 1)]
    keys = [START, *(step.key for step in steps)]
    edges = (Edge(*ends) for ends in pairwise(keys))
    return Part("after_call", (begin, *steps), tuple(edges))


def _step(flow: Flow, number: int, step: AfterCall) -> Node:
    when = f"only if {plain(step.when.source)}" if step.when else ""
    if step.ask is not None:
        shape, name, says = Shape.PROMPT, f"summary: {step.save}", plain(step.ask.source)
    else:
        method = flow.requests[step.request].method.upper()
        shape, name, says = Shape.REQUEST, f"{method} {step.request}", ""
    texts = [text for text in (says, when) if text]
    lines = [line for text in texts for line in lines_of(text)]
    title = "\n".join((f"{name} ({step.place})", *texts))
    return Node(str(number), shape, (short(name), *lines), title)
