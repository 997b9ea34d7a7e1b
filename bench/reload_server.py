"""The server under reloads, in a process of its own: saves its flow and watches itself.

It is `runtime.server.serving.serve` with scripted providers, and beside it, in the same event
loop, a task that wakes every few milliseconds to see how late it is. What it finds is printed as
a line of JSON at each mark.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import uvloop

from bench.answers import percentile
from providers import registry
from runtime.call.equipment import LoadedFlow
from runtime.server.app import House
from runtime.server.logs import set_up_logs
from runtime.server.serving import listen, serve
from runtime.settings import load_settings

FLOW = "shop"
NUMBER = "0000"
"""Stands in the flow for the number of the version."""
NAP_SECONDS = 0.002
_PAGE = os.sysconf("SC_PAGESIZE")


@dataclass
class Watchman:
    """Sleeps a little, over and over; how late it wakes is how long the event loop was held up."""

    late: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Watch until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + NAP_SECONDS
            await asyncio.sleep(NAP_SECONDS)
            self.late.append(loop.time() - due)

    def take(self) -> list[float]:
        """Return what was seen since the last time."""
        late, self.late = self.late, []
        return late


class Saver:
    """Saves the flow, waits until the version serves, and counts the versions that are left."""

    def __init__(self, house: House, file: Path, watchman: Watchman) -> None:
        self._house = house
        self._file = file
        self._text = file.read_text(encoding="utf-8")
        self._watchman = watchman
        self._versions: list[weakref.ref[LoadedFlow]] = [weakref.ref(self._serving())]
        self._took: list[float] = []
        self.saved = 0

    def _serving(self) -> LoadedFlow:
        loaded = self._house.shelf.by_name(FLOW)
        assert loaded is not None, self._house.shelf.shelved
        return loaded

    async def save(self) -> None:
        """Save a version that was never there before; return when it serves."""
        self.saved += 1
        before = self._serving().flow.version
        began = perf_counter()
        text = self._text.replace(NUMBER, f"{self.saved:04}")
        await asyncio.to_thread(self._file.write_text, text, encoding="utf-8")
        while self._serving().flow.version == before:
            if problems := self._house.shelf.shelved[0].problems:
                raise RuntimeError(f"refused: {problems}")
            await asyncio.sleep(0.005)
        self._took.append(perf_counter() - began)
        self._versions.append(weakref.ref(self._serving()))

    def report(self) -> dict[str, object]:
        """Return the figures since the last mark."""
        late, took = self._watchman.take(), self._took
        self._took = []
        gc.collect()
        # The collection just now was the bench's own, and held up the loop.
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
        self._versions = [each for each in self._versions if each() is not None]
        return {
            "reloads": self.saved,
            "resident_mb": round(resident / 1e6, 1),
            "live_calls": len(self._house.switchboard),
            "versions": len(self._versions),
            "late_p50_ms": _ms(late, 50),
            "late_p99_ms": _ms(late, 99),
            "late_max_ms": _ms(late, 100),
            "took_p50_ms": _ms(took, 50),
            "took_max_ms": _ms(took, 100),
        }


def _ms(seconds: Sequence[float], share: float) -> float | None:
    found = percentile(seconds, share)
    return None if found is None else round(1000 * found, 1)


async def _run(folder: Path, marks: Sequence[int], quiet_seconds: float, calls: int) -> None:
    settings = load_settings(folder / "callwright.yaml")
    flows = folder / "flows"
    house = House.build(settings, flows, flows / "dids.yaml", folder / "data", build=registry.build)
    listening = listen("127.0.0.1", 0)
    ready = asyncio.Event()

    async def work() -> None:
        await ready.wait()
        _tell({"port": listening.getsockname()[1]})
        watchman = Watchman()
        watching = asyncio.create_task(watchman.watch())
        saver = Saver(house, flows / f"{FLOW}.yaml", watchman)
        while len(house.switchboard) < calls:  # noqa: ASYNC110 - nothing tells a bench outside
            await asyncio.sleep(0.05)
        # Caches fill, and the calls come into step.
        await asyncio.sleep(quiet_seconds / 2)
        saver.report()
        await asyncio.sleep(quiet_seconds)
        _tell(saver.report())
        for mark in marks:
            while saver.saved < mark:
                await saver.save()
            _tell(saver.report())
            # What the report itself cost is nobody's.
            await asyncio.sleep(0.05)
            watchman.take()
        watching.cancel()
        _tell({"done": True})

    working = asyncio.create_task(work())
    await serve(house, listening, drain=0, media_path="direct", ready=ready.set)
    working.cancel()


def _tell(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def main() -> None:
    """Serve `folder`; print the port, the figures at each mark, and that it is done."""
    folder, marks, quiet_seconds, calls = sys.argv[1:]
    set_up_logs("text")
    # The parent's end is ours: a bench that was killed leaves no server behind.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    numbers = [int(mark) for mark in marks.split(",")]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(Path(folder), numbers, float(quiet_seconds), int(calls)))


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
