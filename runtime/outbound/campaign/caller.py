"""One attempt, in three parts; each may be repeated after a crash, and goes on where it was."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

from runtime.outbound.campaign.ledger import Attempt, Due, Ledger
from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import (
    Barred,
    Declined,
    Doubtful,
    Ended,
    Line,
    Live,
    Missing,
    NotPlaced,
    Placed,
)

SEARCH_SECONDS = 30.0
"""So long after an attempt its call may still appear at the server: one that was being placed when
the worker died, or one that another server has just taken."""

SETTLE_SECONDS = 3.0
"""After a call that failed: the carrier's webhook, which may say that it was busy or not answered,
comes a little after its WebSocket has been closed."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
"""Seconds between two questions after one call; a longer one is asked about less often."""

LOST = "whether the call was placed is not known: the worker stopped meanwhile"
GONE = "the server does not know the call any more"
ENDLESS = "no outcome came within the longest call"


@dataclass(frozen=True, slots=True)
class Caller:
    """Carries attempts out. The clock gives POSIX seconds."""

    ledger: Ledger
    line: Line
    longest_seconds: float
    clock: Callable[[], float]
    tell: Callable[[str], None]
    """Is told why calls cannot be placed at this moment."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def start(self, due: Due) -> Attempt | None:
        """Place the call of a row, or take up the attempt that was left; None: nothing to wait for.

        The attempt is in the book before the order leaves, and only who wrote it there places it:
        a call is placed once at most, whenever the process ends.
        """
        begun = await asyncio.to_thread(self.ledger.begin, due, self.clock())
        if begun is None or not begun.is_new:
            return None if begun is None else begun.attempt
        attempt = begun.attempt
        answer = await self.line.place(attempt.order)
        match answer:
            case Placed(call=call):
                await asyncio.to_thread(self.ledger.placed, attempt, call)
                return replace(attempt, call=call)
            case NotPlaced() | Barred():
                self.tell(answer.why)
                await asyncio.to_thread(self.ledger.not_placed, attempt, answer, self.clock())
                return None
            case Declined():
                await asyncio.to_thread(self.ledger.end, attempt, answer, self.clock())
                return None
            case Doubtful():
                return attempt
            case _:
                assert_never(answer)

    async def outcome(self, attempt: Attempt) -> Ended:
        """Wait for what comes of an attempt."""
        call = attempt.call or await self._found(attempt)
        if call is None:
            return Ended(Outcome.UNKNOWN, LOST)
        is_settled = False
        while True:
            seen = await self.line.look(call)
            age = self.clock() - attempt.at
            match seen:
                case Ended(outcome=Outcome.FAILED) if not is_settled:
                    is_settled = True
                    await self.sleep(SETTLE_SECONDS)
                    continue
                case Ended():
                    return seen
                case Missing() if age > SEARCH_SECONDS:
                    return Ended(Outcome.UNKNOWN, GONE)
                case Live() | Missing():
                    pass
                case _:
                    assert_never(seen)
            if age > self.longest_seconds:
                return Ended(Outcome.UNKNOWN, ENDLESS)
            await self.sleep(_pause(age))

    async def end(self, attempt: Attempt, ended: Ended) -> None:
        """Keep what came of it."""
        await asyncio.to_thread(self.ledger.end, attempt, ended, self.clock())

    async def _found(self, attempt: Attempt) -> str | None:
        """Look for the call of an order whose answer was lost."""
        while True:
            call = await self.line.find(attempt.order, attempt.at)
            if call is not None:
                await asyncio.to_thread(self.ledger.placed, attempt, call)
                return call
            age = self.clock() - attempt.at
            if age > SEARCH_SECONDS:
                return None
            await self.sleep(_pause(age))


def _pause(age: float) -> float:
    """Return how long to wait before asking again."""
    return min(FIRST_PAUSE + age / 15, LONGEST_PAUSE)
