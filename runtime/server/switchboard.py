"""The live calls of this process: how many may be, who has gone silent, and the drain."""

import asyncio
import logging
from collections.abc import Iterable

from runtime.call.equipment import Equipment
from runtime.call.record import CallRecord
from runtime.call.session import NO_ANSWER, CallSession
from runtime.flow.engine.passage import SERVER_SHUTDOWN

IDLE_SECONDS = 300.0
"""A call without an inbound message for so long is ended (the carrier's document: 5 minutes)."""

LOOK_SECONDS = 1.0

RING_SECONDS = 120.0
"""An outgoing call that nobody has answered for so long is given up."""

LAST_LINE_SECONDS = 12.0
"""For the sentence that a call ends with when the server stops; ours is spoken in half of it."""

ENDING_SECONDS = 5.0
"""For a call that was ended: its last messages, and what is done after it."""

log = logging.getLogger(__name__)


class Switchboard:
    """Knows every live call; one look a second for all of them instead of a timer for each."""

    def __init__(
        self, equipment: Equipment, max_calls: int, ring_seconds: float = RING_SECONDS
    ) -> None:
        self._equipment = equipment
        self.max_calls = max_calls
        self._ring_seconds = ring_seconds
        self._live: dict[str, CallSession] = {}
        self._all_gone = asyncio.Event()
        self._all_gone.set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._live)

    def refuses(self) -> str | None:
        """Return why no call can be taken now, if so."""
        if self.draining:
            return "draining"
        if self.talking >= self.max_calls:
            return "call limit reached"
        return None

    @property
    def talking(self) -> int:
        """Calls whose caller is there; others are only here until all is done after them."""
        return sum(session.record.state == "live" for session in self._live.values())

    @property
    def sessions(self) -> Iterable[CallSession]:
        """The calls, in the order in which they came."""
        return self._live.values()

    def connect(self, session: CallSession) -> None:
        """A call begins."""
        self._live[session.record.id] = session
        self._all_gone.clear()

    def disconnect(self, session: CallSession) -> None:
        """A call has ended."""
        self._live.pop(session.record.id, None)
        if not self._live:
            self._all_gone.set()

    def session(self, id_: str) -> CallSession | None:
        """Return the live call of that id of ours."""
        return self._live.get(id_)

    def hang_up(self, id_: str) -> bool:
        """End a live call for the operator; False where there is none of that id."""
        session = self.session(id_)
        if session is None or session.record.state != "live":
            return False
        session.end("operator")
        return True

    async def watch(self) -> None:
        """Look after the calls until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            # A call of its own: what waits here would hold the last call that it has looked at.
            self._look()

    def _look(self) -> None:
        now, figures = asyncio.get_running_loop().time(), self._equipment.figures
        figures.activity_waiting.set(self._equipment.meter.waiting)
        figures.outbound_waiting.set(sum(x.unsent for x in self._live.values()))
        for session in tuple(self._live.values()):
            if now - session.last_frame_at > IDLE_SECONDS:
                log.warning("call_idle", extra={"call": session.record.id})
                session.end("idle")
            elif self._rings_too_long(session.record):
                session.end(NO_ANSWER)

    def _rings_too_long(self, record: CallRecord) -> bool:
        return (
            record.direction == "outgoing"
            and record.answered_at is None
            and self._equipment.clock() - record.started_at > self._ring_seconds
        )

    async def drain(self, seconds: float) -> None:
        """Take no more calls; give the live ones so long to end, then a last line, then end them.

        Cancel it and call `end_all` to have them ended at once.
        """
        self.draining = True
        if not await self._are_gone_within(seconds):
            for session in tuple(self._live.values()):
                session.take_leave()
            await self._are_gone_within(LAST_LINE_SECONDS)
        await self.end_all()

    async def end_all(self) -> None:
        """Take no more calls, and end the live ones as they are."""
        self.draining = True
        for session in tuple(self._live.values()):
            session.end(SERVER_SHUTDOWN)
        if not await self._are_gone_within(ENDING_SECONDS):
            log.error("calls_left", extra={"calls": len(self._live)})

    async def _are_gone_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._all_gone.wait()
        except TimeoutError:
            return False
        return True
