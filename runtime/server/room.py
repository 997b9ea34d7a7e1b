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
        self._taking = asyncio.Lock()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Have room for a call; raises `Refused` where there is none.

        Others wait until the block ends, and by then the call is to be kept, which counts it.
        """
        async with self._taking:
            await self._check()
            yield

    async def _check(self) -> None:
        refusal = self._switchboard.refuses()
        if refusal is None:
            taken = self._switchboard.talking + await self._calls.dialling()
            if taken < self._most:
                return
            refusal = "call limit reached"
        why = f"no call can be placed now: {refusal}"
        raise Refused(503, why, headers={"retry-after": "5"}, reasons=[refusal])
