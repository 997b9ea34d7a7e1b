"""What recording adds to a call: CPU time of the event loop's thread a frame, the writer's, memory.

In process and without a socket: frames go into an ear, with a tape and without one, in turn.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path
from uuid import uuid4

import numpy as np

from runtime.audio.mulaw import encode
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.tape import Tape
from runtime.carrier.messages import AudioPayload

FRAME_SECONDS = 0.02
SECONDS = 60
"""Of call time, a round."""
ROUNDS = 7

EXAMPLE = """\
example:
  python -m bench.recording --calls 50
"""


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock is set, so that a minute of call need not take one."""

    now = 0.0

    def time(self) -> float:
        return self.now


def _noise(seconds: float, seed: int) -> bytes:
    return encode(np.random.default_rng(seed).normal(0, 0.1, round(8000 * seconds)))


class _Calls:
    """So many calls that are recorded at once, each with a bot that speaks half of the time."""

    def __init__(self, loop: _Loop, shelf: RecordingShelf, calls: int, *, holds_back: bool) -> None:
        self.loop = loop
        self.files = [shelf.open(uuid4().hex, 0.0)[0] for _ in range(calls)]
        self.tapes = [Tape(file, 0, holds_back=holds_back) for file in self.files]
        self._frame = _noise(FRAME_SECONDS, 1)
        # Lines that no other call has: the writer decodes each.
        self._lines = [AudioPayload.of(_noise(3.0, seed)) for seed in range(calls)]

    def go(self, seconds: int) -> tuple[float, float]:
        """Let them talk; return CPU seconds of this thread, and of all threads."""
        mine, all_ = time.thread_time(), time.process_time()
        for frame in range(round(seconds / FRAME_SECONDS)):
            self.loop.now += FRAME_SECONDS
            if frame % 300 == 0:
                for tape, line in zip(self.tapes, self._lines, strict=True):
                    tape.plays(line, self.loop.now, is_sensitive=False)
            for tape in self.tapes:
                tape.caller_says(self._frame)
            while any(file.unwritten > 2 for file in self.files):
                # The disk is to keep up with calls that are faster than life.
                time.sleep(0.001)
        while any(file.unwritten for file in self.files):
            time.sleep(0.001)
        return time.thread_time() - mine, time.process_time() - all_


def _empty(calls: int, seconds: int) -> float:
    """Return what the loops above cost themselves, with the `if` that a call without tape has."""
    tapes: list[Tape | None] = [None] * calls
    before = time.thread_time()
    for _ in range(round(seconds / FRAME_SECONDS)):
        for tape in tapes:
            if tape is not None:
                tape.caller_says(b"")
    return time.thread_time() - before


def _measure(calls: int, *, holds_back: bool) -> str:
    frames = calls * SECONDS / FRAME_SECONDS
    rows: list[tuple[float, float, float]] = []
    kilobytes = 0.0
    with tempfile.TemporaryDirectory() as folder:
        loop = _Loop()

        async def go() -> None:
            nonlocal kilobytes
            shelf = RecordingShelf(Path(folder) / "recordings")
            gc.collect()
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            talking = _Calls(loop, shelf, calls, holds_back=holds_back)
            lines = calls * (85_000 + 200)
            talking.go(20)
            kilobytes = (tracemalloc.get_traced_memory()[0] - before - lines) / calls / 1000
            tracemalloc.stop()
            for _ in range(ROUNDS):
                mine, all_ = talking.go(SECONDS)
                bare = _empty(calls, SECONDS)
                rows.append((bare, mine - bare, all_ - mine))
            shelf.close()

        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(go())
    bare, added, writer = (
        statistics.median(column) / frames * 1e6 for column in zip(*rows, strict=True)
    )
    return (
        f"| {'yes' if holds_back else 'no'} | {bare:.2f} | {added:.2f} | {writer:.2f} "
        f"| {kilobytes:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=50, help="recorded at once [50]")
    calls = parser.parse_args().calls
    print("| sensitive slots | off, us a frame | event loop, us | writer, us | kB a call |")
    print("| --- | --- | --- | --- | --- |")
    for holds_back in (False, True):
        print(_measure(calls, holds_back=holds_back))


if __name__ == "__main__":
    main()
