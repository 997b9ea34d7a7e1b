"""A graph as an SVG picture, which every browser shows; no program is needed to make it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from xml.sax.saxutils import escape

from runtime.flow.graph.diagram import Graph, Node, Part, Shape
from runtime.flow.graph.layout import Layout, layout

_CHARACTER = 6.8
"""Pixels of a character on average, of sans-serif at 12 pixels."""
_LINE = 16.0
_MARGIN = 20.0
_POINT = 16.0
"""What the pointed ends of a branching add on either side."""
_LOOP = 18.0

_STYLE = """\
  <style>
    text { font: 12px sans-serif; fill: #1b1f24; text-anchor: middle }
    .name { font-weight: bold }
    .label { fill: #3b4754; paint-order: stroke; stroke: #fff; stroke-width: 4px }
    .node { fill: #fff; stroke: #1b1f24; stroke-width: 1.5 }
    .start .node { stroke-width: 3.5 }
    .target .node { stroke: none; fill: #eef1f4 }
    .edge { fill: none; stroke: #57606a; marker-end: url(#arrow) }
    .always .edge { stroke-dasharray: 5 4 }
    .cluster { fill: none; stroke: #57606a; stroke-dasharray: 6 5 }
  </style>
  <marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" \
orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#57606a"/></marker>"""


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A part, drawn; its upper left corner is 0, 0."""

    lines: tuple[str, ...]
    width: float
    height: float


def as_svg(graph: Graph) -> str:
    """Return the graph as an SVG document."""
    states = _drawn(graph.states)
    width, height = states.width + 2 * _MARGIN, states.height + 2 * _MARGIN
    body = [_group("states", _MARGIN, _MARGIN, states)]
    if graph.always is not None:
        always = _drawn(graph.always)
        top = height + _MARGIN
        wide, high = always.width + 2 * _MARGIN, always.height + 3 * _MARGIN
        box = f'x="{_MARGIN:g}" y="{height:g}" width="{wide:.1f}" height="{high:.1f}"'
        body.append(f'  <rect class="cluster" {box} rx="8"/>')
        body.append(_text(_MARGIN + wide / 2, height + _LINE, "name", "always"))
        body.append(_group("always", 2 * _MARGIN, top + _MARGIN / 2, always))
        width, height = max(width, wide + 2 * _MARGIN), height + high + _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}">',
            f"  <title>{escape(graph.name)}</title>",
            _STYLE,
            '  <rect width="100%" height="100%" fill="#fff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _group(kind: str, left: float, top: float, drawing: _Drawing) -> str:
    inside = "\n".join(f"    {line}" for line in drawing.lines)
    return f'  <g class="{kind}" transform="translate({left:g} {top:.1f})">\n{inside}\n  </g>'


def _drawn(part: Part) -> _Drawing:
    number = {node.key: at for at, node in enumerate(part.nodes)}
    ways = [edge for edge in part.edges if edge.source != edge.target]
    loops = {number[edge.source]: edge for edge in part.edges if edge.source == edge.target}
    sizes = [_size(node) for node in part.nodes]
    # A loop stands on the right; as much on the left keeps the node in the middle of its room.
    extra = {at: 2 * (_LOOP + _wide(loop.labels) + 8) for at, loop in loops.items()}
    rooms = [wide + extra.get(at, 0.0) for at, (wide, _) in enumerate(sizes)]
    ends = [(number[edge.source], number[edge.target]) for edge in ways]
    placed = layout(rooms, ends, [_wide(edge.labels) for edge in ways])
    beside = {at: len(loop.labels) * _LINE for at, loop in loops.items()}
    highs = [max(high, beside.get(at, 0.0)) for at, (_, high) in enumerate(sizes)]
    rows = _rows(placed, highs, [len(edge.labels) for edge in ways])
    middle = {at: (top + bottom) / 2 for at, (top, bottom) in rows.items()}
    spots = [(x, middle[at]) for x, at in placed.nodes]
    lines: list[str] = []
    for edge, (source, target), path in zip(ways, ends, placed.paths, strict=True):
        points = _points(path, rows, has_label=bool(edge.labels))
        way = 0.5 if spots[source][1] < spots[target][1] else -0.5
        first = (spots[source][0], spots[source][1] + way * sizes[source][1])
        last = (spots[target][0], spots[target][1] - way * sizes[target][1])
        lines.append(f'<path class="edge" d="{_curve([first, *points, last])}"/>')
    # After all edges: nothing runs through a label.
    for edge, path in zip(ways, placed.paths, strict=True):
        lines.extend(_label((path[0][0], middle[path[0][1]]), edge.labels))
    for at, loop in loops.items():
        lines.extend(_loop(spots[at], sizes[at][0], loop.labels))
    for node, spot, size in zip(part.nodes, spots, sizes, strict=True):
        lines.extend(_node(node, spot, size))
    width = max(x + room / 2 for (x, _), room in zip(spots, rooms, strict=True))
    labels = zip(placed.paths, ways, strict=True)
    width = max([width, *(x + _wide(edge.labels) / 2 for path, edge in labels for x, _ in path)])
    return _Drawing(tuple(lines), width, max(bottom for _, bottom in rows.values()))


def _rows(
    placed: Layout, highs: Sequence[float], label_lines: Sequence[int]
) -> Mapping[int, tuple[float, float]]:
    """Return where each layer begins and ends, downwards."""
    tall: dict[int, float] = {}
    for (_, at), high in zip(placed.nodes, highs, strict=True):
        tall[at] = max(tall.get(at, 0.0), high)
    for path, lines in zip(placed.paths, label_lines, strict=True):
        for _, at in path:
            tall[at] = max(tall.get(at, 0.0), 44.0, lines * _LINE + 28)
    rows: dict[int, tuple[float, float]] = {}
    top = 0.0
    for at in sorted(tall):
        rows[at] = (top, top + tall[at])
        top += tall[at]
    return rows


def _points(
    path: Sequence[tuple[float, int]],
    rows: Mapping[int, tuple[float, float]],
    *,
    has_label: bool,
) -> list[tuple[float, float]]:
    """Return what the line goes through: upright past nodes, and its label."""
    points: list[tuple[float, float]] = []
    is_up = len(path) > 1 and path[0][1] > path[-1][1]
    for number, (x, at) in enumerate(path):
        top, bottom = rows[at]
        if at % 2 == 0:
            points += [(x, bottom), (x, top)] if is_up else [(x, top), (x, bottom)]
        elif has_label and number == 0:
            points.append((x, (top + bottom) / 2))
    return points


def _wide(lines: Sequence[str]) -> float:
    return max((len(line) * _CHARACTER for line in lines), default=0.0)


def _size(node: Node) -> tuple[float, float]:
    return _wide(node.lines) + 24 + 2 * _POINT, len(node.lines) * _LINE + 16


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Return a path through the points that leaves and enters each upright."""
    (x, y), *others = points
    path = [f"M{x:.1f},{y:.1f}"]
    for right, down in others:
        half = (y + down) / 2
        path.append(f"C{x:.1f},{half:.1f} {right:.1f},{half:.1f} {right:.1f},{down:.1f}")
        x, y = right, down
    return " ".join(path)


def _loop(spot: tuple[float, float], wide: float, labels: Sequence[str]) -> Iterator[str]:
    right, y = spot[0] + wide / 2, spot[1]
    out = right + _LOOP * 1.3
    yield (
        f'<path class="edge" d="M{right:.1f},{y - 8:.1f} '
        f'C{out:.1f},{y - 16:.1f} {out:.1f},{y + 16:.1f} {right:.1f},{y + 8:.1f}"/>'
    )
    yield from _label((right + _LOOP + 4 + _wide(labels) / 2, y), labels)


def _label(middle: tuple[float, float], labels: Sequence[str]) -> Iterator[str]:
    x, y = middle
    first = y - (len(labels) - 1) * _LINE / 2 + 4
    for row, label in enumerate(labels):
        yield _text(x, first + row * _LINE, "label", label)


def _node(node: Node, spot: tuple[float, float], size: tuple[float, float]) -> Iterator[str]:
    x, y = spot
    yield f'<g class="{node.shape.value}">'
    yield from (f"  {line}" for line in _outline(node.shape, spot, size))
    first = y - (len(node.lines) - 1) * _LINE / 2 + 4
    for row, line in enumerate(node.lines):
        yield "  " + _text(x, first + row * _LINE, "words" if row else "name", line)
    yield "</g>"


def _outline(shape: Shape, spot: tuple[float, float], size: tuple[float, float]) -> list[str]:
    (x, y), (wide, high) = spot, size
    left, right, top, bottom = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    match shape:
        case Shape.SAY:
            return [_box(spot, size, 0)]
        case Shape.ASK:
            return [_box(spot, size, high / 2)]
        case Shape.START | Shape.TARGET:
            return [_box(spot, size, 8)]
        case Shape.HANGUP:
            return [_box(spot, size, 0), _box(spot, (wide - 8, high - 8), 0)]
        case Shape.CHOOSE:
            upper, lower = f"{left + _POINT:.1f},{top:.1f}", f"{right - _POINT:.1f},{bottom:.1f}"
            corners = (
                f"{left:.1f},{y:.1f} {upper} {right - _POINT:.1f},{top:.1f} "
                f"{right:.1f},{y:.1f} {lower} {left + _POINT:.1f},{bottom:.1f}"
            )
            return [f'<polygon class="node" points="{corners}"/>']
        case _:
            assert_never(shape)


def _box(spot: tuple[float, float], size: tuple[float, float], round_by: float) -> str:
    (x, y), (wide, high) = spot, size
    return (
        f'<rect class="node" x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" '
        f'width="{wide:.1f}" height="{high:.1f}" rx="{round_by:g}"/>'
    )


def _text(x: float, y: float, kind: str, words: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
