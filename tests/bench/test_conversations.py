"""How fast conversation tests are played."""

from pathlib import Path

import pytest

from bench import conversations

FLOW = "states: {menu: {ask: What?, on: {yes: bye}}, bye: {hangup: Bye.}}\n"
TESTS = """\
flow: a.yaml
tests:
  - name: some turns
    talk: [{bot: What?}, {silence: true}, {provider_down: llm}, {caller: yes}, {ended: hangup}]
  - name: one turn
    talk: [{hang_up: true}]
"""


def suite(folder: Path, tests: str = TESTS) -> conversations.Suite:
    (folder / "a.yaml").write_text(FLOW)
    (folder / "a.test.yaml").write_text(tests)
    return conversations.read(folder / "a.test.yaml")


def test_a_turn_is_a_move_of_the_callers(tmp_path: Path):
    assert suite(tmp_path).turns == 3


def test_turns_a_second_come_from_the_rounds_that_were_played(tmp_path: Path):
    rounds = [conversations.Round(wall, 0.5) for wall in (1.0, 0.5, 3.0)]
    figures = conversations.row(suite(tmp_path), rounds).split()
    assert figures[:6] == ["a.test.yaml", "2", "3", "3", "1", "6"]
    assert len(conversations.measure(suite(tmp_path), 0.0)) == 3


def test_tests_that_fail_are_not_measured(tmp_path: Path):
    failing = suite(tmp_path, TESTS.replace("bot: What?", "bot: Who?"))
    with pytest.raises(SystemExit, match=r"'Who\?' was not said"):
        failing.play()
    with pytest.raises(SystemExit, match="has mistakes"):
        suite(tmp_path, TESTS.replace("talk", "tlak"))
