"""An outgoing call between its placing and its end: what the database knows of it, and who tells.

The carrier's REST answer, its webhooks and its WebSocket come in any order, or not at all, and
perhaps to different servers: each says what it knows, in one transaction, and none undoes another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from runtime.carrier.token import OUTGOING_SECONDS, sealed, webhook_call, webhook_value_is_right
from runtime.outbound.carrier_event import CarrierEvent, read_webhook
from runtime.store import tables
from runtime.store.feed import tell, told
from runtime.store.rows import as_text, clean


@dataclass(frozen=True, slots=True)
class Dialling:
    """A call that is to be placed."""

    id: str
    did: str
    mobile: str
    flow: str
    flow_version: str
    variables: Mapping[str, object]
    token: str = field(repr=False)
    key: str | None = None
    """Of who wants it: the same key twice is the same call."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that is placed, as `POST /v1/calls` answers it."""

    id: str
    call_id: str
    """The carrier's; "" as long as it has not told it."""
    status: str
    """placing | initiated | refused | unknown."""
    error: Mapping[str, Any] | None = None
    """`code` and `reason`, where the carrier has not said that it sets the call up."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A placed call whose WebSocket has come."""

    id: str
    did: str
    flow: str
    variables: Mapping[str, object]


class OutgoingCalls:
    """The placed calls of all servers that share the database."""

    def __init__(self, engine: AsyncEngine, server: str) -> None:
        self._engine = engine
        self._server = server

    async def dial(self, call: Dialling, now: float) -> Placed | None:
        """Keep a call before the carrier is asked for it: whatever happens then, it is known.

        Returns the call that has its key already, and then keeps nothing.
        """
        row = {
            **{"id": call.id, "call_id": "", "did": call.did, "mobile": call.mobile},
            **{"direction": "outgoing", "flow": call.flow, "flow_version": call.flow_version},
            **{"state": "dialling", "started_at": now, "server": self._server},
            **{"variables": as_text(call.variables), "slots": "{}", "usage": "[]"},
        }
        placed = {
            **{"id": call.id, "token": sealed(call.token), "token_until": now + OUTGOING_SECONDS},
            **{"key": call.key, "status": "placing"},
        }
        facts = {"call": call.id, "did": call.did, "mobile": call.mobile, "flow": call.flow}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(tables.calls.insert(), [row])
                await connection.execute(tables.outgoing.insert(), [placed])
                await connection.run_sync(tell, [told(now, "call_placed", facts)])
        except IntegrityError:
            before = None if call.key is None else await self.with_key(call.key)
            if before is None:
                raise
            return before
        return None

    async def with_key(self, key: str) -> Placed | None:
        """Return the call that has this key."""
        calls, outgoing = tables.calls, tables.outgoing
        query = select(calls.c.id, calls.c.call_id, outgoing.c.status, outgoing.c.error)
        query = query.join(outgoing, outgoing.c.id == calls.c.id).where(outgoing.c.key == key)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        error = None if row.error is None else orjson.loads(row.error)
        return Placed(row.id, row.call_id, row.status, error)

    async def initiated(self, id_: str, call_id: str) -> None:
        """The carrier sets the call up: under this id of its own, its webhooks may have come."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_initiated, id_, call_id)

    async def not_placed(
        self, id_: str, reason: str, error: Mapping[str, object], now: float
    ) -> None:
        """The carrier has refused the call, or could not be reached: it has ended."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_take_hold, id_)
            placed = update(tables.outgoing).where(tables.outgoing.c.id == id_)
            values = {"status": "refused", "error": as_text(error), "outcome": "failed"}
            await connection.execute(placed.values(values))
            await connection.run_sync(_end_unanswered, id_, reason, now)

    async def unknown(self, id_: str, error: Mapping[str, object]) -> None:
        """Nobody knows whether the phone rings: the WebSocket, a webhook or the time will tell."""
        async with self._engine.begin() as connection:
            placed = update(tables.outgoing).where(tables.outgoing.c.id == id_)
            await connection.execute(placed.values(status="unknown", error=as_text(error)))

    async def claim(self, token: str, did: str, now: float) -> Claimed | None:
        """Use a token up; None where it is no call's of that DID, too old, or used."""
        outgoing, calls = tables.outgoing, tables.calls
        of_did = select(calls.c.id).where(calls.c.did == clean(did), calls.c.state != "ended")
        use = (
            update(outgoing)
            .where(
                outgoing.c.token == sealed(token),
                outgoing.c.token_used_at.is_(None),
                outgoing.c.token_until > now,
                outgoing.c.id.in_(of_did),
            )
            .values(token_used_at=now)
            .returning(outgoing.c.id)
        )
        async with self._engine.begin() as connection:
            id_ = await connection.scalar(use)
            if id_ is None:
                return None
            row = (await connection.execute(select(calls).where(calls.c.id == id_))).one()
            return Claimed(row.id, row.did, row.flow, orjson.loads(row.variables))

    async def webhook(self, shown: str, body: bytes, now: float) -> bool:
        """Keep a webhook whole, and learn from it; False where `shown` is not what we gave."""
        id_ = webhook_call(shown)
        async with self._engine.begin() as connection:
            query = select(tables.outgoing.c.token).where(tables.outgoing.c.id == id_)
            known = await connection.scalar(query)
            if not webhook_value_is_right(id_, known or "", shown) or known is None:
                return False
            said = read_webhook(body)
            call_id = clean(said.call_id)[:200]
            row = {"at": now, "call_id": call_id, "body": clean(body.decode(errors="replace"))}
            await connection.execute(tables.webhooks.insert(), [row])
            await connection.run_sync(_learn, id_, said, now)
        return True

    async def give_up(self, before: float, now: float) -> int:
        """End the calls that were placed before then and of which nothing was heard since."""
        calls, outgoing = tables.calls, tables.outgoing
        silent = (
            select(calls.c.id)
            .join(outgoing, outgoing.c.id == calls.c.id)
            .where(
                calls.c.state == "dialling",
                calls.c.started_at < before,
                # A call whose WebSocket has come is about to be kept as live.
                or_(outgoing.c.token_used_at.is_(None), outgoing.c.token_used_at < before),
            )
        )
        async with self._engine.connect() as connection:
            ids = list(await connection.scalars(silent))
        # One by one: who holds a call, or the feed, waits for no other call.
        return sum([await self.end(id_, "no_answer", now) for id_ in ids])

    async def end(self, id_: str, reason: str, now: float) -> bool:
        """End a call that has not been connected yet; False where there is none."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(_end_unanswered, id_, reason, now)

    async def dialling(self) -> int:
        """Return how many calls this server has placed that are neither connected nor ended."""
        calls = tables.calls
        query = select(func.count()).where(
            calls.c.state == "dialling", calls.c.server == self._server
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(query) or 0


# -- within a transaction --------------------------------------------------------------------------


def _take_hold(connection: Connection, id_: str) -> None:
    """Let all others wait that tell of this call, before anything of it is touched.

    Who took hold of its parts in another order would wait for us, and we for him: PostgreSQL breaks
    one of the two off.
    """
    of_call = select(tables.calls.c.id).where(tables.calls.c.id == id_)
    # Not from those who add turns to it: they only need it to be there.
    connection.execute(of_call.with_for_update(key_share=True))


def _name(connection: Connection, id_: str, call_id: str) -> None:
    """Keep the carrier's id, where none is known yet."""
    calls = tables.calls
    named = update(calls).where(calls.c.id == id_, calls.c.call_id == "")
    connection.execute(named.values(call_id=clean(call_id)[:200]))


def _initiated(connection: Connection, id_: str, call_id: str) -> None:
    outgoing = tables.outgoing
    _take_hold(connection, id_)
    _name(connection, id_, call_id)
    connection.execute(
        update(outgoing)
        .where(outgoing.c.id == id_, outgoing.c.status == "placing")
        .values(status="initiated")
    )


def _learn(connection: Connection, id_: str, said: CarrierEvent, now: float) -> None:
    calls, outgoing = tables.calls, tables.outgoing
    _take_hold(connection, id_)
    _name(connection, id_, said.call_id)
    if said.outcome is None:
        return
    answered = connection.scalar(select(calls.c.answered_at).where(calls.c.id == id_))
    if answered is not None:
        # The caller has been heard; "failed" is then how the call ended, and its record knows.
        return
    connection.execute(update(outgoing).where(outgoing.c.id == id_).values(outcome=said.outcome))
    if not _end_unanswered(connection, id_, said.outcome, now):
        # Its WebSocket was closed before it was known why.
        ended = update(calls).where(calls.c.id == id_, calls.c.state == "ended")
        connection.execute(ended.values(end_reason=said.outcome))


def _end_unanswered(connection: Connection, id_: str, reason: str, now: float) -> bool:
    calls = tables.calls
    ended = {"state": "ended", "ended_at": now, "end_reason": reason}
    found = connection.execute(
        update(calls).where(calls.c.id == id_, calls.c.state == "dialling").values(ended)
    )
    if found.rowcount:
        facts = {"call": id_, "end_reason": reason}
        tell(connection, [told(now, "call_ended", facts)])
    return bool(found.rowcount)
