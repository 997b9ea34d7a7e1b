"""What keeping calls costs those who talk: the event loop's work, and whether it is ever late.

    python bench/store.py [--events 600] [--seconds 20] [--url postgresql://…]

Calls are led through the engine as fast as their events say, each step with all that is kept of
it (the step with its effects, turns, events, values). Meanwhile a frame is due every 20 ms; how
late it comes with the writer at work, and without, is what callers would notice.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from runtime.call.record import CallRecord  # noqa: E402
from runtime.flow import engine  # noqa: E402
from runtime.flow.engine.effects import Entered, Say, Understood  # noqa: E402
from runtime.flow.engine.events import Event, Heard, PlayedOut, SpeechStarted  # noqa: E402
from runtime.flow.engine.state import shown_values  # noqa: E402
from runtime.flow.model import Flow  # noqa: E402
from runtime.flow.reading import read_flow  # noqa: E402
from runtime.store import migration  # noqa: E402
from runtime.store.database import Database  # noqa: E402
from runtime.store.store import Store  # noqa: E402
from runtime.store.writer import Keep, KeepNothing  # noqa: E402

CALLS = 200
FRAME = 0.02

FLOW = """
greeting: Hello, this is the bench.
start: name
slots:
  name: {type: name, ask: "What is your name?"}
  city: {type: text, ask: "In which city do you live?"}
states:
  name: {collect: [name], next: city}
  city: {collect: [city], next: again}
  again: {ask: "Shall we do it again?", on: {"yes": name, "no": name}, no_match: Pardon?, tries: 9}
"""
SAID = cycle(["my name is Asha", "Pune", "yes", "Ravi", "I live in Chennai", "no"])


@dataclass
class Lateness:
    """How late frames are, in seconds."""

    seen: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + FRAME
        while True:
            await asyncio.sleep(due - loop.time())
            self.seen.append(loop.time() - due)
            due += FRAME

    def at(self, share: float) -> float:
        return sorted(self.seen)[int(share * (len(self.seen) - 1))] * 1000


class Call:
    """One call, a step at a time."""

    def __init__(self, flow: Flow, number: int, keep: Keep) -> None:
        now = time.time()
        self.record = CallRecord(
            f"carrier-{number}", "8645012345", "9800000000", flow.name, flow.version, now, keep=keep
        )
        self._flow = flow
        started = self.record.as_started()
        self._state, effects = engine.start(flow, started)
        self.record.begun()
        self.record.stepped(flow, None, started, effects, self._state)
        self._note(now, effects)
        self._events = self._goes_on()

    def step(self) -> None:
        event = next(self._events)
        before = self._state
        self._state, effects = engine.step(self._flow, before, event)
        self.record.stepped(self._flow, before, event, effects, self._state)
        self._note(event.at, effects)
        self.record.knows(event.at, *shown_values(self._flow, self._state))

    def _goes_on(self) -> Iterator[Event]:
        while True:
            for line in self._state.speaking:
                yield PlayedOut(at=time.time(), say=line.number)
            yield SpeechStarted(at=time.time())
            yield Heard(at=time.time(), text=next(SAID))

    def _note(self, at: float, effects: tuple[object, ...]) -> None:
        for effect in effects:
            match effect:
                case Say():
                    self.record.bot_says(at, effect)
                case Understood():
                    self.record.caller_says(at, effect)
                case Entered(state=state):
                    self.record.note(at, "entered", state=state)


async def lead(flow: Flow, keep: Keep, rate: float, seconds: float) -> tuple[float, Lateness]:
    """Return the loop's CPU seconds a second, and how late frames came."""
    late = Lateness()
    watching = asyncio.create_task(late.watch())
    calls = [Call(flow, number, keep) for number in range(CALLS)]
    loop = asyncio.get_running_loop()
    began, cpu = loop.time(), time.thread_time()
    for number in count():
        due = began + number / rate
        if due - began >= seconds:
            break
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        calls[number % CALLS].step()
    used = (time.thread_time() - cpu) / (loop.time() - began)
    watching.cancel()
    return used, late


async def measure(database: Database, rate: float, seconds: float) -> None:
    flow = read_flow(FLOW, "bench.yaml", open_file=lambda _: None).flow
    assert flow is not None
    without, calm = await lead(flow, KeepNothing(), rate, seconds)
    store = Store.of(database, "bench")
    async with store.open():
        process, thread = time.process_time(), time.thread_time()
        with_it, busy = await lead(flow, store.writer, rate, seconds)
        await store.writer.flushed()
        process, thread = time.process_time() - process, time.thread_time() - thread
        lost = store.writer.lost
    print(f"{rate:g} steps a second of {CALLS} calls, {seconds:g} s, {database.shown()}")
    print(f"event loop's CPU without a store {without:7.2%} of a core")
    print(f"event loop's CPU with it         {with_it:7.2%}: {with_it - without:+.2%} (under 3 %)")
    print(f"writer's thread                  {(process - thread) / seconds:7.2%}")
    for name, late in (("without", calm), ("with", busy)):
        shown = "  ".join(f"p{100 * share:g} {late.at(share):.2f}" for share in (0.5, 0.99, 1.0))
        print(f"a frame is late {name:7} (ms)  {shown}")
    print(f"changes lost {lost}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--events", type=float, default=600.0, help="steps of the engine a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--url", help="another database than a SQLite file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database.of(options.url, Path(folder))
        migration.upgrade(database)
        asyncio.run(measure(database, options.events, options.seconds))


if __name__ == "__main__":
    main()
