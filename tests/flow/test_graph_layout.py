from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from drawn import FILES, flow_in, graph
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.graph.canvas import LINE_HEIGHT, Box, Canvas, Line, Point, arrange, widest
from runtime.flow.graph.diagram import Edge, Node, Part, Shape
from runtime.flow.graph.layout import layers_of, layout, reading_order
from runtime.flow.graph.measure import width_of
from runtime.flow.graph.picture import graph_of

Area = tuple[float, float, float, float]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_covers_anything_in_the_picture_of_a_bot(path: Path):
    for part in graph_of(flow_in(path), draw_runs=True).parts:
        assert_is_clear(arrange(part))


def test_forty_states_that_lead_anywhere_are_laid_out_clearly():
    states = "".join(
        f"  s{n}: {{ask: Question {n}?, on: {{yes: s{(n * 7 + 1) % 40}, no: s{(n + 1) % 40}}}}}\n"
        for n in range(40)
    )
    assert_is_clear(arrange(graph(f"states:\n{states}").states))


def test_a_large_bot_fits_a_screen_or_two():
    states = graph_of(flow_in(FILES[-1])).states
    canvas = arrange(states)
    assert len(states.nodes) > 40
    assert canvas.width < 2200
    assert canvas.height < 1600


def test_a_line_back_to_the_same_state_is_a_loop_beside_it():
    canvas = arrange(graph().states)
    [loop] = canvas.loops
    assert loop.edge.labels == ("2", "no")
    [box] = [box for box in canvas.boxes if box.node.key == "menu"]
    assert loop.label[0] - widest(loop.edge.labels) / 2 > box.middle[0] + box.width / 2


def test_lines_that_lead_back_up_are_known():
    canvas = arrange(graph().states)
    ends = [(x.edge.source, x.edge.target) for x in canvas.lines if x.is_back]
    assert ends == [("check", "menu")]


def assert_is_clear(canvas: Canvas) -> None:
    areas = [*map(box_area, canvas.boxes)]
    areas += [label_area(line) for line in (*canvas.lines, *canvas.loops) if line.edge.labels]
    for one, other in combinations(areas, 2):
        assert is_apart(one, other)
    for box in canvas.boxes:
        assert max(width_of(line) for line, _ in box.lines) < box.width
        assert len(box.lines) * LINE_HEIGHT < box.height
    for line in canvas.lines:
        for box in canvas.boxes:
            if box.node.key not in {line.edge.source, line.edge.target}:
                area = box_area(box)
                assert all(is_apart(area, (x, y, 0, 0)) for x, y in along(line))


def box_area(box: Box) -> Area:
    x, y = box.middle
    return x - box.width / 2, y - box.height / 2, box.width, box.height


def label_area(line: Line) -> Area:
    (x, y), wide = line.label, widest(line.edge.labels)
    high = len(line.edge.labels) * LINE_HEIGHT
    return x - wide / 2, y - high / 2, wide, high


def is_apart(one: Area, other: Area) -> bool:
    (x, y, wide, high), (left, top, width, height) = one, other
    return x + wide <= left or left + width <= x or y + high <= top or top + height <= y


def along(line: Line) -> Iterator[Point]:
    """Yield points of the curves of which the line is made."""
    for (x, y), (right, down) in pairwise(line.points):
        for step in range(9):
            t = step / 8
            swing = t * t * (3 - 2 * t)
            half = 1.5 * t * (1 - t) + t**3
            yield x + (right - x) * swing, y + (down - y) * half


@st.composite
def digraphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 9))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    edges = draw(st.lists(ends.filter(lambda pair: pair[0] != pair[1]), max_size=20))
    return count, edges


@given(digraphs())
def test_every_edge_leads_to_another_layer_the_way_it_is_said_to(drawn):
    count, edges = drawn
    layer, upward = layers_of(count, edges)
    for number, (source, target) in enumerate(edges):
        assert (layer[source] > layer[target]) == (number in upward)
        assert layer[source] != layer[target]


@given(digraphs())
def test_every_node_is_read_once_and_after_one_that_leads_to_it(drawn):
    count, edges = drawn
    onward = [[target for source, target in edges if source == node] for node in range(count)]
    order = reading_order(onward)
    assert sorted(order) == list(range(count))
    from_first = {0}
    for node in order:
        if any(source in from_first for source, target in edges if target == node):
            from_first.add(node)
    reached = {0}
    while more := {target for source, target in edges if source in reached} - reached:
        reached |= more
    assert from_first == reached


def test_the_author_s_order_tells_ways_on_from_ways_back():
    # 0 leads to 1 and 2; 2 is written after 1, so that 2 leads back to it.
    assert layers_of(3, [(0, 1), (0, 2), (2, 1)]) == ([0, 1, 2], {2})


@given(digraphs())
def test_nodes_of_a_layer_keep_their_distance(drawn):
    count, edges = drawn
    placed = layout([50.0] * count, edges, [20.0] * len(edges))
    for (x, at), (other, there) in combinations(placed.nodes, 2):
        assert at != there or abs(x - other) >= 50


@given(digraphs())
def test_any_graph_is_laid_out_clearly(drawn):
    count, edges = drawn
    nodes = tuple(Node(str(at), Shape.SAY, (f"state {at}", "says")) for at in range(count))
    ways = tuple(Edge(str(one), str(other), ("yes",)) for one, other in edges)
    assert_is_clear(arrange(Part("", nodes, ways)))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("iiii", "mmmm"), ("abc", "abcd"), ("abcd", "日本日本"), ("क", "कक")],
)
def test_wide_letters_take_more_room(narrow: str, wide: str):
    assert width_of(narrow) < width_of(wide)


def test_marks_that_stand_on_a_letter_take_none():
    assert width_of("e\N{COMBINING ACUTE ACCENT}") == width_of("e")
