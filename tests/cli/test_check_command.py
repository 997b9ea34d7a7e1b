import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from runtime.cli.check import check

GOOD = "states: {bye: {hangup: Bye.}}\n"
BAD = "states: {bye: {hangup: Bye., tris: 3}}\n"
ODD = "states: {bye: {hangup: Bye.}, other: {hangup: Bye.}}\n"

app = typer.Typer()
app.command()(check)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("flows").mkdir()
    return Path("flows")


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
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


def test_a_folder_is_searched_without_tests_settings_and_hidden_ones(folder: Path) -> None:
    for name in ("a.yaml", "deep/b.yaml", "a.test.yaml", "callwright.yaml", ".git/c.yaml"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD if name in ("a.yaml", "deep/b.yaml") else "nonsense")
    assert run() == (0, "2 files: 0 errors, 0 warnings\n")


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
