"""A graph as DOT text, for Graphviz."""

from collections.abc import Iterable, Iterator, Mapping

from runtime.flow.graph.diagram import Graph, Part, Shape

_STYLES: Mapping[Shape, str] = {
    Shape.START: "shape=ellipse, penwidth=3",
    Shape.SAY: "shape=box",
    Shape.ASK: "shape=box, style=rounded",
    Shape.CHOOSE: "shape=diamond",
    Shape.HANGUP: "shape=box, peripheries=2",
    Shape.TARGET: "shape=plaintext",
}


def as_dot(graph: Graph) -> str:
    """Return the graph as a directed graph of DOT."""
    lines = [
        f"digraph {_quoted((graph.name,))} {{",
        "  node [fontname=sans-serif];",
        "  edge [fontname=sans-serif];",
        *_part(graph.states, "s", "solid"),
    ]
    if graph.always is not None:
        lines += ["  subgraph cluster_always {", '  label="always";', "  style=dashed;"]
        lines += [*_part(graph.always, "a", "dashed"), "  }"]
    return "\n".join([*lines, "}"]) + "\n"


def _part(part: Part, prefix: str, style: str) -> Iterator[str]:
    names = {node.key: f"{prefix}{number}" for number, node in enumerate(part.nodes)}
    for node in part.nodes:
        yield f"  {names[node.key]} [label={_quoted(node.lines)}, {_STYLES[node.shape]}];"
    for edge in part.edges:
        ends = f"{names[edge.source]} -> {names[edge.target]}"
        yield f"  {ends} [label={_quoted(edge.labels)}, style={style}];"


def _quoted(lines: Iterable[str]) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
