"""A server under measurement: a process of its own on a core of its own, and what it uses."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOT = Path(__file__).with_name("bot")
DID = "8645012345"
MOST_CALLS = 2000
READY_SECONDS = 60.0

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")
_READY = re.compile(r"ready on http://([\d.]+):(\d+)")

ANSWER = "yes I am still here with you today"
"""What is recognised, whatever is said. It may go on, so the whole of `end_of_speech` is waited for
as the peers wait; a bare yes would end after 0.25 s."""

_CONFIG = """\
server: {{max_calls: {most_calls}, drain: 0{further}}}
speech: {{activity: {activity}}}
providers:
  stt: {{local: {{use: scripted, answers: "{answer}", eager: true}}}}
  tts: {{local: {{use: scripted, milliseconds_per_character: 40}}}}
"""


Command = Callable[[Path], Sequence[str | Path]]
"""What starts a server, given an empty folder of its own."""


class NotMeasurable(Exception):  # noqa: N818 - it reads as what is said to the reader
    """Nothing can be measured here; the text says why."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used so far; and its core, by whoever."""

    cpu_seconds: float
    resident_bytes: int
    core_busy_seconds: float
    core_stolen_seconds: float


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    host: str
    port: int
    pid: int
    core: int | None
    """Of the server alone; None where it may use all of them."""

    def usage(self) -> Usage:
        """Read /proc; raises `NotMeasurable` where the server has gone."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise NotMeasurable("the server has ended") from error
        # Fields 14, 15 and 24 of proc(5), after the name in brackets.
        fields = stat.rpartition(")")[2].split()
        if fields[0] == "Z":
            raise NotMeasurable("the server has ended")
        cpu = (int(fields[11]) + int(fields[12])) / _TICKS
        return Usage(cpu, int(fields[21]) * _PAGE, *_core_times(self.core))


def callwright(
    activity: str,
    further: str = "",
    profile: Path | None = None,
    flows: Path = BOT,
    collected: Path | None = None,
) -> Command:
    """Return what starts `callwright serve` with scripted providers.

    `further` goes into the settings of the server (", key: value"). With `profile` the server runs
    under cProfile and writes there what it found, when it ends; with `collected` likewise what its
    garbage collector did.
    """
    config = _CONFIG.format(
        most_calls=MOST_CALLS, activity=activity, further=further, answer=ANSWER
    )
    return lambda folder: _serve(flows, config, folder, profile, collected)


def running_server(
    activity: str, server_core: int, own_core: int
) -> AbstractContextManager[ServerProcess]:
    """Run Callwright with that voice activity while the block runs, as `running` does."""
    return running(callwright(activity), server_core, own_core)


@contextmanager
def running(command: Command, server_core: int, own_core: int) -> Iterator[ServerProcess]:
    """Run a server while the block runs; it always ends with it.

    Pins the server to one core and this process to the other. Raises `NotMeasurable`.
    """
    with tempfile.TemporaryDirectory(prefix="callwright-bench-") as name:
        folder = Path(name)
        # A child inherits its parent's core, and so do all its threads.
        os.sched_setaffinity(0, {server_core})
        try:
            with _started(command(folder), folder, server_core) as server:
                os.sched_setaffinity(0, {own_core})
                yield server
        finally:
            os.sched_setaffinity(0, {own_core})


@contextmanager
def serving(
    flows: Path, config: str, folder: Path, core: int | None = None
) -> Iterator[ServerProcess]:
    """Run `callwright serve` while the block runs; it always ends with it.

    `folder` takes its settings, log and data. Raises `NotMeasurable`.
    """
    folder = folder.resolve()
    with _started(_serve(flows.resolve(), config, folder), folder, core) as server:
        yield server


@contextmanager
def _started(
    words: Sequence[str | Path], folder: Path, core: int | None
) -> Iterator[ServerProcess]:
    log = folder / "server.log"
    with log.open("w") as stderr:
        # From the root, where the packages are.
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT
        )
    try:
        host, port = _ready(process, log)
        yield ServerProcess(host, port, process.pid, core)
    finally:
        _end(process)


def _serve(
    flows: Path,
    config: str,
    folder: Path,
    profile: Path | None = None,
    collected: Path | None = None,
) -> list[str | Path]:
    settings = folder / "callwright.yaml"
    settings.write_text(config, encoding="utf-8")
    program: list[str | Path] = [Path(sys.executable).with_name("callwright")]
    if profile is not None:
        program = [sys.executable, "-m", "bench.profiled", profile]
    elif collected is not None:
        program = [sys.executable, "-m", "bench.collected", collected]
    arguments = ["serve", "--port", "0", "--flows", flows, "--config", settings]
    return [*program, *arguments, "--data", folder / "data"]


def _ready(process: "subprocess.Popen[str]", log: Path) -> tuple[str, int]:
    assert process.stdout is not None
    overdue = threading.Timer(READY_SECONDS, process.kill)
    overdue.start()
    try:
        for line in process.stdout:
            if found := _READY.search(line):
                if "refused" in line:
                    break
                return found[1], int(found[2])
    finally:
        overdue.cancel()
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    raise NotMeasurable(f"the server did not start: {lines[-1] if lines else 'no word why'}")


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()


def _core_times(core: int | None) -> tuple[float, float]:
    """Return the seconds that a core, or all, were busy, and that the hypervisor took (proc(5))."""
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *ticks = line.split()
        if name == ("cpu" if core is None else f"cpu{core}"):
            user, nice, system, _idle, _iowait, irq, soft_irq, stolen = map(int, ticks[:8])
            return (user + nice + system + irq + soft_irq) / _TICKS, stolen / _TICKS
    raise NotMeasurable(f"there is no core {core}")
