"""The outline of each kind of state, as elements of SVG."""

from typing import assert_never

from runtime.flow.graph.canvas import CAP, SLANT, Point
from runtime.flow.graph.diagram import Shape


def outline(shape: Shape, middle: Point, width: float, height: float) -> list[str]:
    """Return the elements that draw a shape; the first is its outer edge."""
    (x, y), half, high = middle, width / 2, height / 2
    left, right, top, bottom = x - half, x + half, y - high, y + high
    match shape:
        case Shape.SAY:
            return [_box(middle, width, height, 0)]
        case Shape.ASK | Shape.COLLECT:
            return [_box(middle, width, height, min(high, 20))]
        case Shape.START | Shape.TARGET | Shape.PROMPT:
            return [_box(middle, width, height, 8)]
        case Shape.HANGUP:
            return [_box(middle, width, height, 0), _box(middle, width - 8, height - 8, 0)]
        case Shape.RUN:
            return [
                _box(middle, width, height, 0),
                _line((left + 8, top), (left + 8, bottom)),
                _line((right - 8, top), (right - 8, bottom)),
            ]
        case Shape.CHOOSE:
            upper = ((left + SLANT, top), (right - SLANT, top))
            lower = ((right - SLANT, bottom), (left + SLANT, bottom))
            return [_polygon((left, y), *upper, (right, y), *lower)]
        case Shape.REQUEST:
            upper = ((left + SLANT, top), (right, top))
            return [_polygon(*upper, (right - SLANT, bottom), (left, bottom))]
        case Shape.HANDOFF:
            upper = ((left + SLANT, top), (right - SLANT, top))
            return [_polygon(*upper, (right, bottom), (left, bottom))]
        case Shape.RECORD:
            return _cylinder((left, right), (top, bottom))
        case _:
            assert_never(shape)


def _box(middle: Point, width: float, height: float, round_by: float) -> str:
    x, y = middle
    return (
        f'<rect class="node" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}" rx="{round_by:g}"/>'
    )


def _polygon(*corners: Point) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon class="node" points="{points}"/>'


def _line(start: Point, end: Point) -> str:
    (x, y), (right, down) = start, end
    return f'<path class="node" d="M{x:.1f},{y:.1f} L{right:.1f},{down:.1f}"/>'


def _cylinder(across: Point, down: Point) -> list[str]:
    (left, right), (top, bottom) = across, down
    arc = f"A{(right - left) / 2:.1f},{CAP:g} 0 0"
    upper, lower = top + CAP, bottom - CAP
    whole = (
        f"M{left:.1f},{upper:.1f} {arc} 1 {right:.1f},{upper:.1f} "
        f"V{lower:.1f} {arc} 1 {left:.1f},{lower:.1f} Z"
    )
    lid = f"M{left:.1f},{upper:.1f} {arc} 0 {right:.1f},{upper:.1f}"
    return [f'<path class="node" d="{path}"/>' for path in (whole, lid)]
