"""When the machine beneath took a core away: what a guest's own scheduler cannot tell.

    python -m bench.pauses CORE

Prints "began ended" (seconds, CLOCK_MONOTONIC) of each pause. It sleeps for 2 ms at a time, before
everything else on its core (SCHED_FIFO, which needs root): whatever wakes it much later is nothing
that runs here. On an idle virtual machine of two cores such pauses of 20 to 60 ms came once a
minute.
"""

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NAP_SECONDS: Final = 0.002
SHORTEST: Final = 0.004
"""Seconds late from which it counts as a pause."""
KEPT: Final = 256


class Pauses:
    """The newest pauses of a core, as they are told; none where nobody watches it."""

    def __init__(self, told: int | None) -> None:
        """`told` is the file (not blocking) that the watcher writes to."""
        self._told = told
        self._rest = b""
        self._found: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self.count = 0
        self.longest = 0.0

    @property
    def are_watched(self) -> bool:
        """Whether there is somebody to tell of them."""
        return self._told is not None

    def within(self, begin: float, end: float) -> float:
        """Return the seconds of that time in which the core was away."""
        self._listen()
        return overlap(self._found, begin, end)

    def _listen(self) -> None:
        if self._told is None:
            return
        try:
            heard = os.read(self._told, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + heard).split(b"\n")
        for line in lines:
            began, ended = map(float, line.split())
            self._found.append((began, ended))
            self.count += 1
            self.longest = max(self.longest, ended - began)


def overlap(pauses: "deque[tuple[float, float]]", begin: float, end: float) -> float:
    """Return how much of the pauses lies in that time."""
    return sum(max(0.0, min(end, ended) - max(begin, began)) for began, ended in pauses)


@contextmanager
def watched(core: int) -> Iterator[Pauses]:
    """Watch a core while the block runs; nobody does where that is not allowed."""
    words = [sys.executable, "-m", "bench.pauses", str(core)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[1]
    ) as process:
        assert process.stdout is not None
        try:
            is_there = process.stdout.readline() == b"watching\n"
            os.set_blocking(process.stdout.fileno(), False)
            yield Pauses(process.stdout.fileno() if is_there else None)
        finally:
            process.kill()


def main() -> None:
    """Watch until killed; exit status 1 where that is not allowed."""
    try:
        os.sched_setaffinity(0, {int(sys.argv[1])})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    except OSError as error:
        sys.exit(str(error))
    print("watching", flush=True)
    last = time.monotonic()
    while True:
        time.sleep(NAP_SECONDS)
        now = time.monotonic()
        if now - last - NAP_SECONDS >= SHORTEST:
            print(f"{last + NAP_SECONDS:.6f} {now:.6f}", flush=True)
        last = now


if __name__ == "__main__":
    main()
