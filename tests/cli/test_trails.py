"""What the tests of a flow have gone through."""

from pathlib import Path

import pytest

from runtime.cli.check import open_beside
from runtime.cli.trails import trails_of
from runtime.flow.conversation.coverage import Trail, coverage_of
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow

FILES = {
    "outer.yaml": "states: {menu: {ask: What?, on: {yes: inner, no: bye}}, "
    "inner: {run: inner.yaml, next: bye}, bye: {hangup: Bye.}}\n",
    "inner.yaml": "states: {ask: {ask: Sure?, on: {yes: done, no: done}}, done: {hangup: Done.}}\n",
    "other.yaml": "states: {bye: {hangup: Bye.}}\n",
    "a.test.yaml": "flow: outer.yaml\ntests: [{name: a, talk: [{caller: yes}, {caller: no}]}]\n",
    "b.test.yaml": "flow: inner.yaml\ntests: [{name: b, talk: [{bot: Not said.}]}]\n",
    "c.test.yaml": "flow: other.yaml\ntests: [{name: c, talk: [{bot: Bye.}]}]\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def flow_at(file: Path) -> Flow:
    flow = read_flow(file.read_text(), str(file), open_file=open_beside(file)).flow
    assert flow is not None
    return flow


def trails(flow: Flow) -> list[Trail]:
    return list(trails_of(flow, [Path(flow.file).parent]))


def taken(flow: Flow) -> set[tuple[str, str]]:
    return {(state, way) for _, state, way in coverage_of(flow, trails(flow)).ways}


def test_a_flow_is_gone_through_by_its_tests_and_by_those_of_flows_that_run_it(folder: Path):
    outer, inner = flow_at(folder / "outer.yaml"), flow_at(folder / "inner.yaml")
    assert taken(outer) == {("menu", "on yes"), ("ask", "on no")}
    assert taken(inner) == {("ask", "on no")}
    assert len(trails(outer)) == 1
    assert len(trails(inner)) == 2


def test_a_file_of_tests_with_mistakes_is_named(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "a.test.yaml").write_text("flow: outer.yaml\ntest: []\n")
    (folder / "b.test.yaml").write_bytes(b"\xff")
    assert trails(flow_at(folder / "outer.yaml")) == []
    told = capsys.readouterr().err
    assert "Did you mean 'tests'?" in told
    assert "the file cannot be read: it is not UTF-8" in told
