from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from runtime.cli import app
from runtime.cli.new import FILES
from runtime.settings import load_settings


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "my" / "bot"
    assert run("new", str(folder))[0] == 0
    return folder


def test_what_is_written_has_no_problems(bot: Path):
    code, output = run("check", str(bot))
    assert code == 0
    assert ": 0 errors, 0 warnings" in output
    assert {path.name for path in bot.iterdir()} == set(FILES)


def test_its_settings_can_be_used(bot: Path):
    assert load_settings(bot / "callwright.yaml").server.port == 8080


def test_its_test_has_the_form_of_conversation_tests(bot: Path):
    suite = yaml.safe_load((bot / "shop.test.yaml").read_text())
    assert suite["flow"] == "shop.yaml"
    for test in suite["tests"]:
        assert test["name"]
        for step in test["talk"]:
            assert step.keys() <= {"bot", "caller", "press", "ended"}


def test_the_bot_talks_as_its_test_says(bot: Path):
    result = CliRunner().invoke(
        app, ["chat", str(bot / "shop.yaml")], input="I want to buy a fan\n"
    )
    assert "bot: Welcome to Sunrise Traders." in result.output
    assert "bot: Our sales team will call you back." in result.output
    assert "the call has ended: hangup" in result.output


def test_it_says_what_to_do_next(tmp_path: Path):
    _, output = run("new", str(tmp_path / "bot"))
    for command in ("check", "chat", "test", "serve"):
        assert f"callwright {command}" in output


def test_nothing_is_overwritten(tmp_path: Path):
    (tmp_path / "dids.yaml").write_text("mine")
    assert run("new", str(tmp_path)) == (
        2,
        f"{tmp_path} has dids.yaml already; nothing was written.\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["dids.yaml"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    code, output = run("new", str(tmp_path / "file" / "bot"))
    assert code == 2
    assert "cannot be written" in output
