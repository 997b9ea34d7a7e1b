"""A graph as Mermaid text, which GitHub and many editors draw."""

from collections.abc import Iterable, Iterator, Mapping

from runtime.flow.graph.diagram import Graph, Part, Shape

_BRACKETS: Mapping[Shape, tuple[str, str]] = {
    Shape.START: ("((", "))"),
    Shape.SAY: ("[", "]"),
    Shape.ASK: ("([", "])"),
    Shape.CHOOSE: ("{{", "}}"),
    Shape.HANGUP: ("[[", "]]"),
    Shape.TARGET: ("(", ")"),
}
# Mermaid's entity codes: `#` and a name or number and `;`.
_CODES = str.maketrans({char: f"#{ord(char)};" for char in "#&<>\"'`\\{}[]|;"})


def as_mermaid(graph: Graph) -> str:
    """Return the graph as a Mermaid flowchart."""
    lines = ["flowchart TD", *_part(graph.states, "s", "-->")]
    if graph.always is not None:
        lines += ['  subgraph always["always"]', *_part(graph.always, "a", "-.->"), "  end"]
        lines.append("  style always fill:none,stroke-dasharray:6 4")
    lines.append("  style s0 stroke-width:4px")
    return "\n".join(lines) + "\n"


def _part(part: Part, prefix: str, arrow: str) -> Iterator[str]:
    names = {node.key: f"{prefix}{number}" for number, node in enumerate(part.nodes)}
    for node in part.nodes:
        before, after = _BRACKETS[node.shape]
        yield f"  {names[node.key]}{before}{_quoted(node.lines)}{after}"
    for edge in part.edges:
        label = f"|{_quoted(edge.labels)}|" if edge.labels else ""
        yield f"  {names[edge.source]} {arrow}{label} {names[edge.target]}"


def _quoted(lines: Iterable[str]) -> str:
    return '"' + "<br/>".join(line.translate(_CODES) for line in lines) + '"'
