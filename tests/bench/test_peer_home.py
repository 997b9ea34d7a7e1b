"""What the peers need, and how their words are read."""

from pathlib import Path

import pytest

from bench import peer_home
from bench.contestants import ALL, Peer
from bench.peer_home import PEERS, REQUIREMENTS, requirements


def test_comments_and_empty_lines_are_no_requirements():
    text = "# both\npicows==2.3.1\n\npipecat-ai[silero]==1.14.0  # the peer\nx==1; a >= '3'\n"
    assert requirements(text) == ["picows==2.3.1", "pipecat-ai[silero]==1.14.0", "x==1; a >= '3'"]


def test_every_requirement_is_pinned():
    assert all("==" in each for each in requirements(REQUIREMENTS.read_text()))


def test_every_peer_is_a_file():
    peers = [each for each in ALL.values() if isinstance(each, Peer)]
    assert peers
    assert all((PEERS / peer.program.file).is_file() for peer in peers)


def test_peers_are_installed_again_only_when_the_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wanted, told, installed = tmp_path / "requirements.txt", [], []
    wanted.write_text("good==1\n")
    monkeypatch.setattr(peer_home, "REQUIREMENTS", wanted)
    monkeypatch.setattr(peer_home, "_STAMP", tmp_path / ".installed")
    monkeypatch.setattr(peer_home, "python", lambda: wanted)
    monkeypatch.setattr(peer_home, "_install", installed.append)
    for _ in range(2):
        peer_home.prepare(told.append)
    assert (len(told), len(installed)) == (1, 1)
    wanted.write_text("good==2\n")
    peer_home.prepare(told.append)
    assert (len(told), len(installed)) == (2, 2)


def test_one_that_cannot_be_had_does_not_cost_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wanted, told, installed = tmp_path / "requirements.txt", [], []
    wanted.write_text("good==1\nbad==1\n")

    def install(arguments):
        if arguments[0] == "--requirement" or "bad" in arguments[0]:
            return "no such release"
        installed.append(arguments[0])
        return None

    monkeypatch.setattr(peer_home, "REQUIREMENTS", wanted)
    monkeypatch.setattr(peer_home, "_STAMP", tmp_path / ".installed")
    monkeypatch.setattr(peer_home, "python", lambda: wanted)
    monkeypatch.setattr(peer_home, "_install", install)
    peer_home.prepare(told.append)
    assert installed == ["good==1"]
    assert told[1:] == ["Cannot install bad==1: no such release"]
    assert not (tmp_path / ".installed").exists()
