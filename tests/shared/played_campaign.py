"""A campaign played in this process, on a clock that jumps to what is due next."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from runtime.outbound.campaign.call_list import read_call_list
from runtime.outbound.campaign.caller import Caller
from runtime.outbound.campaign.ledger import Ledger
from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import Answer, Ended, Live, Missing, Order, Placed
from runtime.outbound.campaign.plan import Plan
from runtime.outbound.campaign.register import Register, Result, Standing
from runtime.store.campaign_tables import campaign_attempts
from runtime.store.database import Database

ZONE = ZoneInfo("Asia/Kolkata")


class Crash(BaseException):
    """The process dies here."""


@dataclass
class PlayedLine:
    """Places calls in no time; each lasts a minute and ends as `ends` says."""

    clock: Callable[[], float]
    ends: Callable[[Order, int], Ended] = lambda order, times: Ended(Outcome.ANSWERED)
    answers: Callable[[Order], Answer | None] = lambda order: None
    crashes: Callable[[str], None] = lambda where: None
    calls: list[tuple[Order, float]] = field(default_factory=list)

    def times(self, mobile: str) -> int:
        return sum(order.mobile == mobile for order, _ in self.calls)

    async def place(self, order: Order) -> Answer:
        self.crashes("before the order")
        answer = self.answers(order)
        if answer is not None:
            return answer
        self.calls.append((order, self.clock()))
        self.crashes("after the order")
        return Placed(f"call-{len(self.calls) - 1}")

    async def find(self, order: Order, since: float) -> str | None:
        for place, (placed, at) in enumerate(self.calls):
            if placed.mobile == order.mobile and at >= since:
                return f"call-{place}"
        return None

    async def look(self, call: str) -> Ended | Live | Missing:
        self.crashes("while it lives")
        place = int(call.removeprefix("call-"))
        order, at = self.calls[place]
        if self.clock() < at + 60:
            return Live()
        earlier = sum(order.mobile == each.mobile for each, _ in self.calls[:place])
        return self.ends(order, earlier)


class Played:
    """A campaign with a line; `play` works at it as a worker would, one row after the other."""

    def __init__(self, database: Database, start: str, **plan: Any) -> None:
        self.now = moment(start)
        self.engine = database.engine()
        self.register = Register(self.engine)
        self.plan = Plan(did="8645012345", **plan)
        self.line = PlayedLine(lambda: self.now)
        self.told: list[str] = []
        self.name = ""

    def open(self, rows: Sequence[str], name: str = "may", header: str = "mobile") -> None:
        content = "\n".join([header, *rows]).encode()
        read = read_call_list(content, "Asia/Kolkata")
        self.register.open(name, f"{name}.csv", content, self.plan, read, self.now)
        self.name = name

    def play(self, most: int = 1000) -> Standing:
        """Work until nothing is left, or until the campaign is paused."""
        return asyncio.run(self._play(most))

    async def _play(self, most: int) -> Standing:
        ledger = Ledger(self.engine, self.name, self.plan, 1)
        seconds = self.plan.longest_seconds()
        caller = Caller(ledger, self.line, seconds, lambda: self.now, self.told.append, self._wait)
        for _ in range(most):
            standing = self.register.standing(self.name)
            if standing.is_over or standing.state != "running":
                break
            if standing.next_due is not None:
                self.now = max(self.now, standing.next_due)
            for due in ledger.due(self.now, 1):
                attempt = await caller.start(due)
                if attempt is not None:
                    self.line.crashes("before waiting")
                    ended = await caller.outcome(attempt)
                    self.line.crashes("before the end")
                    await caller.end(attempt, ended)
                    self.line.crashes("after the end")
        return self.register.standing(self.name)

    async def _wait(self, seconds: float) -> None:
        self.now += seconds

    def recover(self) -> None:
        """What the sweep does for rows that nobody works at."""
        ledger = Ledger(self.engine, self.name, self.plan, 1)
        for due in ledger.left_calling():
            ledger.give_back(due, self.now)

    def results(self) -> list[Result]:
        return list(self.register.results(self.name))

    def attempts(self) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(campaign_attempts)).all())

    def called_at(self, mobile: str) -> list[str]:
        return [shown(at) for order, at in self.line.calls if order.mobile == mobile]


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def shown(at: float) -> str:
    return f"{datetime.fromtimestamp(at, ZONE):%a %H:%M}"
