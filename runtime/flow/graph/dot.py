"""A graph as DOT text, for Graphviz."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from runtime.flow.graph.diagram import Edge, Graph, Node, Part, Shape
from runtime.flow.graph.palette import GROUND, LINE, NEVER_TAKEN, PAINTS

_SHAPES: Mapping[Shape, str] = {
    Shape.START: 'shape=ellipse, penwidth=3, style="filled"',
    Shape.SAY: 'shape=box, style="filled"',
    Shape.ASK: 'shape=box, style="filled,rounded"',
    Shape.COLLECT: 'shape=box, style="filled,rounded"',
    Shape.PROMPT: 'shape=note, style="filled"',
    Shape.CHOOSE: 'shape=hexagon, style="filled"',
    Shape.REQUEST: 'shape=component, style="filled"',
    Shape.RUN: 'shape=box, peripheries=2, style="filled"',
    Shape.RECORD: 'shape=cylinder, style="filled"',
    Shape.HANDOFF: 'shape=box3d, style="filled"',
    Shape.HANGUP: 'shape=box, peripheries=2, style="filled"',
    Shape.TARGET: 'shape=box, style="filled,rounded"',
}


def as_dot(graph: Graph) -> str:
    """Return the graph as a directed graph of DOT."""
    lines = [
        f"digraph {_quoted((graph.name,))} {{",
        f'  graph [bgcolor="{GROUND}", fontname="sans-serif"];',
        '  node [fontname="sans-serif", fontsize=12, margin="0.15,0.08"];',
        f'  edge [fontname="sans-serif", fontsize=11, color="{LINE}", fontcolor="{LINE}"];',
    ]
    for number, part in enumerate(graph.parts):
        drawn = _part(part, f"p{number}_")
        lines += _cluster(f"part{number}", part.name, drawn) if part.name else drawn
    lines += _cluster("legend", "what is what", _legend(graph))
    return "\n".join([*lines, "}"]) + "\n"


def _cluster(key: str, name: str, inside: Iterable[str]) -> Iterator[str]:
    yield f"  subgraph cluster_{key} {{"
    yield f"  label={_quoted((name,))};"
    yield "  style=dashed;"
    yield from inside
    yield "  }"


def _part(part: Part, prefix: str) -> Iterator[str]:
    names = {node.key: f"{prefix}{number}" for number, node in enumerate(part.nodes)}
    for node in part.nodes:
        yield _node(names[node.key], node, [line for line, _ in part.written(node)])
    for edge in part.edges:
        yield f"  {names[edge.source]} -> {names[edge.target]} [{_edge(edge)}];"


def _node(key: str, node: Node, lines: Iterable[str]) -> str:
    shape, paint = _SHAPES[node.shape], PAINTS[node.shape]
    if not node.is_taken:
        shape, paint = shape.replace('style="', 'style="dashed,'), NEVER_TAKEN
    colours = f'fillcolor="{paint.fill}", color="{paint.stroke}", fontcolor="{paint.text}"'
    tooltip = _quoted((node.title or node.lines[0]).splitlines() or [""])
    return f"  {key} [label={_quoted(lines)}, {shape}, {colours}, tooltip={tooltip}];"


def _edge(edge: Edge) -> str:
    words = [f"label={_quoted(edge.labels)}"]
    if edge.title:
        title = _quoted(edge.title.splitlines())
        words.append(f"tooltip={title}, labeltooltip={title}")
    if not edge.is_taken:
        never = NEVER_TAKEN
        words.append(f'style=dashed, color="{never.stroke}", fontcolor="{never.text}"')
    return ", ".join(words)


def _legend(graph: Graph) -> Iterator[str]:
    keys = [f"legend_{node.key}" for node in graph.legend]
    yield from (_node(key, node, node.lines) for key, node in zip(keys, graph.legend, strict=True))
    # One below the other.
    yield from (f"  {upper} -> {lower} [style=invis];" for upper, lower in pairwise(keys))


def _quoted(lines: Iterable[str]) -> str:
    # Graphviz reads entities of HTML in every text.
    escaped = (
        line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines
    )
    return '"' + "\\n".join(escaped) + '"'
