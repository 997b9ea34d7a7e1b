"""Room for calls that are to be placed: those who ask at once are not promised the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.outbound.outgoing_call import OutgoingCalls
from runtime.server.problems import Refused
from runtime.server.switchboard import Switchboard


class Room:
    """Of this server; `reserve` calls are left to those who call us."""

    def __init__(self, switchboard: Switchboard, calls: OutgoingCalls, reserve: int) -> None:
        self._switchboard = switchboard
        self._calls = calls
        self._most = switchboard.max_calls - reserve
        self._promised = 0
        """Calls of which the carrier has not answered yet."""
        self._counting = asyncio.Lock()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Have room for a call while it is placed; raises `Refused` where there is none."""
        async with self._counting:
            await self._check()
            self._promised += 1
        try:
            yield
        finally:
            self._promised -= 1

    async def _check(self) -> None:
        refusal = self._switchboard.refuses()
        if refusal is None:
            ringing = await self._calls.dialling() + self._promised
            if self._switchboard.talking + ringing < self._most:
                return
            refusal = "call limit reached"
        why = f"no call can be placed now: {refusal}"
        raise Refused(503, why, headers={"retry-after": "5"}, reasons=[refusal])
