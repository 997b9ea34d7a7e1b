"""A part of a graph, measured out: where its boxes, lines and labels are, in pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.flow.graph.diagram import Edge, Node, Part, Shape
from runtime.flow.graph.layout import Layout, layout
from runtime.flow.graph.measure import width_of

LINE_HEIGHT = 16.0
LOOP = 18.0
"""What a line from a box to itself takes on the right."""
SLANT = 12.0
"""What a shape with slanted, pointed or double sides takes more on either side."""
CAP = 7.0
"""What the ends of a cylinder take above and below."""
_BARE_ROW = 34.0
_PORTS = 16.0
"""Between the ends of lines on one side of a box."""

_WIDER = {Shape.CHOOSE, Shape.REQUEST, Shape.RUN, Shape.HANDOFF, Shape.HANGUP}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node and the middle of where it is."""

    node: Node
    lines: tuple[tuple[str, Edge | None], ...]
    """Each with the way that it names, if it is one that is written into the box."""
    middle: Point
    width: float
    height: float

    @property
    def words_middle(self) -> float:
        """Where the middle of its words is, downwards."""
        return self.middle[1] + (CAP / 2 if self.node.shape is Shape.RECORD else 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: what it runs through, and the middle of its label."""

    edge: Edge
    points: tuple[Point, ...]
    """None for a loop: its label says where it is."""
    label: Point
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Canvas:
    """A part, measured out; its upper left corner is 0, 0."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    loops: tuple[Line, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is known once the layout is."""

    boxes: tuple[Box, ...]
    rows: Mapping[int, tuple[float, float]]
    """Where each layer begins and ends, downwards."""
    layers: tuple[int, ...]
    ends: tuple[tuple[int, int], ...]
    paths: tuple[tuple[tuple[float, int], ...], ...]


def arrange(part: Part) -> Canvas:
    """Measure out a part."""
    number = {node.key: at for at, node in enumerate(part.nodes)}
    ways = [edge for edge in part.edges if edge.source != edge.target]
    loops = {number[edge.source]: edge for edge in part.edges if edge.source == edge.target}
    blank = [_blank(part, node) for node in part.nodes]
    # A loop stands on the right; as much on the left keeps the node in the middle of its room.
    extra = {at: 2 * (LOOP + widest(loop.labels) + 8) for at, loop in loops.items()}
    rooms = [box.width + extra.get(at, 0.0) for at, box in enumerate(blank)]
    ends = tuple((number[edge.source], number[edge.target]) for edge in ways)
    placed = layout(rooms, ends, [widest(edge.labels) for edge in ways])
    beside = {at: len(loop.labels) * LINE_HEIGHT for at, loop in loops.items()}
    highs = [max(box.height, beside.get(at, 0.0)) for at, box in enumerate(blank)]
    rows = _rows(placed, highs, [len(edge.labels) for edge in ways])
    boxes = tuple(
        Box(box.node, box.lines, (x, sum(rows[at]) / 2), box.width, box.height)
        for box, (x, at) in zip(blank, placed.nodes, strict=True)
    )
    layers = tuple(at for _, at in placed.nodes)
    plan = _Plan(boxes, rows, layers, ends, placed.paths)
    lines = _lines(plan, ways)
    round_lines = tuple(_loop(boxes[at], loop) for at, loop in loops.items())
    rights = [box.middle[0] + room / 2 for box, room in zip(boxes, rooms, strict=True)]
    rights += [line.label[0] + widest(line.edge.labels) / 2 for line in lines]
    rights += [x for line in lines for x, _ in line.points]
    return Canvas(boxes, lines, round_lines, max(rights), max(end for _, end in rows.values()))


def widest(lines: Sequence[str]) -> float:
    """Return the width of the widest line of a label."""
    return max((width_of(line) for line in lines), default=0.0)


def _blank(part: Part, node: Node) -> Box:
    """Return the box of a node, not yet anywhere."""
    lines = part.written(node)
    words = max(width_of(line, is_bold=at == 0) for at, (line, _) in enumerate(lines))
    width = words + 28 + 2 * SLANT * (node.shape in _WIDER)
    height = len(lines) * LINE_HEIGHT + 16 + 2 * CAP * (node.shape is Shape.RECORD)
    return Box(node, lines, (0.0, 0.0), width, height)


def _rows(
    placed: Layout, highs: Sequence[float], label_lines: Sequence[int]
) -> Mapping[int, tuple[float, float]]:
    tall: dict[int, float] = {}
    for (_, at), high in zip(placed.nodes, highs, strict=True):
        tall[at] = max(tall.get(at, 0.0), high)
    for path, lines in zip(placed.paths, label_lines, strict=True):
        for number, (_, at) in enumerate(path):
            high = lines * LINE_HEIGHT + 28 if lines and number == 0 else _BARE_ROW
            tall[at] = max(tall.get(at, 0.0), high)
    rows: dict[int, tuple[float, float]] = {}
    top = 0.0
    for at in sorted(tall):
        rows[at] = (top, top + tall[at])
        top += tall[at]
    return rows


def _lines(plan: _Plan, ways: Sequence[Edge]) -> tuple[Line, ...]:
    first, last = _ports(plan)
    found = []
    for at, (edge, path) in enumerate(zip(ways, plan.paths, strict=True)):
        source, target = (plan.boxes[end].middle[1] for end in plan.ends[at])
        # Out of the rows of both ends first: a higher box may stand beside.
        leaves, enters = (plan.rows[plan.layers[end]] for end in plan.ends[at])
        below, above = (0, 1) if source > target else (1, 0)
        points = (
            first[at],
            (first[at][0], leaves[below]),
            *_points(path, plan.rows, has_label=bool(edge.labels)),
            (last[at][0], enters[above]),
            last[at],
        )
        label = (path[0][0], sum(plan.rows[path[0][1]]) / 2)
        found.append(Line(edge, points, label, source > target))
    return tuple(found)


def _ports(plan: _Plan) -> tuple[list[Point], list[Point]]:
    """Return where each line leaves its source and enters its target.

    Those on the same side of a box stand side by side, in the order of where they come from.
    """
    sides: dict[tuple[int, bool], list[tuple[float, int, bool]]] = {}
    for at, ((source, target), path) in enumerate(zip(plan.ends, plan.paths, strict=True)):
        leads_down = plan.boxes[source].middle[1] < plan.boxes[target].middle[1]
        sides.setdefault((source, leads_down), []).append((path[0][0], at, True))
        sides.setdefault((target, not leads_down), []).append((path[-1][0], at, False))
    first: list[Point] = [(0.0, 0.0)] * len(plan.ends)
    last = first.copy()
    for (node, is_below), found in sides.items():
        box = plan.boxes[node]
        gap = min(_PORTS, (box.width - 2 * _PORTS) / len(found))
        y = box.middle[1] + (box.height if is_below else -box.height) / 2
        for place, (_, at, leaves) in enumerate(sorted(found)):
            port = (box.middle[0] + (place - (len(found) - 1) / 2) * gap, y)
            (first if leaves else last)[at] = port
    return first, last


def _points(
    path: Sequence[tuple[float, int]],
    rows: Mapping[int, tuple[float, float]],
    *,
    has_label: bool,
) -> list[Point]:
    """Return what the line goes through: upright past nodes, and its label."""
    points: list[Point] = []
    is_up = len(path) > 1 and path[0][1] > path[-1][1]
    for number, (x, at) in enumerate(path):
        top, bottom = rows[at]
        if at % 2 == 0:
            points += [(x, bottom), (x, top)] if is_up else [(x, top), (x, bottom)]
        elif has_label and number == 0:
            points.append((x, (top + bottom) / 2))
    return points


def _loop(box: Box, edge: Edge) -> Line:
    x, y = box.middle
    return Line(edge, (), (x + box.width / 2 + LOOP + 4 + widest(edge.labels) / 2, y))
