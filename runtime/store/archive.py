"""Reading what is kept, for the HTTP interface: it waits for the database, the calls do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from runtime.store import tables
from runtime.store.rows import JSON_COLUMNS, as_time

SUMMARY = (
    *("id", "call_id", "did", "mobile", "direction", "flow", "flow_version", "state"),
    *("started_at", "answered_at", "ended_at", "end_reason"),
)
"""The columns of a row of `GET /v1/calls`."""

TIMES = ("started_at", "answered_at", "ended_at", "at")


class UnknownCall(Exception):  # noqa: N818 - it reads as what is told
    """There is no call of that id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls a list is to have; None: any."""

    state: str | None = None
    did: str | None = None
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the feed: its number, its kind, when it was (POSIX seconds), and its JSON."""

    id: int
    kind: str
    at: float
    data: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call is: its state, and the server that leads it or led it."""

    state: str
    server: str


@dataclass(frozen=True, slots=True)
class Span:
    """The feed's oldest and newest numbers; 0 and 0 where it has none."""

    oldest: int
    newest: int


class Archive:
    """Calls, as any server that shares the database has kept them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, id_: str) -> dict[str, Any] | None:
        """Return a call in the shape of `GET /v1/calls/{id}`; None where there is none."""
        calls, turns, events = tables.calls, tables.turns, tables.events
        async with self._engine.connect() as connection:
            found = (await connection.execute(select(calls).where(calls.c.id == id_))).first()
            if found is None:
                return None
            said = await connection.execute(
                select(turns).where(turns.c.call == id_).order_by(turns.c.number)
            )
            noted = await connection.scalars(
                select(events.c.event).where(events.c.call == id_).order_by(events.c.number)
            )
            placed = (
                await connection.execute(select(tables.outgoing).where(tables.outgoing.c.id == id_))
            ).first()
            return {
                **_shown(found, SUMMARY),
                **{name: orjson.loads(found._mapping[name]) for name in JSON_COLUMNS},
                "recording": f"/v1/calls/{id_}/recording.wav" if found.recording else None,
                "outcome": _outcome(found, placed.outcome) if placed else None,
                "turns": [_turn(row) for row in said],
                "events": [orjson.loads(text) for text in noted],
            }

    async def page(
        self, wanted: Wanted, *, limit: int, before: str | None = None
    ) -> list[dict[str, Any]]:
        """Return rows of `GET /v1/calls`, newest first, from behind the call `before` on.

        A call that comes in between two pages shifts none. Raises `UnknownCall`.
        """
        calls = tables.calls
        query = select(*(calls.c[name] for name in SUMMARY))
        query = query.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(limit)
        query = _only(query, wanted)
        async with self._engine.connect() as connection:
            if before is not None:
                at = await connection.scalar(select(calls.c.started_at).where(calls.c.id == before))
                if at is None:
                    raise UnknownCall(before)
                older = and_(calls.c.started_at == at, calls.c.id < before)
                query = query.where(or_(calls.c.started_at < at, older))
            return [_shown(row, SUMMARY) for row in await connection.execute(query)]

    async def standing(self, id_: str) -> Standing | None:
        """Return where a call is; None where there is none."""
        calls = tables.calls
        async with self._engine.connect() as connection:
            query = select(calls.c.state, calls.c.server).where(calls.c.id == id_)
            row = (await connection.execute(query)).first()
            return Standing(row.state, row.server) if row else None

    async def whose(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the DID and the flow of each of these calls that there is."""
        calls = tables.calls
        query = select(calls.c.id, calls.c.did, calls.c.flow).where(calls.c.id.in_(ids))
        async with self._engine.connect() as connection:
            return {row.id: (row.did, row.flow) for row in await connection.execute(query)}

    async def told_after(
        self, id_: int, limit: int, *, upto: int | None = None, kind: str | None = None
    ) -> list[Told]:
        """Return what the feed has behind that number, in order; `upto` is the last wanted."""
        feed = tables.feed
        query = select(feed).where(feed.c.id > id_).order_by(feed.c.id).limit(limit)
        if upto is not None:
            query = query.where(feed.c.id <= upto)
        if kind is not None:
            query = query.where(feed.c.kind == kind)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
            return [Told(row.id, row.kind, row.at, row.data) for row in rows]

    async def told_span(self) -> Span:
        """Return from where to where the feed goes."""
        query = select(func.min(tables.feed.c.id), func.max(tables.feed.c.id))
        async with self._engine.connect() as connection:
            oldest, newest = (await connection.execute(query)).one()
            return Span(oldest or 0, newest or 0)


def _only(query: Select[Any], wanted: Wanted) -> Select[Any]:
    calls = tables.calls
    if wanted.state == "ended":
        query = query.where(calls.c.state == "ended")
    elif wanted.state == "live":
        query = query.where(calls.c.state != "ended")
    if wanted.did is not None:
        query = query.where(calls.c.did == wanted.did)
    if wanted.flow is not None:
        query = query.where(calls.c.flow == wanted.flow)
    return query


def _shown(row: Row[Any], names: Sequence[str]) -> dict[str, Any]:
    values = row._mapping
    return {n: as_time(values[n]) if n in TIMES else values[n] for n in names}


def _outcome(call: Row[Any], told: str | None) -> str | None:
    """Return what became of an outgoing call: None while it goes on."""
    if call.state != "ended":
        return None
    if call.answered_at is not None:
        # That nobody answered was told of the call's end, before it was known here how it went.
        return "voicemail" if told == "voicemail" else "answered"
    if told is not None:
        return told
    return "no_answer" if call.end_reason == "no_answer" else "failed"


def _turn(row: Row[Any]) -> dict[str, Any]:
    names = ("at", "who", "text", "state", "intent", "confidence", "how", "latency_ms")
    return _shown(row, names)
