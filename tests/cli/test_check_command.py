import json
from pathlib import Path

import pytest
from shell import callwright

GOOD = "states: {bye: {hangup: Bye.}}\n"
BAD = "states: {bye: {hangup: Bye., tris: 3}}\n"
ODD = "states: {bye: {hangup: Bye.}, other: {hangup: Bye.}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("flows").mkdir()
    return Path("flows")


def run(*arguments: str) -> tuple[int, str]:
    result = callwright(["check", *arguments])
    return result.exit_code, result.output


def test_good_flows_end_with_0(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD)
    assert run() == (0, "1 file: 0 errors, 0 warnings\n")


def test_an_error_ends_with_1_and_its_place(folder: Path) -> None:
    (folder / "a.yaml").write_text(BAD)
    assert run("flows/a.yaml") == (
        1,
        "flows/a.yaml:1:30: error[unknown-key] 'tris' is not a key of a state. "
        "Did you mean 'tries'?\n1 file: 1 error, 0 warnings\n",
    )


def test_warnings_alone_end_with_0(folder: Path) -> None:
    (folder / "a.yaml").write_text(ODD)
    code, output = run()
    assert code == 0
    assert "warning[unreachable-state]" in output


def test_a_path_that_does_not_exist_ends_with_2(folder: Path) -> None:
    assert run("nowhere.yaml")[0] == 2
    assert run(str(folder))[0] == 2


def test_a_folder_is_searched_without_settings_and_hidden_ones(folder: Path) -> None:
    for name in ("a.yaml", "deep/b.yaml", "callwright.yaml", ".git/c.yaml"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD if name in ("a.yaml", "deep/b.yaml") else "nonsense")
    assert run() == (0, "2 files: 0 errors, 0 warnings\n")


def test_tests_are_checked_with_their_flows(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD)
    (folder / "a.test.yaml").write_text(
        "flow: a.yaml\ntests: [{name: ends, talk: [{state: goodby}]}]\n"
    )
    code, output = run()
    assert code == 1
    assert "flows/a.test.yaml:2:37: error[unknown-state] there is no state 'goodby'" in output
    assert output.endswith("2 files: 1 error, 0 warnings\n")


PART = "intents: {book: {wrods: [book]}}\n"
MENU = "include: [common.yaml]\nstates: {menu: {ask: Hello?, on: {book: menu}}}\n"


def test_what_is_wrong_with_an_included_file_is_told_once(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.yaml").write_text(MENU)
    (folder / "common.yaml").write_text(PART)
    code, output = run()
    assert code == 1
    assert output.count("flows/common.yaml:1:18: error[unknown-key] 'wrods'") == 1
    assert output.endswith("3 files: 1 error, 0 warnings\n")


def test_an_included_file_with_a_slip_in_a_key_is_no_flow_without_states(folder: Path) -> None:
    (folder / "a.yaml").write_text(MENU.replace("book: menu", "yes: menu"))
    (folder / "common.yaml").write_text("intnets: {book: {words: [book]}}\n")
    code, output = run("flows/common.yaml")
    assert code == 1
    assert "'intnets' is not a key of an included file. Did you mean 'intents'?" in output
    assert "states" not in output


RATE = "states: {rate: {ask: Was it good?, on: {yes: thanks}}, thanks: {say: Thank you.}}\n"
RUNS = "states: {a: {run: rate.yaml, next: bye}, bye: {hangup: Bye.}}\n"


def test_a_flow_that_others_run_may_end_where_nothing_follows(folder: Path) -> None:
    (folder / "rate.yaml").write_text(RATE)
    assert run()[0] == 1
    (folder / "a.yaml").write_text(RUNS)
    assert run() == (0, "2 files: 0 errors, 0 warnings\n")
    assert run("flows/rate.yaml") == (0, "1 file: 0 errors, 0 warnings\n")


def test_a_flow_that_a_number_leads_to_has_to_end_the_call(folder: Path) -> None:
    (folder / "rate.yaml").write_text(RATE)
    (folder / "a.yaml").write_text(RUNS)
    (folder / "dids.yaml").write_text("dids: {8645012345: {flow: rate.yaml}}\n")
    code, output = run()
    assert code == 1
    assert "error[dead-end] nothing follows the state 'thanks'." in output


def test_no_number_leads_to_a_file_that_is_included(folder: Path) -> None:
    (folder / "common.yaml").write_text("intents: {book: {words: [book]}}\n")
    (folder / "a.yaml").write_text(GOOD)
    (folder / "dids.yaml").write_text("dids: {8645012345: common.yaml}\ndefault: a.yaml\n")
    code, output = run()
    assert code == 1
    assert "error[unknown-flow] there is no flow 'common.yaml'." in output


def test_flows_that_run_each_other_in_a_circle_are_told_so_in_each(folder: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        text = f"states: {{x: {{run: {other}.yaml, next: y}}, y: {{hangup: Bye.}}}}\n"
        (folder / f"{one}.yaml").write_text(text)
    code, output = run()
    assert code == 1
    assert "flows/a.yaml:1:19: error[runs-itself] 'flows/a.yaml' runs itself by way of" in output
    assert "flows/b.yaml:1:19: error[runs-itself] 'flows/b.yaml' runs itself by way of" in output
    assert "broken-flow" not in output


def test_dids_may_name_the_flows_beside_them(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD)
    (folder / "dids.yaml").write_text("dids: {8645012345: a.yaml, 8645012346: b.yaml}\n")
    code, output = run()
    assert code == 1
    assert "flows/dids.yaml:1:40: error[unknown-flow] there is no flow 'b.yaml'." in output


def test_recordings_are_looked_for_beside_the_flow(folder: Path) -> None:
    (folder / "bye.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    (folder / "a.yaml").write_text("states: {bye: {hangup: {audio: bye.wav}}}\n")
    assert run()[0] == 0


def test_a_file_that_is_no_text_is_an_error(folder: Path) -> None:
    (folder / "a.yaml").write_bytes(b"\xff\xfe\x00")
    code, output = run()
    assert code == 1
    assert "it is not UTF-8" in output


def test_problems_are_printed_for_programs_and_for_github(folder: Path) -> None:
    (folder / "a.yaml").write_text(BAD)
    assert json.loads(run("--format", "json")[1])[0]["code"] == "unknown-key"
    assert run("--format", "github")[1].startswith("::error file=flows/a.yaml,line=1,col=30")
    assert run("--format", "xml")[0] == 2


def test_help_has_an_example() -> None:
    assert "callwright check flows/clinic.yaml" in run("--help")[1]
