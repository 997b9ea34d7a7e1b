from pathlib import Path

import pytest
from drawn import BANK, FILES, flow_in, flow_of, graph, part, ways

from runtime.flow.conversation.coverage import coverage_of
from runtime.flow.engine.effects import Entered, Took
from runtime.flow.graph.diagram import Edge, Graph, Node, Part, Shape
from runtime.flow.graph.jumps import thinned
from runtime.flow.graph.labels import label_of
from runtime.flow.graph.picture import ANSWERS, ANYWHERE, START, graph_of
from runtime.flow.ways import ways_of

BANK_GRAPH = graph_of(flow_in(BANK))
EACH_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def node(key: str, of: Graph = BANK_GRAPH) -> Node:
    [found] = [x for x in of.states.nodes if x.key == key]
    return found


def written(key: str, of: Graph = BANK_GRAPH) -> list[str]:
    return [line for line, _ in of.states.written(node(key, of))]


@pytest.mark.parametrize(
    ("state", "shape"),
    [
        ("forget", Shape.SAY),
        ("tell_balance", Shape.SAY),
        ("menu", Shape.ASK),
        ("identify", Shape.COLLECT),
        ("advisor", Shape.PROMPT),
        ("known", Shape.CHOOSE),
        ("verify", Shape.REQUEST),
        ("survey", Shape.RUN),
        ("voicemail", Shape.RECORD),
        ("person", Shape.HANDOFF),
        ("bye", Shape.HANGUP),
    ],
)
def test_states_have_the_shape_of_their_verb(state: str, shape: Shape):
    assert node(state).shape is shape


def test_boxes_tell_what_their_states_do():
    assert node("forget").lines == ("forget", "sets customer, birthday")
    assert node("identify").lines == ("identify", "fills customer, birthday")
    assert node("verify").lines == ("verify", "POST verify")
    assert node("survey").lines == ("survey", "runs score (score.yaml)")
    assert node("person").lines[-1] == "POST desk, with the talk"
    assert node("voicemail").lines[-1] == "records up to 1m"
    assert node("advisor").lines[1:] == (
        "What kind of home do you have in",
        "mind?",
        "model: You advise on home loans.",
        "Be brief. Never promise a rate.",
        "tools quote",
        "fills amount, years",
    )


def test_long_texts_are_shortened_and_stand_in_full_in_the_title():
    long = "very " * 30 + "long"
    [_, bye] = graph(f"states: {{bye: {{hangup: {long}}}}}").states.nodes
    assert bye.lines == ("bye", "very very very very very very", "very very very very very very…")
    assert bye.title == f"bye (shop.yaml:1:10)\n{long}"


def test_values_to_put_in_are_not_broken_over_two_lines():
    [_, bye] = graph(
        "variables: {a_long_name: x}\n"
        "states: {bye: {hangup: 'Thank you for coming, {{ a_long_name }}.'}}"
    ).states.nodes
    assert bye.lines == ("bye", "Thank you for coming,", "{{ a_long_name }}.")


def test_edges_are_labelled_by_what_leads_along_them():
    assert [(x.source, x.target, x.labels) for x in graph().states.edges] == [
        (START, "menu", ()),
        ("menu", "sales", ("1", "yes")),
        ("menu", "menu", ("2", "no")),
        ("menu", "hangup", ("no if tired",)),
        ("menu", "bye", ("give up",)),
        ("sales", "check", ()),
        ("check", "bye", ("tired",)),
        ("check", "menu", ("else",)),
    ]


def test_what_is_set_and_said_on_a_way_stands_in_its_title():
    [way] = [x for x in ways(BANK_GRAPH.states) if (x.source, x.target) == ("menu", "known")]
    assert way.labels == ("balance", "statement")
    assert way.title == "balance: sets verified\nstatement"
    [way] = [x for x in ways(BANK_GRAPH.states) if (x.source, x.target) == ("set_limit", "more")]
    assert way.title == "ok: says “It is done.”"


def test_next_is_named_where_something_else_leads_to_the_same_state():
    assert "next, error → bye" in written("person")
    assert "→ more" in written("tell_balance")


def test_what_may_happen_anywhere_stands_apart():
    always = part(graph(), "always")
    assert [(x.source, x.target, x.labels) for x in always.edges] == [
        (ANYWHERE, "bye", ("goodbye", "after 1m30s")),
        (ANYWHERE, "back", ("person",)),
    ]
    always = part(BANK_GRAPH, "always")
    labels = {edge.target: edge.labels for edge in always.edges}
    assert labels["person"] == ("person", "fraud", "stt is down")
    assert labels["bye"] == ("goodbye", "over_limit")
    assert labels[ANSWERS] == ("branch_hours",)


def test_a_flow_without_more_has_only_its_states():
    assert graph("states: {bye: {hangup: Bye.}}").others == ()


def test_what_follows_the_call_is_a_part_of_its_own():
    after = part(BANK_GRAPH, "after_call")
    assert [(x.shape, x.lines) for x in after.nodes] == [
        (Shape.START, ("the call has ended",)),
        (
            Shape.PROMPT,
            (
                "summary: outcome",
                "What did the caller want, and",
                "did he get it?",
                "only if verified",
            ),
        ),
        (Shape.REQUEST, ("POST keep_call",)),
    ]
    assert [(x.source, x.target) for x in after.edges] == [(START, "1"), ("1", "2")]


def test_flows_that_are_run_are_drawn_on_demand():
    drawn = graph_of(flow_in(BANK), draw_runs=True)
    assert [each.name for each in drawn.others] == ["always", "after_call", "score (score.yaml)"]
    assert [x.key for x in drawn.others[-1].nodes] == [START, "how", "thanks", "done"]


@EACH_FILE
def test_every_way_of_every_state_is_in_the_picture_once(path: Path):
    flow = flow_in(path)
    states = graph_of(flow).states
    found = [(x.source, x.target) for x in ways(states)]
    assert len(found) == len(set(found))
    aim = {"repeat": None, "restart": flow.start}
    expected = {
        (way.state, aim.get(way.target or "", way.target) or way.state)
        for way in ways_of(flow)
        if way.state
    }
    assert set(found) == expected | {(START, flow.start)}


@EACH_FILE
def test_every_state_that_a_call_can_reach_is_reached_by_lines(path: Path):
    states = graph_of(flow_in(path)).states

    def reached(edges: tuple[Edge, ...]) -> set[str]:
        found = {START}
        while more := {x.target for x in edges if x.source in found} - found:
            found |= more
        return found

    assert reached(states.edges) == reached(ways(states))


def test_ways_to_where_all_lead_are_written_into_the_boxes():
    assert written("identify") == [*node("identify").lines, "give up → person"]
    assert written("unknown")[-1] == "no, give up → person"
    lines_to = [edge for edge in BANK_GRAPH.states.edges if edge.target == "person"]
    assert [edge.source for edge in lines_to] == ["menu"]


def test_a_way_far_back_is_written_into_the_box_and_a_near_one_is_a_line():
    assert "yes → menu" in written("more")
    assert Edge("sure_block", "card_menu", ("no",)) in BANK_GRAPH.states.edges


def test_a_part_of_a_single_node_is_left_as_it_is():
    alone = Part("", (Node(START, Shape.START, ("call",)),), ())
    assert thinned(alone) == alone


# -- coverage ----------------------------------------------------------------------------------


def test_what_no_test_has_taken_is_told_apart():
    trail = [
        *(Entered(state, "shop.yaml") for state in ("menu", "sales", "check")),
        *(Took("shop.yaml", *way) for way in (("menu", "on 1"), ("sales", "next"))),
        *(Took("shop.yaml", *way) for way in (("check", "choose 2"), ("", "after 90"))),
    ]
    shop = graph(coverage=coverage_of(flow_of(), [trail]))
    assert [x.key for x in shop.states.nodes if not x.is_taken] == ["bye"]
    taken = {(x.source, x.target, x.labels): x.is_taken for x in shop.states.edges}
    # One edge each for what was taken and for what was not.
    assert taken["menu", "sales", ("1",)]
    assert not taken["menu", "sales", ("yes",)]
    assert taken["sales", "check", ()]
    assert taken["check", "menu", ("else",)]
    assert not taken["check", "bye", ("tired",)]
    always = {(x.target, x.labels): x.is_taken for x in part(shop, "always").edges}
    assert always == {
        ("bye", ("goodbye",)): False,
        ("bye", ("after 1m30s",)): True,
        ("back", ("person",)): False,
    }


def test_without_tests_nothing_counts_as_never_taken():
    assert all(edge.is_taken for edge in ways(BANK_GRAPH.states))
    assert all(node.is_taken for node in BANK_GRAPH.states.nodes)
    assert "never" not in [node.key for node in BANK_GRAPH.legend]


def test_nobody_is_blamed_for_ways_that_no_test_can_take():
    flow = flow_of("states: {bye: {hangup: Bye.}}\nalways: {on: {voicemail: bye, goodbye: bye}}")
    always = part(graph_of(flow, coverage_of(flow, [])), "always")
    assert {x.labels: x.is_taken for x in always.edges} == {
        ("voicemail",): True,
        ("goodbye",): False,
    }


def test_the_legend_names_what_is_in_the_picture():
    flow = flow_of("states: {bye: {hangup: Bye.}}")
    assert [x.key for x in graph_of(flow).legend] == ["hangup"]
    assert [x.key for x in graph_of(flow, coverage_of(flow, [])).legend] == ["hangup", "never"]
    assert [x.key for x in BANK_GRAPH.legend] == [
        *(x.value for x in Shape if x not in {Shape.START, Shape.TARGET}),
        "leap",
    ]


@EACH_FILE
def test_every_way_but_next_has_a_label(path: Path):
    assert [x.name for x in ways_of(flow_in(path)) if not label_of(x) and x.name != "next"] == []
