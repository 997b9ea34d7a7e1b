import signal
import urllib.request
from pathlib import Path

import pytest
from served import served, until_said
from shell import callwright

from runtime.store.database import Database
from runtime.store.store import alone

pytestmark = pytest.mark.network


def test_serve_says_when_it_is_ready_where_and_what_to_try_and_stops_when_told(tmp_path: Path):
    with served(tmp_path, "--port", "0") as process:
        line = until_said(process, "ready")
        assert "callwright dial --did 8645012345" in line
        address = line.split(" on ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/ready") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        until_said(process, "has stopped")
        assert process.wait(10) == 0


def test_who_reads_along_does_not_hold_up_the_stop_and_sees_the_end_of_the_stream(tmp_path: Path):
    with served(tmp_path, "--port", "0") as process:
        address = until_said(process, "ready").split(" on ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/v1/events") as stream:
            assert stream.readline() == b"retry: 2000\n"
            process.send_signal(signal.SIGTERM)
            # A stream that is broken off raises here.
            stream.read()
        until_said(process, "has stopped")
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "media.secret"),
        (("--flows", "nowhere"), "is no folder"),
        (("--config", "nowhere.yaml"), "cannot be read"),
    ],
)
def test_serve_refuses_what_cannot_work_with_a_sentence_and_status_2(
    tmp_path: Path, options: tuple[str, ...], words: str
):
    flows = () if "--flows" in options else ("--flows", str(tmp_path))
    result = callwright(["serve", *flows, *options])
    assert words in result.stderr
    assert result.exit_code == 2


def test_a_second_server_on_the_same_data_is_refused_in_one_sentence(tmp_path: Path):
    flows = tmp_path / "flows"
    flows.mkdir()

    database = Database.of(None, tmp_path)
    with alone(database):
        options = ("--flows", str(flows), "--data", str(tmp_path), "--port", "0")
        result = callwright(["serve", *options])
    assert result.exit_code == 2
    assert "another server keeps its calls" in result.stderr
    assert "Traceback" not in result.stderr
