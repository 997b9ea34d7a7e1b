"""A graph as Mermaid text, which GitHub and many editors draw."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from runtime.flow.graph.diagram import Graph, Node, Part, Shape
from runtime.flow.graph.palette import NEVER_TAKEN, PAINTS, Paint

_BRACKETS: Mapping[Shape, tuple[str, str]] = {
    Shape.START: ("([", "])"),
    Shape.SAY: ("[", "]"),
    Shape.ASK: ("([", "])"),
    Shape.COLLECT: ("([", "])"),
    Shape.PROMPT: ("(", ")"),
    Shape.CHOOSE: ("{{", "}}"),
    Shape.REQUEST: ("[/", "/]"),
    Shape.RUN: ("[[", "]]"),
    Shape.RECORD: ("[(", ")]"),
    Shape.HANDOFF: ("[/", "\\]"),
    Shape.HANGUP: ("[", "]"),
    Shape.TARGET: ("(", ")"),
}
# Mermaid's entity codes: `#` and a number and `;`. Dots, dashes and the like are among them since
# Mermaid takes "1. One" and "- one" for lists of Markdown, which it then refuses to draw.
_CODES = str.maketrans({char: f"#{ord(char)};" for char in "#&<>\"'`\\{}[]|;.-*+_~$:"})


def as_mermaid(graph: Graph) -> str:
    """Return the graph as a Mermaid flowchart."""
    # The lines are broken already.
    lines = ['%%{init: {"flowchart": {"wrappingWidth": 400}}}%%', "flowchart TD"]
    for number, part in enumerate(graph.parts):
        drawn = _part(part, f"p{number}_")
        lines += _cluster(f"part{number}", part.name, drawn) if part.name else drawn
    lines += _cluster("legend", "what is what", _legend(graph))
    lines += _links(graph)
    lines += [f"  classDef {_class(shape)} {_paint(paint)}" for shape, paint in PAINTS.items()]
    lines.append(f"  classDef never {_paint(NEVER_TAKEN)},stroke-dasharray:5 4")
    return "\n".join(lines) + "\n"


def _cluster(key: str, name: str, inside: Iterable[str]) -> Iterator[str]:
    yield f"  subgraph {key}[{_quoted((name,))}]"
    yield "  direction TB"
    yield from inside
    yield "  end"
    yield f"  style {key} fill:none,stroke-dasharray:6 4"


def _part(part: Part, prefix: str) -> Iterator[str]:
    names = {node.key: f"{prefix}{number}" for number, node in enumerate(part.nodes)}
    for node in part.nodes:
        yield _node(names[node.key], node, [line for line, _ in part.written(node)])
    for edge in part.edges:
        label = f"|{_quoted(edge.labels)}|" if edge.labels else ""
        arrow = "-->" if edge.is_taken else "-.->"
        yield f"  {names[edge.source]} {arrow}{label} {names[edge.target]}"


def _node(key: str, node: Node, lines: Iterable[str]) -> str:
    before, after = _BRACKETS[node.shape]
    kind = _class(node.shape) if node.is_taken else "never"
    return f"  {key}{before}{_quoted(lines)}{after}:::{kind}"


def _class(shape: Shape) -> str:
    # Some of the bare names ("end", "default") mean something to Mermaid.
    return f"is_{shape.value}"


def _paint(paint: Paint) -> str:
    width = ",stroke-width:4px" if paint is PAINTS[Shape.START] else ""
    return f"fill:{paint.fill},stroke:{paint.stroke},color:{paint.text}{width}"


def _legend(graph: Graph) -> Iterator[str]:
    keys = [f"legend_{node.key}" for node in graph.legend]
    yield from (_node(key, node, node.lines) for key, node in zip(keys, graph.legend, strict=True))
    # One below the other.
    yield from (f"  {upper} ~~~ {lower}" for upper, lower in pairwise(keys))


def _links(graph: Graph) -> Iterator[str]:
    """Grey the lines that no test has taken; Mermaid knows them by their numbers."""
    edges = [edge for part in graph.parts for edge in part.edges]
    never = [str(number) for number, edge in enumerate(edges) if not edge.is_taken]
    if never:
        yield f"  linkStyle {','.join(never)} stroke:{NEVER_TAKEN.stroke}"


def _quoted(lines: Iterable[str]) -> str:
    return '"' + "<br/>".join(line.translate(_CODES) for line in lines) + '"'
