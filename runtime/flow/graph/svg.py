"""A graph as an SVG picture, which every browser shows; no program is needed to make it.

Without scripts: what is shown in full comes as the browser's own tooltip, and a way that is written
into a box is a link to the state it leads to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from runtime.flow.graph.canvas import LINE_HEIGHT, LOOP, Box, Canvas, Line, Point, arrange
from runtime.flow.graph.diagram import Edge, Graph
from runtime.flow.graph.measure import width_of
from runtime.flow.graph.outlines import outline
from runtime.flow.graph.palette import BACK, GROUND, LINE, NEVER_TAKEN, PAINTS

_MARGIN = 20.0
_TITLE = 28.0
"""What the name of a part takes above it."""
_NARROWEST = 900.0
"""The parts below the states may take as much across, however few states there are."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """A part, drawn; its upper left corner is 0, 0."""

    kind: str
    name: str
    lines: tuple[str, ...]
    width: float
    height: float


def as_svg(graph: Graph) -> str:
    """Return the graph as an SVG document."""
    panels = [_panel(graph, number) for number in range(len(graph.parts))]
    panels.append(_legend(graph))
    widest = max(_NARROWEST, panels[0].width)
    body: list[str] = []
    left, top, high = _MARGIN, _MARGIN, 0.0
    right = 0.0
    for panel in panels:
        if left > _MARGIN and left + panel.width > widest + _MARGIN:
            left, top, high = _MARGIN, top + high + _MARGIN, 0.0
        body.extend(_framed(panel, left, top))
        right = max(right, left + panel.width)
        high = max(high, panel.height)
        # Nothing stands beside the flow's own states.
        left = left + panel.width + _MARGIN if panel.name else widest + 2 * _MARGIN
    size = (right + _MARGIN, top + high + _MARGIN)
    return "\n".join([*_head(graph.name, size), *body, "</svg>\n"])


def _head(name: str, size: Point) -> Iterator[str]:
    width, height = size
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
    )
    yield f"  <title>{escape(name)}</title>"
    yield "  <style>"
    yield from (f"    {rule}" for rule in _style())
    yield "  </style>"
    for kind, colour in (("arrow", LINE), ("back-arrow", BACK)):
        yield (
            f'  <marker id="{kind}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            f'markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        )
    yield f'  <rect width="100%" height="100%" fill="{GROUND}"/>'


def _style() -> Iterator[str]:
    yield "text { font: 12px sans-serif; text-anchor: middle }"
    yield ".name { font-weight: bold }"
    yield f".label {{ fill: {LINE}; paint-order: stroke; stroke: {GROUND}; stroke-width: 4px }}"
    yield ".node { stroke-width: 1.5 }"
    for shape, paint in PAINTS.items():
        yield f".{shape.value} .node {{ fill: {paint.fill}; stroke: {paint.stroke} }}"
        yield f".{shape.value} text {{ fill: {paint.text} }}"
    yield ".start .node { stroke-width: 3.5 }"
    yield ".hangup .node + .node { stroke: #fff; stroke-width: 1 }"
    yield "a text { text-decoration: none; font-style: italic }"
    yield "a:hover text { text-decoration: underline }"
    yield "g:target .node { stroke-width: 4 }"
    yield f".edge {{ fill: none; stroke: {LINE}; stroke-width: 1.3; marker-end: url(#arrow) }}"
    yield f".back .edge {{ stroke: {BACK}; marker-end: url(#back-arrow) }}"
    never = NEVER_TAKEN
    yield (
        f".never .node {{ fill: {never.fill}; stroke: {never.stroke}; stroke-dasharray: 5 4 }}"
        f" .never .edge {{ stroke: {never.stroke}; stroke-dasharray: 5 4;"
        " marker-end: url(#back-arrow) }"
    )
    yield f".never text, a.never text {{ fill: {never.text} }}"
    yield f".frame {{ fill: none; stroke: {LINE}; stroke-dasharray: 6 5 }}"


def _framed(panel: _Panel, left: float, top: float) -> Iterator[str]:
    """Yield a panel in its frame; the flow's own states have none."""
    yield f'  <g class="{panel.kind}" transform="translate({left:.1f} {top:.1f})">'
    if panel.name:
        size = f'width="{panel.width:.1f}" height="{panel.height:.1f}"'
        yield f'    <rect class="frame" {size} rx="8"/>'
        yield "    " + _text((panel.width / 2, LINE_HEIGHT + 4), "name", panel.name)
    yield from (f"    {line}" for line in panel.lines)
    yield "  </g>"


def _panel(graph: Graph, number: int) -> _Panel:
    part = graph.parts[number]
    canvas = arrange(part)
    ids = {node.key: f"p{number}-{at}" for at, node in enumerate(part.nodes)}
    drawn = tuple(_drawn(canvas, ids))
    if not part.name:
        return _Panel("states", "", drawn, canvas.width, canvas.height)
    width = max(canvas.width, width_of(part.name, is_bold=True)) + 2 * _MARGIN
    left = (width - canvas.width) / 2
    inside = (f'<g transform="translate({left:.1f} {_TITLE + 8:g})">', *drawn, "</g>")
    return _Panel("part", part.name, inside, width, canvas.height + _TITLE + 8 + _MARGIN)


def _drawn(canvas: Canvas, ids: dict[str, str]) -> Iterator[str]:
    for line in canvas.lines:
        path = f'<path class="edge" d="{_curve(line.points)}"/>'
        yield f'<g class="{_kind(line)}">{path}</g>'
    for box in canvas.boxes:
        yield from _box(box, ids)
    for line in canvas.loops:
        box = next(x for x in canvas.boxes if x.node.key == line.edge.source)
        yield f'<g class="{_kind(line)}">{_round(box)}</g>'
    # After all lines: nothing runs through a label.
    for line in (*canvas.lines, *canvas.loops):
        yield from _label(line)


def _kind(line: Line) -> str:
    return "never" if not line.edge.is_taken else "back" if line.is_back else "way"


def _curve(points: Sequence[Point]) -> str:
    """Return a path through the points that leaves and enters each upright."""
    (x, y), *others = points
    path = [f"M{x:.1f},{y:.1f}"]
    for right, down in others:
        half = (y + down) / 2
        path.append(f"C{x:.1f},{half:.1f} {right:.1f},{half:.1f} {right:.1f},{down:.1f}")
        x, y = right, down
    return " ".join(path)


def _round(box: Box) -> str:
    right, y = box.middle[0] + box.width / 2, box.middle[1]
    out = right + LOOP * 1.3
    path = (
        f"M{right:.1f},{y - 8:.1f} C{out:.1f},{y - 16:.1f} {out:.1f},{y + 16:.1f} "
        f"{right:.1f},{y + 8:.1f}"
    )
    return f'<path class="edge" d="{path}"/>'


def _label(line: Line) -> Iterator[str]:
    if not line.edge.labels:
        return
    x, y = line.label
    first = y - (len(line.edge.labels) - 1) * LINE_HEIGHT / 2 + 4
    yield f'<g class="{_kind(line)}">{_tooltip(line.edge.title)}'
    for row, label in enumerate(line.edge.labels):
        yield "  " + _text((x, first + row * LINE_HEIGHT), "label", label)
    yield "</g>"


def _box(box: Box, ids: dict[str, str]) -> Iterator[str]:
    node = box.node
    never = "" if node.is_taken else " never"
    yield f'<g id="{ids[node.key]}" class="{node.shape.value}{never}">{_tooltip(node.title)}'
    yield from (f"  {x}" for x in outline(node.shape, box.middle, box.width, box.height))
    first = box.words_middle - (len(box.lines) - 1) * LINE_HEIGHT / 2 + 4
    for row, (line, way) in enumerate(box.lines):
        text = _text((box.middle[0], first + row * LINE_HEIGHT), "words" if row else "name", line)
        yield "  " + (text if way is None else _link(way, ids[way.target], text))
    yield "</g>"


def _link(way: Edge, target: str, text: str) -> str:
    kind = "way" if way.is_taken else "never"
    return f'<a class="{kind}" href="#{target}">{_tooltip(way.title)}{text}</a>'


def _tooltip(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""


def _text(middle: Point, kind: str, words: str) -> str:
    x, y = middle
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _legend(graph: Graph) -> _Panel:
    """Draw one small box of each kind that is in the picture, and say what it is."""
    lines: list[str] = []
    left, top = _MARGIN, _TITLE + 8
    right = 0.0
    for node in graph.legend:
        width, height = width_of(node.lines[0], is_bold=True) + 48, 34.0
        if left + width > _NARROWEST:
            left, top = _MARGIN, top + height + 10
        middle = (left + width / 2, top + height / 2)
        box = Box(node, ((node.lines[0], None),), middle, width, height)
        lines.extend(_box(box, {node.key: f"legend-{node.key}"}))
        left += width + 12
        right = max(right, left)
    return _Panel("legend", "what is what", tuple(lines), right + _MARGIN - 12, top + 34 + _MARGIN)
