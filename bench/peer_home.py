"""The peers' own virtualenv: made when it is missing, and again when the requirements change.

Nothing of it is ever imported here: peers are programs, run by its Python.
"""

import json
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench.decision import Decided
from bench.load import Caller, Stream
from bench.server import ROOT, Command, NotMeasurable

PEERS = Path(__file__).with_name("peers")
REQUIREMENTS = PEERS / "requirements.txt"
HOME = ROOT / ".venv-bench"
INSTALL_SECONDS = 600.0
DECIDE_SECONDS = 120.0
_STAMP = HOME / ".installed"


def prepare(tell: Callable[[str], None]) -> None:
    """Install what the peers need; what cannot be had is told, and the peers without it fail."""
    wanted = sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text(encoding="ascii") == wanted:
        return
    tell(f"Installing the peers into {HOME.name}, half a minute to some minutes …")
    if not python().exists():
        venv.create(HOME, with_pip=True)
    why = _install(["--requirement", str(REQUIREMENTS)])
    if why is None:
        _STAMP.write_text(wanted, encoding="ascii")
        return
    # One that cannot be had must not cost the others.
    for requirement in requirements(REQUIREMENTS.read_text(encoding="utf-8")):
        if (why := _install([requirement])) is not None:
            tell(f"Cannot install {requirement}: {why}")


def requirements(text: str) -> list[str]:
    """Return the lines of a requirements file that are some."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def python() -> Path:
    """Return the peers' Python."""
    return HOME / "bin" / "python"


def _install(arguments: Sequence[str]) -> str | None:
    command = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--retries", "1", "--timeout", "20", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        return f"pip took more than {INSTALL_SECONDS:.0f} s"
    return _last_line(done.stderr) if done.returncode else None


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no word why")


@dataclass(frozen=True, slots=True)
class Program:
    """A peer: a file of `bench/peers`, which `--decide` turns into its own detector."""

    file: str
    end_of_speech: float

    def _words(self) -> list[str | Path]:
        return [python(), PEERS / self.file, "--end-of-speech", str(self.end_of_speech)]

    @property
    def command(self) -> Command:
        """Return what starts it."""
        if not python().exists():
            raise NotMeasurable("the peers are not installed")
        return lambda _folder: self._words()

    def decide(self, caller: Caller, streams: Sequence[Stream]) -> Sequence[Decided]:
        """Return when its detector knows; raises `NotMeasurable`."""
        asked = {
            "round": b"".join(caller.frames).hex(),
            "calls": [[stream.first, stream.frames] for stream in streams],
        }
        try:
            done = subprocess.run(
                [*self._words(), "--decide"],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                timeout=DECIDE_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise NotMeasurable(f"{self.file} does not decide") from error
        if done.returncode:
            raise NotMeasurable(f"{self.file} cannot decide: {_last_line(done.stderr)}")
        found: list[list[int]] = json.loads(done.stdout.splitlines()[-1])
        return found
