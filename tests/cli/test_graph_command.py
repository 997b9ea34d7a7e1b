import json
from pathlib import Path

from typer.testing import CliRunner

from runtime.cli import app
from runtime.flow.schema import flow_schema


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def flow(folder: Path, text: str = "states: {bye: {hangup: Bye.}}\n") -> str:
    (folder / "bot.yaml").write_text(text)
    return str(folder / "bot.yaml")


def test_a_flow_is_printed_as_mermaid(tmp_path: Path):
    code, output = run("graph", flow(tmp_path))
    assert code == 0
    assert output.startswith("flowchart TD\n")


def test_a_picture_is_written_to_a_file(tmp_path: Path):
    out = tmp_path / "bot.svg"
    assert run("graph", flow(tmp_path), "--format", "svg", "--output", str(out)) == (0, "")
    assert out.read_text().startswith("<svg ")


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
