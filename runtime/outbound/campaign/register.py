"""All campaigns of a database: opened, looked at, paused, resumed, cancelled."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from runtime.outbound.campaign.call_list import CallList
from runtime.outbound.campaign.ledger import CANCELLED, suppress
from runtime.outbound.campaign.plan import Plan
from runtime.store.campaign_tables import campaign_attempts, campaign_rows, campaigns

BATCH = 1000
"""Rows that are written, or read, at a time."""


class CampaignProblem(Exception):  # noqa: N818 - it reads as what is told to the operator
    """A campaign that cannot be opened or changed; the message says why."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it was opened, and how it stands."""

    id: str
    file: str
    plan: Plan
    state: str
    """running | paused | cancelled | ended"""
    why: str
    """The reason of a pause that nobody asked for."""
    born: int
    """When it was opened, in milliseconds: another of its name, opened later, has another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a campaign is; numbers of rows."""

    state: str
    why: str
    waiting: int
    calling: int
    ended: int
    bad: int
    next_due: float | None
    """When the next row's time comes, or came; None where none waits."""
    outcomes: Mapping[str, int]
    """The rows that have ended, by the outcome of their last attempt; "" for those without one."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.calling == 0 and (self.waiting == 0 or self.state == "cancelled")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one row."""

    line: int
    cells: tuple[str, ...]
    mobile: str
    state: str
    """waiting | calling | ended | bad"""
    outcome: str | None
    attempts: int
    why: str
    slots: Mapping[str, Any]
    calls: tuple[str, ...]
    """The server's ids of the calls, as far as they are known."""


class Register:
    """The campaigns of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(
        self, id_: str, file: str, content: bytes, plan: Plan, rows: CallList, at: float
    ) -> bool:
        """Begin a campaign, or take up the one of that name; tell whether it is a new one.

        One that is there keeps its rows and takes the new plan. Raises `CampaignProblem` where its
        list was another, or where it is over.
        """
        digest = hashlib.sha256(content).hexdigest()
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(campaigns).values(
                        **{"id": id_, "created_at": at, "file": file, "content": digest},
                        **{"header": json.dumps(rows.header, ensure_ascii=False)},
                        **{"plan": plan.model_dump_json(), "state": "running", "why": ""},
                        **{"breaker_since": 0.0},
                    )
                )
                _write(connection, id_, rows, at)
        except IntegrityError:
            self._take_up(id_, digest, plan)
            return False
        return True

    def _take_up(self, id_: str, digest: str, plan: Plan) -> None:
        with self._engine.begin() as connection:
            row = self._row(connection, id_)
            if row.content != digest:
                raise CampaignProblem(
                    f"there is a campaign '{id_}' with another list; give this one a --name"
                )
            if row.state in ("cancelled", "ended"):
                raise CampaignProblem(
                    f"the campaign '{id_}' has {row.state}; give another one another --name"
                    if row.state == "ended"
                    else f"the campaign '{id_}' was cancelled; give another one another --name"
                )
            connection.execute(
                update(campaigns).where(campaigns.c.id == id_).values(plan=plan.model_dump_json())
            )

    def names(self) -> list[str]:
        """Return the names of all campaigns, the newest first."""
        with self._engine.connect() as connection:
            query = select(campaigns.c.id).order_by(campaigns.c.created_at.desc(), campaigns.c.id)
            return list(connection.scalars(query))

    def find(self, id_: str) -> Campaign:
        """Return a campaign; raises `CampaignProblem` where there is none of that name."""
        with self._engine.connect() as connection:
            row = self._row(connection, id_)
        plan = Plan.model_validate_json(row.plan)
        born = int(row.created_at * 1000)
        return Campaign(row.id, row.file, plan, row.state, row.why, born)

    def standing(self, id_: str) -> Standing:
        """Tell how far a campaign is."""
        rows = campaign_rows.c
        by_state = (
            select(rows.state, func.count().label("rows"), func.min(rows.due_at).label("due"))
            .where(rows.campaign == id_)
            .group_by(rows.state)
        )
        by_outcome = (
            select(func.coalesce(rows.outcome, ""), func.count())
            .where(rows.campaign == id_, rows.state == "ended")
            .group_by(rows.outcome)
        )
        with self._engine.connect() as connection:
            campaign = self._row(connection, id_)
            found = {row.state: row for row in connection.execute(by_state)}
            outcomes = {row[0]: row[1] for row in connection.execute(by_outcome)}
        counts = {
            state: found[state].rows if state in found else 0
            for state in ("waiting", "calling", "ended", "bad")
        }
        due = found["waiting"].due if "waiting" in found else None
        return Standing(campaign.state, campaign.why, **counts, next_due=due, outcomes=outcomes)

    def pause(self, id_: str) -> bool:
        """Begin no more calls; tell whether it was running. Those that are live go on."""
        return self._turn(id_, ("running",), {"state": "paused", "why": ""})

    def resume(self, id_: str, at: float) -> bool:
        """Go on; the breaker looks at attempts from now on only."""
        return self._turn(id_, ("paused",), {"state": "running", "why": "", "breaker_since": at})

    def cancel(self, id_: str) -> bool:
        """Never begin another call; live ones go on to their end."""
        values = {"state": "cancelled", "why": ""}
        if not self._turn(id_, ("running", "paused"), values):
            return False
        rows = campaign_rows.c
        with self._engine.begin() as connection:
            connection.execute(
                update(campaign_rows)
                .where(rows.campaign == id_, rows.state == "waiting")
                .values(state="ended", due_at=None, why=CANCELLED)
            )
        return True

    def delete(self, id_: str) -> bool:
        """Forget a campaign that is over, its numbers and attempts with it; tell whether it was.

        Who asked not to be called again stays on the suppression list.
        """
        over = ("cancelled", "ended")
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(campaigns).where(campaigns.c.id == id_, campaigns.c.state.in_(over))
            )
            if gone.rowcount == 0:
                self._row(connection, id_)
            return gone.rowcount > 0

    def end(self, id_: str) -> None:
        """Close a campaign of which nothing is left to do."""
        self._turn(id_, ("running", "paused"), {"state": "ended", "why": ""})

    def suppress(self, mobiles: Sequence[str], source: str, at: float) -> None:
        """Let these numbers never be called, by any campaign."""
        with self._engine.begin() as connection:
            suppress(connection, mobiles, source, at)

    def header(self, id_: str) -> tuple[str, ...]:
        """Return the names of the list's columns."""
        with self._engine.connect() as connection:
            return tuple(json.loads(self._row(connection, id_).header))

    def results(self, id_: str) -> Iterator[Result]:
        """Yield what came of each row, in the order of the list."""
        last = 0
        while True:
            results = self._results_after(id_, last)
            yield from results
            if len(results) < BATCH:
                return
            last = results[-1].line

    def _results_after(self, id_: str, line: int) -> list[Result]:
        rows, attempts = campaign_rows.c, campaign_attempts.c
        query = (
            select(campaign_rows)
            .where(rows.campaign == id_, rows.line > line)
            .order_by(rows.line)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            page = connection.execute(query).all()
            calls: dict[int, list[str]] = {}
            if page:
                known = select(attempts.line, attempts.call).where(
                    *(attempts.campaign == id_, attempts.call.is_not(None)),
                    *(attempts.line >= page[0].line, attempts.line <= page[-1].line),
                )
                for found, call in connection.execute(known.order_by(attempts.number)):
                    calls.setdefault(found, []).append(call)
        return [
            Result(
                *(row.line, tuple(json.loads(row.cells)), row.mobile, row.state, row.outcome),
                *(row.made, row.why, json.loads(row.slots), tuple(calls.get(row.line, ()))),
            )
            for row in page
        ]

    def _row(self, connection: Connection, id_: str) -> Any:
        row = connection.execute(select(campaigns).where(campaigns.c.id == id_)).one_or_none()
        if row is None:
            raise CampaignProblem(f"there is no campaign '{id_}'")
        return row

    def _turn(self, id_: str, states: Sequence[str], values: Mapping[str, object]) -> bool:
        """Change a campaign that is in one of these states; tell whether it was."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(campaigns)
                .where(campaigns.c.id == id_, campaigns.c.state.in_(states))
                .values(**values)
            )
            if changed.rowcount == 0:
                self._row(connection, id_)
            return changed.rowcount > 0


def _write(connection: Connection, id_: str, rows: CallList, at: float) -> None:
    every = {"campaign": id_, "ticket": 0, "made": 0, "slots": "{}"}
    written: list[dict[str, Any]] = [
        {
            **{**every, "line": good.line, "cells": json.dumps(good.cells, ensure_ascii=False)},
            **{"mobile": good.mobile, "timezone": good.timezone, "state": "waiting"},
            **{"variables": json.dumps(dict(good.variables), ensure_ascii=False)},
            **{"due_at": at, "why": ""},
        }
        for good in rows.contacts
    ]
    written += [
        {
            **{**every, "line": bad.line, "cells": json.dumps(bad.cells, ensure_ascii=False)},
            **{"mobile": "", "timezone": "", "state": "bad", "variables": "{}"},
            **{"due_at": None, "why": bad.reason},
        }
        for bad in rows.bad
    ]
    for start in range(0, len(written), BATCH):
        connection.execute(insert(campaign_rows), written[start : start + BATCH])
