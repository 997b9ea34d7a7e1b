"""Flows to draw, for the tests of pictures."""

from functools import cache
from pathlib import Path

from shipped import BOTS

from runtime.flow.conversation.coverage import Coverage
from runtime.flow.graph.diagram import Edge, Graph, Part
from runtime.flow.graph.picture import graph_of
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow

BANK = Path(__file__).parent / "pictures" / "bank.yaml"
"""A bot of forty states and more, as large as people write them."""
FILES = [*BOTS, BANK]

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


def flow_of(text: str = SHOP, file: Path = Path("shop.yaml")) -> Flow:
    def beside(name: str) -> bytes | None:
        path = file.parent / name
        return path.read_bytes() if path.is_file() else None

    flow = read_flow(text, str(file), open_file=beside).flow
    assert flow is not None
    return flow


@cache
def flow_in(file: Path) -> Flow:
    """Read a flow once for all tests: nothing changes it."""
    return flow_of(file.read_text(), file)


def graph(text: str = SHOP, coverage: Coverage | None = None) -> Graph:
    return graph_of(flow_of(text), coverage)


def part(of: Graph, name: str) -> Part:
    [found] = [each for each in of.others if each.name == name]
    return found


def ways(of: Part) -> tuple[Edge, ...]:
    return (*of.edges, *of.jumps)
