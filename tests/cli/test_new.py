import asyncio
import json
from pathlib import Path

import pytest
from running import running
from shell import callwright

from runtime.cli.new import FILES
from runtime.flow.model import Collect
from runtime.flow.reading import read_flow
from runtime.settings import load_settings


def run(*arguments: str) -> tuple[int, str]:
    result = callwright(arguments)
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


def test_its_tests_pass_and_take_every_way(bot: Path):
    code, output = run("test", str(bot), "--json")
    report = json.loads(output)
    assert code == 0
    assert len(report["tests"]) == 5
    [coverage] = report["coverage"]
    assert (coverage["missing_states"], coverage["missing_ways"]) == ([], [])


def test_it_shows_slots_an_answer_and_what_happens_when_nothing_is_understood(bot: Path):
    flow = read_flow((bot / "shop.yaml").read_text(), "shop.yaml", open_file=lambda _: None).flow
    assert flow is not None
    assert [state.name for state in flow.states.values() if isinstance(state.verb, Collect)]
    assert [intent.name for intent in flow.intents.values() if intent.answer]
    assert "give_up" in flow.always


def test_it_is_read_in_two_minutes(bot: Path):
    lines = (bot / "shop.yaml").read_text().splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 100


def test_the_bot_talks(bot: Path):
    result = callwright(["chat", str(bot / "shop.yaml")], "what is the price of a fan\n")
    assert "bot: Welcome to Sunrise Traders." in result.output
    assert "bot: Our sales team will call you back." in result.output
    assert "the call has ended: hangup" in result.output


@pytest.mark.network
def test_a_server_takes_it_at_once(bot: Path, tmp_path: Path):
    async def answering() -> str:
        files = {name: (bot / name).read_text() for name in FILES}
        dids = files.pop("dids.yaml")
        async with running(tmp_path, dids=dids, flows=files) as server:
            answer = server.house.shelf.for_did("8645012345")
            assert answer is not None
            return answer.loaded.flow.file

    assert Path(asyncio.run(answering())).name == "shop.yaml"


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
