"""The measure's calls without real time: callers and server in this process, on a clock that jumps.

What waits takes no time; what works takes none by this clock, but for the recogniser, which takes
the processor's time that it took when it heard this sound first. Others on the machine change
nothing, so that cut-offs and delays of two runs can be compared; the server's own share of a delay
(some ms), the network and the scramble for the processors are not in it.
"""

import asyncio
import hashlib
import json
import selectors
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosedOK

from bench.server import DID, NotMeasurable
from bench.turn_caller import Phone
from bench.turn_calls import PlannedCall
from bench.turn_track import LedCall
from providers import registry
from providers.base import Hints, SpeechToText, Transcript
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.record import CallRecord, Turn
from runtime.call.session import CallSession
from runtime.carrier import messages
from runtime.carrier.messages import CloseCode, Connected
from runtime.server.app import House
from runtime.settings import Settings, Speech

BEGAN_AT = 1_800_000_000.0
"""POSIX seconds at which the clock begins."""
PROCESSORS = 2
"""Recognitions at the same time, whatever this machine has."""


class _Jump(selectors.SelectSelector):
    """Never waits: what would have been waited for is added to the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and no timer runs")
        if not ready and timeout:
            self.now += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer, and whose threads' work is done at once."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds since it was made."""
        return self._jump.now

    def run_in_executor(  # type: ignore[override] - the overload of typeshed is a union of its own
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Do it now, in this thread."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            done.set_exception(error)
        return done


class KeptSpeechToText:
    """A recogniser whose work is kept in a folder, and takes the same time each time.

    At most `PROCESSORS` at once, first come, first served; what was begun is worked on to its end
    although nobody wants it any more, as a thread does.
    """

    def __init__(self, inner: SpeechToText, folder: Path) -> None:
        self.name = inner.name
        self.eager = inner.eager
        self._inner = inner
        self._folder = folder
        self._places = asyncio.Semaphore(PROCESSORS)
        folder.mkdir(parents=True, exist_ok=True)

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says. Raises `ProviderError`."""
        heard, seconds = await self._kept(utterance, hints)
        await self._places.acquire()
        asyncio.get_running_loop().call_later(seconds, self._places.release)
        await asyncio.sleep(seconds)
        return heard

    async def warm(self) -> None:
        """Load what is inside."""
        await self._inner.warm()

    async def close(self) -> None:
        """End what is inside."""
        await self._inner.close()

    async def _kept(self, utterance: bytes, hints: Hints) -> tuple[Transcript, float]:
        key = hashlib.sha256(repr((self.name, hints)).encode() + utterance).hexdigest()[:32]
        path = self._folder / f"{key}.json"
        if not path.exists():
            before = time.process_time()
            heard = await self._inner.transcribe(utterance, hints)
            content = {"heard": asdict(heard), "seconds": time.process_time() - before}
            new = path.with_suffix(".new")
            new.write_text(json.dumps(content), encoding="utf-8")
            new.replace(path)
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Transcript(**kept["heard"]), kept["seconds"]


class _Door:
    """Stands for the socket of one call; the call begins with its first message."""

    def __init__(self, loaded: LoadedFlow, equipment: Equipment) -> None:
        self._loaded = loaded
        self._equipment = equipment
        self._session: CallSession | None = None
        self._running: asyncio.Task[None] | None = None
        self._sent: asyncio.Queue[str | None] = asyncio.Queue()

    async def send(self, message: str) -> None:
        if self._session is None:
            self._begin(messages.read(message))
        else:
            self._session.on_text(message)

    async def recv(self) -> str:
        message = await self._sent.get()
        if message is None:
            raise ConnectionClosedOK(None, None)
        return message

    async def close(self) -> None:
        if self._session is not None and self._running is not None:
            self._session.on_close()
            await self._running

    async def look(self) -> dict[str, Any]:
        turns = self._session.record.turns if self._session is not None else ()
        return {"turns": [_shown(turn) for turn in turns]}

    def _begin(self, connected: object) -> None:
        assert isinstance(connected, Connected)
        flow = self._loaded.flow
        record = CallRecord(
            call_id=connected.call_id,
            did=DID,
            mobile="",
            flow=flow.name,
            flow_version=flow.version,
            started_at=self._equipment.clock(),
        )
        # Whatever is made by lot in the flow is the same in each run.
        record.id = record.call_id
        self._session = CallSession(record, self._loaded, self._equipment, self._sent.put)
        self._running = asyncio.get_running_loop().create_task(self._session.run(self._closed))

    async def _closed(self, code: CloseCode, reason: str) -> None:
        await self._sent.put(None)


def _shown(turn: Turn) -> dict[str, Any]:
    """As `GET /v1/calls/{id}` shows it."""
    at = datetime.fromtimestamp(turn.at, UTC).isoformat()
    return {"at": at, "who": turn.who, "text": turn.text, "state": turn.state}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where the bot is, and what is kept."""

    flows: Path
    data: Path

    def lead(
        self, calls: Sequence[PlannedCall], at_once: int, gap: float, over: Callable[[str], None]
    ) -> list[LedCall]:
        """Lead the calls, `at_once` at the same time, the first ones `gap` seconds apart.

        `over` is told the name of each that has ended. Raises `NotMeasurable`.
        """
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            return runner.run(self._lead_all(calls, at_once, gap, over))

    async def _lead_all(
        self, calls: Sequence[PlannedCall], at_once: int, gap: float, over: Callable[[str], None]
    ) -> list[LedCall]:
        loop = asyncio.get_running_loop()
        house = await self._house()
        answer = house.shelf.for_did(DID)
        if answer is None:
            raise NotMeasurable("the bot does not serve")
        equipment = replace(house.equipment, clock=lambda: BEGAN_AT + loop.time())
        gate = asyncio.Semaphore(at_once)

        async def one(number: int, call: PlannedCall) -> LedCall:
            await asyncio.sleep(gap * min(number, at_once))
            async with gate:
                door = _Door(answer.loaded, equipment)
                led = await Phone(call, door, door.look, equipment.clock).go()
            over(call.name)
            return led

        async with asyncio.TaskGroup() as tasks:
            under_way = [tasks.create_task(one(n, call)) for n, call in enumerate(calls)]
        equipment.meter.close()
        await house.workshop.close()
        return [task.result() for task in under_way]

    async def _house(self) -> House:
        def build(kind: Any, name: str, options: Mapping[str, Any]) -> Any:
            made = registry.build(kind, name, options)
            return KeptSpeechToText(made, self.data / "heard") if kind == "stt" else made

        settings = Settings(speech=Speech(activity="silero"))
        dids = self.flows / "dids.yaml"
        house = House.build(settings, self.flows, dids, self.data / "data", build=build)
        await house.shelf.load()
        return house
