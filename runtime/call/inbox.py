"""What has happened to one call, and waits for its engine."""

import asyncio
import logging
from collections.abc import Callable

from runtime.flow.engine.events import EndAsked, Event, TimerFired

WAITING = 256
"""Events that wait; the engine takes microseconds for each."""

log = logging.getLogger(__name__)


class Inbox:
    """The events of one call, in order, for one consumer; nothing here blocks.

    The parts of a call put into it, and know of no more of the call than this: they do not hold
    what holds them, so that an ended call needs no collector.
    """

    def __init__(self, call: str, clock: Callable[[], float]) -> None:
        self._call = call
        self._clock = clock
        self._events: asyncio.Queue[Event] = asyncio.Queue(WAITING)

    async def next(self) -> Event:
        """Return the oldest event, as soon as there is one."""
        return await self._events.get()

    def put(self, event: Event) -> None:
        """Take an event; one too many ends the call as a fault of ours."""
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            log.error("call_overflowed", extra={"call": self._call})
            while not self._events.empty():
                self._events.get_nowait()
            self._events.put_nowait(EndAsked(at=self._clock(), reason="fault"))

    def end(self, reason: str) -> None:
        """Ask for the call's end; `reason` becomes its `end_reason`."""
        self.put(EndAsked(at=self._clock(), reason=reason))

    def fired(self, timer: str, turn: int) -> None:
        """A timer of that turn has run out."""
        self.put(TimerFired(at=self._clock(), timer=timer, turn=turn))
