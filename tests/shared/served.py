"""`callwright serve` as a process of its own, with scripted speech."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running import DIDS, HELLO

CONFIG = """
speech: {activity: energy}
providers:
  stt: {local: {use: scripted, answers: book}}
  tts: {local: {use: scripted, milliseconds_per_character: 5}}
"""


@contextmanager
def served(
    folder: Path, *options: str, flow: str = HELLO, config: str = CONFIG
) -> Iterator["subprocess.Popen[str]"]:
    (folder / "hello.yaml").write_text(flow)
    (folder / "dids.yaml").write_text(DIDS)
    (folder / "callwright.yaml").write_text(config)
    command = [sys.executable, "-c", "from runtime.cli import app; app()", "serve"]
    """Run it while the block runs; it is killed at its end, should it still run."""
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


def until_said(process: "subprocess.Popen[str]", words: str) -> str:
    """Read what it prints up to a line with those words; return that line."""
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    pytest.fail(f"it never said '{words}'")


def address_of(process: "subprocess.Popen[str]") -> str:
    """Wait until it is ready; return its address, such as http://127.0.0.1:40123."""
    return until_said(process, "Callwright is ready on").split(" on ")[1].split()[0]
