"""What one call sends, and waits for its socket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

WAITING = 256
"""Messages that wait; a carrier that reads nothing ends the call."""

FLUSH_SECONDS = 2.0

log = logging.getLogger(__name__)

Write = Callable[[str], Awaitable[None]]


class Outbox:
    """The messages of one call, in order; `stuck` is told once that the carrier reads nothing."""

    def __init__(self, call: str, write: Write, stuck: Callable[[], None]) -> None:
        self._call = call
        self._write = write
        self._stuck = stuck
        self._is_stuck = False
        self._messages: asyncio.Queue[str] = asyncio.Queue(WAITING)

    def __len__(self) -> int:
        return self._messages.qsize()

    def put(self, message: str) -> None:
        """Send `message` after those before it; what there is no place for is lost."""
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            if not self._is_stuck:
                self._is_stuck = True
                log.error("carrier_reads_nothing", extra={"call": self._call})
                self._stuck()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            message = await self._messages.get()
            await self._write(message)
            self._messages.task_done()

    async def flush(self) -> None:
        """Wait until all is written, but not for long."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._messages.join()
        except TimeoutError:
            log.warning("carrier_reads_nothing", extra={"call": self._call})
