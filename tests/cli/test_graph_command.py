import json
import re
from pathlib import Path

from shell import callwright

from runtime.flow.schema import flow_schema


def run(*arguments: str) -> tuple[int, str]:
    result = callwright(arguments)
    return result.exit_code, result.output


def flow(folder: Path, text: str = "states: {bye: {hangup: Bye.}}\n") -> str:
    (folder / "bot.yaml").write_text(text)
    return str(folder / "bot.yaml")


def test_a_flow_is_printed_as_mermaid(tmp_path: Path):
    code, output = run("graph", flow(tmp_path))
    assert code == 0
    assert "flowchart TD\n" in output


def test_a_picture_is_written_to_a_file(tmp_path: Path):
    out = tmp_path / "bot.svg"
    assert run("graph", flow(tmp_path), "--format", "svg", "--output", str(out)) == (0, "")
    assert out.read_text().startswith("<svg ")


ASKS = """
states:
  menu: {ask: Sales?, on: {yes: sales, no: bye}}
  sales: {say: Gladly., next: bye}
  bye: {hangup: Bye.}
"""
SAYS_NO = """
flow: bot.yaml
tests:
  - name: no
    talk: [{bot: Sales?}, {caller: no}, {bot: Bye.}, {ended: hangup}]
"""


def never_taken(dot: str) -> set[str]:
    """Return the ends of the dashed ways, by the names of the states."""
    names = dict(re.findall(r"^  (p0_\d+) \[label=\"(\w+)", dot, re.M))
    ways = re.findall(r"^  (p0_\d+) -> (p0_\d+) \[.*style=dashed", dot, re.M)
    return {f"{names[source]} to {names[target]}" for source, target in ways}


def test_what_no_test_beside_the_flow_has_taken_is_drawn_in_grey(tmp_path: Path):
    (tmp_path / "bot.test.yaml").write_text(SAYS_NO)
    other = SAYS_NO.replace("bot.yaml", "other.yaml").replace("no", "yes")
    (tmp_path / "other.test.yaml").write_text(other.replace("- {bot: Bye.}", ""))
    (tmp_path / "other.yaml").write_text(ASKS)
    code, output = run("graph", flow(tmp_path, ASKS), "--format", "dot", "--coverage")
    assert code == 0
    assert never_taken(output) == {"menu to sales", "sales to bye"}
    assert "never taken in tests" in output


def test_the_tests_may_stand_elsewhere_and_name_the_flow_by_another_path(tmp_path: Path):
    there = tmp_path / "tests"
    there.mkdir()
    (there / "bot.test.yaml").write_text(SAYS_NO.replace("bot.yaml", "../bot.yaml"))
    arguments = ("--format", "dot", "--tests", str(there))
    code, output = run("graph", flow(tmp_path, ASKS), *arguments)
    assert code == 0
    assert never_taken(output) == {"menu to sales", "sales to bye"}


def test_a_test_that_fails_is_told_and_counts_as_far_as_it_came(tmp_path: Path):
    wrong = SAYS_NO.replace("bot: Bye.", "bot: Hello.")
    (tmp_path / "bot.test.yaml").write_text(wrong)
    arguments = ["graph", flow(tmp_path, ASKS), "--format", "dot", "--coverage"]
    result = callwright(arguments)
    assert result.exit_code == 0
    assert "'Hello.' was not said" in result.stderr
    assert never_taken(result.stdout) == {"menu to sales", "sales to bye"}


def test_coverage_without_a_test_of_the_flow_ends_with_2(tmp_path: Path):
    (tmp_path / "other.yaml").write_text(ASKS)
    (tmp_path / "other.test.yaml").write_text(SAYS_NO.replace("bot.yaml", "other.yaml"))
    code, output = run("graph", flow(tmp_path, ASKS), "--coverage")
    assert code == 2
    assert "there is no test of" in output


def test_a_file_of_tests_with_mistakes_is_told(tmp_path: Path):
    (tmp_path / "bot.test.yaml").write_text(SAYS_NO)
    (tmp_path / "more.test.yaml").write_text(SAYS_NO.replace("caller: no", "coller: no"))
    result = callwright(["graph", flow(tmp_path, ASKS), "--coverage"])
    assert result.exit_code == 0
    assert "coller" in result.stderr


def test_flows_that_are_run_are_drawn_on_demand(tmp_path: Path):
    inner = "states: {ask_it: {ask: Well?, on: {yes: ok}}, ok: {say: Good.}}"
    (tmp_path / "inner.yaml").write_text(inner)
    outer = flow(tmp_path, "states: {it: {run: inner.yaml, next: bye}, bye: {hangup: Bye.}}")
    assert "ask#95;it" not in run("graph", outer)[1]
    assert "ask#95;it" in run("graph", outer, "--with-runs")[1]
    # It ends where nothing follows, which is good only where others run it.
    assert run("graph", str(tmp_path / "inner.yaml"))[0] == 0


def test_a_flow_with_errors_ends_with_1_and_names_them(tmp_path: Path):
    code, output = run("graph", flow(tmp_path, "states: {bye: {hangup: Bye., tris: 3}}"))
    assert code == 1
    assert "unknown-key" in output


def test_files_that_cannot_be_read_or_written_end_with_2(tmp_path: Path):
    assert run("graph", str(tmp_path / "none.yaml"))[0] == 2
    assert run("graph", flow(tmp_path), "--output", str(tmp_path / "no" / "x.svg"))[0] == 2


def test_the_schema_is_printed_as_json():
    code, output = run("schema")
    assert code == 0
    assert json.loads(output) == json.loads(json.dumps(flow_schema()))
