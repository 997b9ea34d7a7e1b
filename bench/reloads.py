"""A thousand reloads under fifty live calls: is memory flat, is a call dropped, does it stutter?"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import Caller, Generator, Load
from bench.server import BOT, DID, NotMeasurable

FLOWS = Path(__file__).with_name("reloaded")
ROOT = Path(__file__).parents[1]
QUIET_SECONDS = 10.0
"""Without a reload, to compare with."""
SILENCE = 3.0
NOISE_DB = -60.0
PASSING_SECONDS = 3.0
READY_SECONDS = 60.0

_CONFIG = """\
server: {{max_calls: 2000, drain: 0}}
speech: {{activity: {activity}}}
understanding: {{grade: light}}
providers:
  stt: {{local: {{use: scripted, answers: "yes"}}}}
  tts: {{local: {{use: scripted, milliseconds_per_character: 20}}}}
"""

EXAMPLE = """\
example:
  python bench/reloads.py --calls 50 --reloads 1000
"""

HEADINGS = (
    "reloads  memory MB  calls  versions  loop late p50  p99  max ms   save to serving p50  max ms"
)


class Callers:
    """The calls that last throughout, and a few that come and go, so that versions do, too."""

    def __init__(self, port: int, calls: int, passing: int) -> None:
        self._port = port
        self._caller = Caller.of(BOT / "caller.wav", SILENCE, NOISE_DB)
        self._stop = threading.Event()
        self.lasting = self._generator(calls)
        self.loads: list[Load] = []
        self._threads = [threading.Thread(target=self._last)]
        if passing:
            self._threads.append(threading.Thread(target=self._pass, args=(passing,)))

    def _generator(self, calls: int) -> Generator:
        address = ("127.0.0.1", self._port, f"/media/{DID}")
        return Generator(*address, calls, self._caller, time.monotonic)

    def _last(self) -> None:
        self.loads.append(self.lasting.run_until(self._stop.is_set))

    def _pass(self, calls: int) -> None:
        while not self._stop.is_set():
            self.loads.append(self._generator(calls).run(0.0, PASSING_SECONDS))

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Call while the block runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()


def line(row: dict[str, Any]) -> str:
    """Return a mark as a line of the table."""
    return (
        f"{row['reloads']:7}{row['resident_mb']:11.1f}{row['live_calls']:7}{row['versions']:10}"
        f"{row['late_p50_ms']:15.1f}{row['late_p99_ms']:5.1f}{row['late_max_ms']:8.1f}"
        f"{_shown(row['took_p50_ms']):>22}{_shown(row['took_max_ms']):>8}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def summary(loads: list[Load]) -> str:
    """Return what became of the calls."""
    calls = sum(load.calls for load in loads)
    errors = sum((load.errors for load in loads), start=type(loads[0].errors)())
    turns = sum(len(load.turns) for load in loads)
    unanswered = sum(load.unanswered for load in loads)
    waits = sorted(t.seconds for load in loads for t in load.turns if t.seconds is not None)
    p99 = f"{1000 * waits[int(len(waits) * 0.99)]:.0f} ms" if waits else "-"
    broken = ", ".join(f"{count} x {what}" for what, count in errors.items()) or "none"
    return (
        f"Calls: {calls}, dropped or broken: {broken}\n"
        f"Turns: {turns}, unanswered: {unanswered}, last word to first sound p99: {p99}"
    )


@contextmanager
def _server(options: argparse.Namespace) -> "Iterator[subprocess.Popen[str]]":
    with tempfile.TemporaryDirectory(prefix="callwright-bench-") as name:
        folder = Path(name)
        shutil.copytree(FLOWS, folder / "flows")
        config = _CONFIG.format(activity=options.activity)
        (folder / "callwright.yaml").write_text(config, encoding="utf-8")
        marks = ",".join(map(str, _marks(options.reloads)))
        command = [sys.executable, "-m", "bench.reload_server", folder, marks]
        command += [str(QUIET_SECONDS), str(options.calls)]
        cores = sorted(os.sched_getaffinity(0))
        # A child inherits its parent's core, and so do all its threads.
        os.sched_setaffinity(0, {cores[0]})
        with (folder / "server.log").open("w") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        os.sched_setaffinity(0, {cores[-1]})
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            if options.log is not None:
                shutil.copy(folder / "server.log", options.log)


def _marks(reloads: int) -> list[int]:
    return sorted({mark for mark in (100, 500, 1000) if mark < reloads} | {reloads})


def _lines(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for text in process.stdout:
        said = json.loads(text)
        if said.get("done"):
            return
        yield said
    raise NotMeasurable("the server has ended; --log FILE keeps its log")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=50, help="that last throughout [50]")
    parser.add_argument("--passing", type=int, default=5, help="besides, of 5 s each [5]")
    parser.add_argument("--reloads", type=int, default=1000, help="[1000]")
    parser.add_argument("--activity", choices=("silero", "energy", "webrtc"), default="energy")
    parser.add_argument("--log", type=Path, metavar="FILE", help="keep the server's log")
    return parser.parse_args()


def main() -> int:
    """Measure and print; 2 where nothing could be measured."""
    options = _options()
    try:
        with _server(options) as process:
            said = _lines(process)
            callers = Callers(next(said)["port"], options.calls, options.passing)
            with callers.calling():
                print(HEADINGS)
                for row in said:
                    print(line(row), flush=True)
    except NotMeasurable as reason:
        print(f"Cannot measure: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2
    print(f"\n{summary(callers.loads)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
