"""A campaign's book: each row of the list, each attempt, and what follows from it.

Every change is one transaction that begins by taking the row it is about, so that several workers
and a worker that was killed half-way cannot both go on with it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import Barred, Declined, Ended, NotPlaced, Order
from runtime.outbound.campaign.plan import Plan
from runtime.store.campaign_tables import (
    campaign_attempts,
    campaign_rows,
    campaigns,
    suppressed_numbers,
)

SUPPRESSED = "on the suppression list"
OPTED_OUT = "asked not to be called again"
CANCELLED = "the campaign was cancelled"
CLOSED = "there is no hour at which it may be called"
ENOUGH = "called as often as the plan allows"

ON_THE_PHONE_SECONDS = 60.0
"""After so long a number that another campaign is calling is tried again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that is under way."""

    line: int
    number: int
    """Of the attempts at that row, from 1."""
    at: float
    order: Order
    call: str | None
    """None while it is not known whether the call was placed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt to go on with."""

    attempt: Attempt
    is_new: bool
    """The caller of `begin`, and nobody else ever, is to place this call."""


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time has come."""

    line: int
    ticket: int


class Ledger:
    """The book of one campaign."""

    def __init__(self, engine: Engine, campaign: str, plan: Plan, born: int) -> None:
        """`born` is the campaign's own: no other of its name has it."""
        self._engine = engine
        self.campaign = campaign
        self._plan = plan
        self._born = born
        self._rules = plan.rules()
        self._retries = plan.retries()

    def due(self, at: float, limit: int) -> list[Due]:
        """Return the rows whose time has come, the longest due first."""
        rows = campaign_rows.c
        query = (
            select(rows.line, rows.ticket)
            .where(rows.campaign == self.campaign, rows.state == "waiting", rows.due_at <= at)
            .order_by(rows.due_at, rows.line)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [Due(row.line, row.ticket) for row in connection.execute(query)]

    def begin(self, due: Due, at: float) -> Begun | None:
        """Begin an attempt, or go on with one that was left; None where there is nothing to do.

        What is due by now may be suppressed, out of hours or held, and is then left as such.
        """
        with self._engine.begin() as connection:
            taken = self._change(
                connection,
                due.line,
                {"state": "calling"},
                campaign_rows.c.ticket == due.ticket,
                campaign_rows.c.state == "waiting",
            )
            row = self._row(connection, due.line)
            if row.ticket != due.ticket or row.state != "calling":
                return None
            left = self._open_attempt(connection, row)
            if left is not None:
                return Begun(left, is_new=False)
            return self._begin_new(connection, row, at) if taken else None

    def _begin_new(self, connection: Connection, row: Any, at: float) -> Begun | None:
        state = connection.scalar(select(campaigns.c.state).where(campaigns.c.id == self.campaign))
        if state == "cancelled":
            self._close(connection, row.line, CANCELLED)
            return None
        if state != "running":
            self._wait(connection, row.line, row.due_at)
            return None
        if _is_suppressed(connection, row.mobile):
            self._close(connection, row.line, SUPPRESSED)
            return None
        if _is_on_the_phone(connection, row.mobile):
            self._wait(connection, row.line, at + ON_THE_PHONE_SECONDS)
            return None
        earliest = self._rules.earliest(
            at, ZoneInfo(row.timezone), self._moments(connection, row.mobile)
        )
        if earliest != at:
            self._wait_or_close(connection, row.line, earliest, CLOSED)
            return None
        number = row.made + 1
        connection.execute(
            insert(campaign_attempts).values(
                **{"campaign": self.campaign, "line": row.line, "number": number},
                **{"mobile": row.mobile, "at": at, "state": "placing", "why": ""},
            )
        )
        self._change(connection, row.line, {"made": number})
        return Begun(Attempt(row.line, number, at, self._order(row, number), None), is_new=True)

    def placed(self, attempt: Attempt, call: str) -> None:
        """Keep the id of the call that was placed."""
        with self._engine.begin() as connection:
            self._change_attempt(connection, attempt, {"state": "placed", "call": call})

    def not_placed(self, attempt: Attempt, answer: NotPlaced | Barred, at: float) -> None:
        """Take an attempt back: the row waits on, as if it had not been tried."""
        again_after = answer.again_after if isinstance(answer, NotPlaced) else 0.0
        with self._engine.begin() as connection:
            attempts = campaign_attempts.c
            gone = connection.execute(
                campaign_attempts.delete().where(*self._is(attempt), attempts.state == "placing")
            )
            if gone.rowcount:
                self._change(connection, attempt.line, {"made": attempt.number - 1})
                self._wait(connection, attempt.line, at + again_after)
                if isinstance(answer, Barred):
                    self._pause(connection, answer.why)

    def end(self, attempt: Attempt, ended: Ended | Declined, at: float) -> None:
        """Keep what came of an attempt, and when the row is due again; done once, if repeated."""
        match ended:
            case Declined(why=why, outcome=outcome):
                ended = Ended(outcome, why)
            case Ended():
                pass
            case _:
                assert_never(ended)
        kept = {"state": "ended", "outcome": ended.outcome.value, "why": ended.why, "ended_at": at}
        with self._engine.begin() as connection:
            if not self._change_attempt(connection, attempt, kept):
                return
            slots = json.dumps(ended.slots or {}, ensure_ascii=False, default=str)
            self._change(connection, attempt.line, {"outcome": ended.outcome.value, "slots": slots})
            self._after(connection, attempt, ended, at)
            self._watch(connection)

    def _after(self, connection: Connection, attempt: Attempt, ended: Ended, at: float) -> None:
        """Let the row wait for its next attempt, or be done with."""
        mobile = attempt.order.mobile
        if ended.has_opted_out:
            suppress(connection, [mobile], f"call {attempt.call}", at)
            self._close(connection, attempt.line, OPTED_OUT)
            return
        row = self._row(connection, attempt.line)
        due = self._retries.next_attempt_at(
            ended.outcome,
            *(row.made, at, self._rules, ZoneInfo(row.timezone)),
            self._moments(connection, mobile),
        )
        why = "" if ended.why == ended.outcome else ended.why
        if ended.outcome in self._retries.delays:
            enough = ENOUGH if row.made >= self._retries.in_all else CLOSED
            why = f"{enough}; the last time: {why}" if why else enough
        self._wait_or_close(connection, attempt.line, due, why)

    def _watch(self, connection: Connection) -> None:
        """Pause the campaign where too many of the last attempts failed."""
        attempts = campaign_attempts.c
        breaker = self._plan.new_breaker()
        newest = connection.scalars(
            select(attempts.outcome)
            .join(campaigns, campaigns.c.id == attempts.campaign)
            .where(attempts.campaign == self.campaign, attempts.state == "ended")
            .where(attempts.ended_at > campaigns.c.breaker_since)
            .order_by(attempts.ended_at.desc())
            .limit(breaker.of)
        )
        breaker = breaker.after_all(Outcome(each) for each in reversed(list(newest)))
        if breaker.is_open:
            self._pause(connection, breaker.why())

    def _pause(self, connection: Connection, why: str) -> None:
        connection.execute(
            update(campaigns)
            .where(campaigns.c.id == self.campaign, campaigns.c.state == "running")
            .values(state="paused", why=why)
        )

    def left_calling(self) -> list[Due]:
        """Return the rows that somebody is, or was, calling."""
        rows = campaign_rows.c
        query = select(rows.line, rows.ticket).where(
            rows.campaign == self.campaign, rows.state == "calling"
        )
        with self._engine.connect() as connection:
            return [Due(row.line, row.ticket) for row in connection.execute(query)]

    def give_back(self, due: Due, at: float) -> None:
        """Let a row that nobody works at any more be due again; an open attempt is gone on with."""
        with self._engine.begin() as connection:
            self._change(
                connection,
                due.line,
                {"state": "waiting", "due_at": at, "ticket": due.ticket + 1},
                campaign_rows.c.ticket == due.ticket,
                campaign_rows.c.state.in_(("calling", "waiting")),
            )

    def _row(self, connection: Connection, line: int) -> Any:
        rows = campaign_rows.c
        return connection.execute(
            select(campaign_rows).where(rows.campaign == self.campaign, rows.line == line)
        ).one()

    def _order(self, row: Any, number: int) -> Order:
        named = f"{self.campaign}:{self._born}:{row.line}:{number}"
        key = hashlib.sha256(named.encode()).hexdigest()
        plan = self._plan
        return Order(row.mobile, plan.did, plan.flow, json.loads(row.variables), key)

    def _open_attempt(self, connection: Connection, row: Any) -> Attempt | None:
        attempts = campaign_attempts.c
        found = connection.execute(
            select(campaign_attempts).where(
                attempts.campaign == self.campaign,
                attempts.line == row.line,
                attempts.state != "ended",
            )
        ).one_or_none()
        if found is None:
            return None
        order = self._order(row, found.number)
        return Attempt(found.line, found.number, found.at, order, found.call)

    def _moments(self, connection: Connection, mobile: str) -> list[float]:
        """Return when that number was called, by any campaign."""
        attempts = campaign_attempts.c
        return list(connection.scalars(select(attempts.at).where(attempts.mobile == mobile)))

    def _change(
        self, connection: Connection, line: int, values: Mapping[str, Any], *only: Any
    ) -> bool:
        rows = campaign_rows.c
        changed = connection.execute(
            update(campaign_rows)
            .where(rows.campaign == self.campaign, rows.line == line, *only)
            .values(**values)
        )
        return changed.rowcount > 0

    def _is(self, attempt: Attempt) -> tuple[Any, ...]:
        attempts = campaign_attempts.c
        return (
            attempts.campaign == self.campaign,
            attempts.line == attempt.line,
            attempts.number == attempt.number,
        )

    def _change_attempt(
        self, connection: Connection, attempt: Attempt, values: Mapping[str, Any]
    ) -> bool:
        """Change an attempt that has not ended; tell whether there was one."""
        is_open = and_(*self._is(attempt), campaign_attempts.c.state != "ended")
        changed = connection.execute(update(campaign_attempts).where(is_open).values(**values))
        return changed.rowcount > 0

    def _wait(self, connection: Connection, line: int, due_at: float) -> None:
        ticket = campaign_rows.c.ticket + 1
        self._change(
            connection, line, {"state": "waiting", "due_at": due_at, "ticket": ticket, "why": ""}
        )

    def _close(self, connection: Connection, line: int, why: str) -> None:
        self._change(connection, line, {"state": "ended", "due_at": None, "why": why})

    def _wait_or_close(
        self, connection: Connection, line: int, due_at: float | None, why: str
    ) -> None:
        if due_at is None:
            self._close(connection, line, why)
        else:
            self._wait(connection, line, due_at)


def _is_suppressed(connection: Connection, mobile: str) -> bool:
    count = select(func.count()).where(suppressed_numbers.c.mobile == mobile)
    return bool(connection.scalar(count))


def _is_on_the_phone(connection: Connection, mobile: str) -> bool:
    """Tell whether another campaign is calling that number."""
    attempts = campaign_attempts.c
    count = select(func.count()).where(attempts.mobile == mobile, attempts.state != "ended")
    return bool(connection.scalar(count))


def suppress(connection: Connection, mobiles: Sequence[str], source: str, at: float) -> None:
    """Let these numbers never be called again; those that are listed already stay as they are."""
    dialects = {"sqlite": sqlite, "postgresql": postgresql}
    statement = dialects[connection.dialect.name].insert(suppressed_numbers)
    rows = [{"mobile": mobile, "since": at, "source": source} for mobile in mobiles]
    if rows:
        connection.execute(statement.on_conflict_do_nothing(), rows)
