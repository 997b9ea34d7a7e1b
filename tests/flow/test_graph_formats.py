import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn import BANK, FILES, flow_in, flow_of, graph
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.conversation.coverage import coverage_of
from runtime.flow.graph.diagram import Edge, Graph, Node, Part, Shape
from runtime.flow.graph.dot import as_dot
from runtime.flow.graph.mermaid import as_mermaid
from runtime.flow.graph.picture import graph_of
from runtime.flow.graph.svg import as_svg

DRAWN = (as_mermaid, as_dot, as_svg)
SVG = "{http://www.w3.org/2000/svg}"
NASTY = [
    "</text></title><script>alert(1)</script>",
    '"]; click p0_1 "javascript:alert(1)"',
    '" onload="alert(1)',
    "]]> <!-- <![CDATA[",
    "&lt;b&gt; &quot;",
    "\\N \\G \\l \\",
    "1. one",
    "- two",
    "`code`",
    "{{ a | b }}",
    "#35; end",
]


def nasty(shape: Shape = Shape.SAY) -> Graph:
    nodes = [Node("", Shape.START, ("call",), "call")]
    nodes += [Node(text, shape, (text, text), text) for text in NASTY]
    edges = [Edge("", text, (text,), text) for text in NASTY]
    jumps = tuple(Edge(text, NASTY[0], (text,), text, is_taken=False) for text in NASTY)
    return Graph(NASTY[0], Part(NASTY[1], tuple(nodes), tuple(edges), jumps))


def uncovered() -> Graph:
    flow = flow_of()
    return graph_of(flow, coverage_of(flow, []))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_flow_gives_the_same_picture_each_time(path: Path):
    read_twice = (flow_of(path.read_text(), path) for _ in range(2))
    once, again = (graph_of(flow, draw_runs=True) for flow in read_twice)
    for draw in DRAWN:
        assert draw(once) == draw(again)


# -- Mermaid -----------------------------------------------------------------------------------


def test_mermaid_draws_each_kind_in_its_shape_and_colour():
    lines = as_mermaid(graph_of(flow_in(BANK))).splitlines()
    assert lines[1] == "flowchart TD"
    text = "\n".join(lines)
    assert re.search(r'^  p0_\d+\(\["menu<br/>.*"\]\):::is_ask$', text, re.M)
    assert re.search(r'^  p0_\d+\[/"verify<br/>.*"/\]:::is_request$', text, re.M)
    assert re.search(r'^  p0_\d+\{\{"known<br/>.*"\}\}:::is_choose$', text, re.M)
    assert "  classDef is_ask fill:#ddf4ff,stroke:#0969da,color:#1b1f24" in lines
    for kind in set(re.findall(r":::(\w+)", text)):
        assert f"  classDef {kind} " in text


def test_mermaid_puts_always_in_a_cluster_and_labels_ways():
    text = as_mermaid(graph())
    assert '  p0_1 -->|"1<br/>yes"| p0_2\n' in text
    assert '  subgraph part1["always"]\n' in text
    assert '  p1_0 -->|"person"| p1_2\n' in text
    assert "Goodbye to #60;you#62; #38; #34;yours#34;#46;" in text


def test_mermaid_dashes_and_greys_what_was_never_taken():
    text = as_mermaid(uncovered())
    assert '  p0_1 -.->|"1<br/>yes"| p0_2\n' in text
    assert ":::never" in text
    assert '  legend_never["never taken in tests"]:::never\n' in text
    # The way from the call's begin is the only one that needs no test, and the first.
    assert re.search(r"^  linkStyle 1,2,3,4,5,6,7,8,9 stroke:", text, re.M)


def test_no_text_gets_out_of_its_quotes_in_mermaid():
    for line in as_mermaid(nasty()).splitlines():
        # Between the quotes only letters, spaces, breaks and codes are left that mean nothing.
        for quoted in re.findall(r'"(.*?)"', line):
            assert re.fullmatch(r"(<br/>|#\d+;|[\w ,!/()=→⇢])*", quoted) or "init" in line
        assert line.count('"') in {0, 2, 4}


# -- DOT ---------------------------------------------------------------------------------------


def test_dot_draws_each_kind_in_its_shape_and_colour():
    text = as_dot(graph_of(flow_in(BANK)))
    assert re.search(r'^  p0_\d+ \[label="known.*shape=hexagon.*fillcolor="#fff8c5"', text, re.M)
    assert re.search(r'^  p0_\d+ \[label="voicemail.*shape=cylinder', text, re.M)


def test_dot_puts_always_in_a_cluster_and_labels_ways():
    text = as_dot(graph())
    assert '  p0_1 -> p0_2 [label="1\\nyes"];\n' in text
    assert '  subgraph cluster_part1 {\n  label="always";\n  style=dashed;\n' in text
    assert 'Goodbye to <you> &amp; \\"yours\\".' in text


def test_dot_dashes_and_greys_what_was_never_taken():
    text = as_dot(uncovered())
    assert '  p0_1 -> p0_2 [label="1\\nyes", style=dashed, color="#8c959f"' in text
    assert re.search(r'legend_never \[label="never taken in tests".*style="dashed,filled"', text)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("draw", [lambda: graph_of(flow_in(BANK)), uncovered, nasty])
def test_graphviz_takes_it(draw):
    drawn = draw()
    done = subprocess.run(
        ["dot", "-Tcanon"], input=as_dot(drawn), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    count = sum(len(part.nodes) for part in drawn.parts)
    assert len(re.findall(r"^\s+p\d+_\d+\s+\[", done.stdout, re.M)) == count


# -- SVG ---------------------------------------------------------------------------------------


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_svg_shows_every_name_and_label_as_it_is_written():
    shown = texts(as_svg(graph()))
    for words in ("menu", "bye", 'Goodbye to <you> & "yours".', "no if tired", "goodbye", "else"):
        assert words in shown


def test_svg_frames_all_but_the_states_and_tells_what_is_what():
    tree = ElementTree.fromstring(as_svg(graph_of(flow_in(BANK))))
    assert len(tree.findall(".//*[@class='frame']")) == 3
    shown = texts(as_svg(graph_of(flow_in(BANK))))
    for words in ("always", "after_call", "what is what", "asks a web service", "fills slots"):
        assert words in shown


def test_svg_gives_the_full_text_as_tooltips():
    tree = ElementTree.fromstring(as_svg(graph_of(flow_in(BANK))))
    titles = [title.text or "" for title in tree.iter(f"{SVG}title")]
    assert titles[0] == "bank"
    assert any(
        "Shall I block the card that ends in {{ card_end }}? This can't" in x for x in titles
    )
    assert "ok: says “It is done.”" in titles


def test_svg_links_what_is_written_in_a_box_to_the_state_it_leads_to():
    tree = ElementTree.fromstring(as_svg(graph_of(flow_in(BANK))))
    states = {each.get("id"): each for each in tree.iter(f"{SVG}g") if each.get("id")}
    links = list(tree.iter(f"{SVG}a"))
    assert links
    for link in links:
        [text] = link.findall(f"{SVG}text")
        target = states[(link.get("href") or "").removeprefix("#")]
        name = target.find(f"{SVG}text")
        assert name is not None
        assert (text.text or "").endswith(f"→ {name.text}")


def test_svg_dashes_and_greys_what_was_never_taken():
    tree = ElementTree.fromstring(as_svg(uncovered()))
    kinds = [each.get("class") for each in tree.iter(f"{SVG}g")]
    assert "ask never" in kinds
    assert "hangup never" in kinds
    assert "never taken in tests" in texts(as_svg(uncovered()))
    ways = [
        each for each in tree.iter(f"{SVG}g") if each.find(f"{SVG}path[@class='edge']") is not None
    ]
    # All but the one from the call's begin.
    assert [each.get("class") for each in ways].count("never") == len(ways) - 1


@pytest.mark.parametrize("shape", list(Shape))
def test_no_text_gets_out_of_its_place_in_svg(shape: Shape):
    tree = ElementTree.fromstring(as_svg(nasty(shape)))
    known = {"svg", "title", "style", "marker", "path", "rect", "polygon", "g", "a", "text"}
    assert {each.tag.removeprefix(SVG) for each in tree.iter()} <= known
    attributes = {name for each in tree.iter() for name in each.attrib}
    assert not {name for name in attributes if name.startswith("on")}
    assert all((each.get("href") or "#").startswith("#") for each in tree.iter())
    shown = [text.text for text in tree.iter(f"{SVG}text")]
    assert all(shown.count(text) >= 3 for text in NASTY)


@given(st.text(max_size=30))
def test_any_text_makes_a_readable_picture(said: str):
    written = "".join(char for char in said if char.isprintable())
    nodes = (Node("", Shape.START, ("call",)), Node("x", Shape.SAY, (written,)))
    svg = as_svg(Graph("bot", Part("", nodes, (Edge("", "x", (written,)),))))
    assert written in texts(svg)


def test_control_characters_are_left_out_of_the_picture():
    svg = as_svg(graph('states: {bye: {hangup: "Bye\\a now."}}'))
    assert "Bye now." in texts(svg)
