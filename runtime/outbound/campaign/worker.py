"""The worker: gives due rows to DBOS's queue, which runs each attempt durably and in its limits.

The book is the truth; DBOS is who carries it out. A workflow's id has the row's ticket in it, so
that several workers may enqueue the same row, and it runs once.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from runtime.outbound.campaign.attempt_queue import AttemptQueue, Place
from runtime.outbound.campaign.caller import Caller
from runtime.outbound.campaign.ledger import Due, Ledger
from runtime.outbound.campaign.pace import Pace
from runtime.outbound.campaign.placing import Line
from runtime.outbound.campaign.plan import Plan
from runtime.outbound.campaign.register import CampaignProblem, Register, Standing
from runtime.outbound.campaign.roster import Roster
from runtime.store.database import Database

TICK = 1.0
"""Seconds between two looks at the campaign: so soon a pause takes effect."""

SWEEP_EVERY = 10.0
"""Seconds between two searches for rows that nobody works at any more."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Works at one campaign until nothing of it is left, or until cancelled."""

    database: Database
    engine: Engine
    data: Path
    campaign: str
    line: Line
    report: Callable[[Standing], None]
    tell: Callable[[str], None]
    """Is told why calls cannot be placed at this moment."""
    clock: Callable[[], float] = time.time
    id: str = field(default_factory=lambda: uuid4().hex)

    async def run(self) -> Standing:
        """Work; return how the campaign stands at the end. Raises `CampaignProblem`."""
        register = Register(self.engine)
        found = register.find(self.campaign)
        plan = found.plan
        roster = Roster(self.engine, self.campaign, self.id)
        if self.database.is_sqlite and roster.others(self.clock()):
            raise CampaignProblem(
                f"another worker is at '{self.campaign}'; several need PostgreSQL (store.url)"
            )
        roster.sign_on(self.clock())
        ledger = Ledger(self.engine, self.campaign, plan, found.born)
        caller = Caller(ledger, self.line, plan.longest_seconds(), self.clock, self.tell)
        place = Place(self.database, self.data, self.campaign, found.born, self.id)
        queue = await AttemptQueue.launch(place, plan, caller)
        try:
            return await _Shift(self, register, ledger, roster, plan, queue).work()
        finally:
            roster.sign_off()
            queue.close()


@dataclass(slots=True)
class _Shift:
    """The loop of one worker."""

    worker: Worker
    register: Register
    ledger: Ledger
    roster: Roster
    plan: Plan
    queue: AttemptQueue
    put: set[Due] = field(default_factory=set)
    pace: Pace = field(init=False)
    swept_at: float = -math.inf

    def __post_init__(self) -> None:
        self.pace = Pace(self.plan.pace, self.worker.clock())

    async def work(self) -> Standing:
        """Look at the campaign, again and again, until it is over."""
        while True:
            try:
                standing = await self._look(self.worker.clock())
            except OperationalError as error:
                # It may come back, and who works at the live calls waits for it, too.
                self.worker.tell(f"the database cannot be used: {error.orig}")
            else:
                self.worker.report(standing)
                if standing.is_over:
                    return standing
            await asyncio.sleep(TICK)

    async def _look(self, now: float) -> Standing:
        await asyncio.to_thread(self.roster.seen, now)
        for lost in await asyncio.to_thread(self.roster.take_over, now):
            await self.queue.resume(lost)
            await asyncio.to_thread(self.roster.forget, lost)
        standing = await asyncio.to_thread(self.register.standing, self.worker.campaign)
        if standing.is_over:
            await asyncio.to_thread(self.register.end, self.worker.campaign)
            return await asyncio.to_thread(self.register.standing, self.worker.campaign)
        self.pace.passes(now)
        if standing.state == "running":
            await self._put_due(standing, now)
        if now - self.swept_at >= SWEEP_EVERY:
            await self._sweep(now)
            self.swept_at = now
        return standing

    async def _put_due(self, standing: Standing, now: float) -> None:
        """Enqueue what may begin now, and no more: a pause is quick by it."""
        free = self.plan.concurrency - standing.calling
        if free <= 0:
            return
        for due in await asyncio.to_thread(self.ledger.due, now, free):
            if due in self.put:
                continue
            if not self.pace.takes():
                return
            await self.queue.put(due)
            self.put.add(due)

    async def _sweep(self, now: float) -> None:
        """Give back the rows whose workflow failed, or was lost with DBOS's tables."""
        calling = await asyncio.to_thread(self.ledger.left_calling)
        waiting = await asyncio.to_thread(self.ledger.due, now, self.plan.concurrency)
        candidates = [*calling, *(due for due in waiting if due in self.put)]
        for due in await self.queue.finished(candidates) if candidates else ():
            await asyncio.to_thread(self.ledger.give_back, due, now)
        await self.queue.tidy(now)
