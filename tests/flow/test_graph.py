import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import BOTS, beside

from runtime.flow.graph.diagram import ANYWHERE, START, Edge, Graph, Node, Part, Shape, graph_of
from runtime.flow.graph.dot import as_dot
from runtime.flow.graph.layout import layers_of, layout
from runtime.flow.graph.mermaid import as_mermaid
from runtime.flow.graph.svg import as_svg
from runtime.flow.reading import read_flow

SHOP = """
greeting: Welcome.
variables: {tired: false}
start: menu
states:
  menu:
    ask: Sales or service?
    give_up: bye
    on:
      "1": sales
      "2": {say: One moment., next: repeat}
      no: [{when: tired, next: hangup}, {next: restart}]
      yes: sales
  sales: {say: Gladly., next: check}
  check:
    choose: [{when: tired, next: bye}, {next: menu}]
  bye: {hangup: Goodbye to <you> & "yours".}
always:
  on: {goodbye: bye, person: {say: Later., next: back}}
  after: {1m30s: bye}
"""
DRAWN = (as_mermaid, as_dot, as_svg)


def graph(text: str = SHOP) -> Graph:
    flow = read_flow(text, "shop.yaml", open_file=beside).flow
    assert flow is not None
    return graph_of(flow)


def test_states_have_the_shape_of_their_verb():
    assert {node.key: node.shape for node in graph().states.nodes} == {
        START: Shape.START,
        "menu": Shape.ASK,
        "sales": Shape.SAY,
        "check": Shape.CHOOSE,
        "bye": Shape.HANGUP,
        "hangup": Shape.TARGET,
    }


def test_edges_are_labelled_by_what_leads_along_them():
    assert graph().states.edges == (
        Edge(START, "menu"),
        Edge("menu", "sales", ("1", "yes")),
        Edge("menu", "menu", ("2", "no")),
        Edge("menu", "hangup", ("no if tired",)),
        Edge("menu", "bye", ("give up",)),
        Edge("sales", "check"),
        Edge("check", "bye", ("tired",)),
        Edge("check", "menu", ("else",)),
    )


def test_what_may_happen_anywhere_stands_apart():
    always = graph().always
    assert always is not None
    assert always.edges == (
        Edge(ANYWHERE, "bye", ("goodbye", "after 1m30s")),
        Edge(ANYWHERE, "back", ("person",)),
    )


def test_a_flow_without_always_has_no_such_part():
    assert graph("states: {bye: {hangup: Bye.}}").always is None


def test_long_lines_are_shortened():
    [_, bye] = graph(f"states: {{bye: {{hangup: {'very ' * 20}long}}}}").states.nodes
    assert bye.lines == ("bye", "very very very very very very very…")


def test_mermaid_marks_the_start_and_puts_always_in_a_dashed_cluster():
    text = as_mermaid(graph())
    assert text.startswith("flowchart TD\n")
    assert '  s0(("call<br/>Welcome."))\n' in text
    assert '  s1 -->|"1<br/>yes"| s2\n' in text
    assert '  subgraph always["always"]\n' in text
    assert '  a0 -.->|"person"| a2\n' in text
    assert "Goodbye to #60;you#62; #38; #34;yours#34;" in text


def test_dot_marks_the_start_and_puts_always_in_a_dashed_cluster():
    text = as_dot(graph())
    assert '  s0 [label="call\\nWelcome.", shape=ellipse, penwidth=3];\n' in text
    assert '  s1 -> s2 [label="1\\nyes", style=solid];\n' in text
    assert '  subgraph cluster_always {\n  label="always";\n  style=dashed;\n' in text
    assert 'Goodbye to <you> & \\"yours\\".' in text


def test_svg_shows_every_name_and_label_as_it_is_written():
    tree = ElementTree.fromstring(as_svg(graph()))
    shown = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    for words in ("menu", "bye", 'Goodbye to <you> & "yours".', "no if tired", "goodbye", "else"):
        assert words in shown
    assert len(tree.findall(".//*[@class='cluster']")) == 1


@pytest.mark.parametrize("path", BOTS, ids=lambda path: path.stem)
def test_a_flow_gives_the_same_picture_each_time(path: Path):
    once, again = (graph(path.read_text()) for _ in range(2))
    for draw in DRAWN:
        assert draw(once) == draw(again)


@pytest.mark.parametrize("path", BOTS, ids=lambda path: path.stem)
def test_no_node_or_label_of_a_shipped_bot_covers_another(path: Path):
    part = graph(path.read_text()).states
    assert_nothing_overlaps(as_svg(Graph("bot", part, None)))


def test_forty_states_are_laid_out_without_overlaps():
    states = "".join(
        f"  s{n}: {{ask: Question {n}?, on: {{yes: s{(n * 7 + 1) % 40}, no: s{(n + 1) % 40}}}}}\n"
        for n in range(40)
    )
    assert_nothing_overlaps(as_svg(graph(f"states:\n{states}")))


def assert_nothing_overlaps(svg: str) -> None:
    boxes = [
        tuple(float(number) for number in box)
        for box in re.findall(
            r'<rect class="node" x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"', svg
        )
    ]
    labels = re.findall(r'<text class="label" x="(\S+)" y="(\S+)">(.*?)<', svg)
    boxes += [(float(x) - 3 * len(t), float(y) - 10, 6.0 * len(t), 12.0) for x, y, t in labels]
    for (x, y, wide, high), (left, top, width, height) in combinations(boxes, 2):
        is_apart = x + wide <= left or left + width <= x or y + high <= top or top + height <= y
        # The second outline of a goodbye lies inside the first.
        is_inside = (left, top) == (x + 4, y + 4)
        assert is_apart or is_inside


@st.composite
def digraphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    count = draw(st.integers(1, 9))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    edges = draw(st.lists(ends.filter(lambda pair: pair[0] != pair[1]), unique=True, max_size=20))
    return count, edges


@given(digraphs())
def test_every_edge_leads_to_another_layer_the_way_it_is_said_to(drawn):
    count, edges = drawn
    layer, upward = layers_of(count, edges)
    for number, (source, target) in enumerate(edges):
        assert (layer[source] > layer[target]) == (number in upward)
        assert layer[source] != layer[target]


@given(digraphs())
def test_nodes_of_a_layer_keep_their_distance(drawn):
    count, edges = drawn
    placed = layout([50.0] * count, edges, [20.0] * len(edges))
    for (x, at), (other, there) in combinations(placed.nodes, 2):
        assert at != there or abs(x - other) >= 50


@given(st.text(max_size=30))
def test_any_text_makes_a_readable_picture(said: str):
    written = "".join(char for char in said if char.isprintable())
    nodes = (Node("", Shape.START, ("call",)), Node("x", Shape.SAY, (written,)))
    svg = as_svg(Graph("bot", Part(nodes, (Edge("", "x", (written,)),)), None))
    shown = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    assert written in [text.text or "" for text in shown]


def test_control_characters_are_left_out_of_the_picture():
    svg = as_svg(graph('states: {bye: {hangup: "Bye\\a now."}}'))
    assert "Bye now." in svg
