import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import DIDS, HELLO
from shell import callwright

CONFIG = """
speech: {activity: energy}
providers:
  stt: {local: {use: scripted, answers: book}}
  tts: {local: {use: scripted, milliseconds_per_character: 5}}
"""


@contextmanager
def _serving(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    (folder / "hello.yaml").write_text(HELLO)
    (folder / "dids.yaml").write_text(DIDS)
    (folder / "callwright.yaml").write_text(CONFIG)
    command = [sys.executable, "-c", "from runtime.cli import app; app()", "serve"]
    with subprocess.Popen(
        [*command, "--flows", str(folder), "--data", str(folder / "data"), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _until(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    pytest.fail(f"it never said '{words}'")


def test_serve_says_when_it_is_ready_where_and_what_to_try_and_stops_when_told(tmp_path: Path):
    with _serving(tmp_path, "--port", "0") as process:
        line = _until(process, "ready")
        assert "callwright dial --did 8645012345" in line
        address = line.split(" on ")[1].split()[0]
        with urllib.request.urlopen(f"{address}/ready") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        _until(process, "has stopped")
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
