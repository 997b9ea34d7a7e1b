"""What is told of a placed call, one thing after the other, on both databases."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from databases import fresh_tables, postgres
from sqlalchemy import select

from runtime.carrier.token import webhook_value
from runtime.outbound.outgoing_call import Dialling, OutgoingCalls
from runtime.store import migration, tables
from runtime.store.archive import Archive
from runtime.store.changes import CallChanged
from runtime.store.database import Database
from runtime.store.rows import Rows
from runtime.store.writer import write

pytestmark = pytest.mark.network

ID, TOKEN, DID = "a" * 32, "call.secret", "8645012345"
CALL = Dialling(ID, DID, "9811111111", "hello", "v", {}, TOKEN)
SHOWN = webhook_value(ID, TOKEN)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.network)])
def database(request, tmp_path):
    if request.param == "sqlite":
        yield Database(f"sqlite:///{fresh_tables(tmp_path)}")
        return
    with postgres() as made:
        migration.upgrade(made)
        yield made


def told(database: Database, tell: Callable[[OutgoingCalls, Archive], Awaitable[None]]) -> None:
    """Dial a call at 1.0, and tell of it."""

    async def run() -> None:
        engine = database.async_engine()
        calls = OutgoingCalls(engine, "here")
        await calls.dial(CALL, 1.0)
        try:
            await tell(calls, Archive(engine))
        finally:
            await engine.dispose()

    asyncio.run(run())


def test_no_character_that_a_database_refuses_costs_what_the_carrier_tells(database):
    async def tell(calls: OutgoingCalls, archive: Archive) -> None:
        body = json.dumps({"callId": "c\0arrier", "status": "busy"}).encode()
        assert await calls.webhook(SHOWN, body, 2.0)
        await calls.initiated(ID, "other\0")
        assert await calls.claim("call.none", "\0", 2.0) is None
        found = await archive.find(ID)
        assert found is not None
        assert (found["call_id"], found["outcome"]) == ("carrier", "busy")

    told(database, tell)


def test_a_call_whose_websocket_has_come_is_not_given_up(database):
    """It was claimed at the last moment, and the store has not been told of its beginning yet."""

    async def tell(calls: OutgoingCalls, archive: Archive) -> None:
        assert await calls.claim(TOKEN, DID, 99.0) is not None
        assert await calls.give_up(before=2.0, now=100.0) == 0
        # Nor does it stay for ever: its server may have died just then.
        assert await calls.give_up(before=99.5, now=200.0) == 1

    told(database, tell)


def test_who_was_heard_has_answered_whatever_a_webhook_says(database):
    """It may come before the store is told that the call was answered."""

    async def tell(calls: OutgoingCalls, archive: Archive) -> None:
        assert await calls.webhook(SHOWN, b'{"status": "failed"}', 2.0)
        ends = {"answered_at": 2.0, "state": "ended", "ended_at": 2.5, "end_reason": "hangup"}
        engine = database.engine()
        with engine.begin() as connection:
            write(connection, Rows("here").take([CallChanged(ID, 2.5, ends)]))
        engine.dispose()
        found = await archive.find(ID)
        assert found is not None
        assert (found["outcome"], found["end_reason"]) == ("answered", "hangup")

    told(database, tell)


def test_a_webhooks_body_is_kept_whole(database):
    async def tell(calls: OutgoingCalls, archive: Archive) -> None:
        assert await calls.webhook(SHOWN, b'{"odd": "\\u0000"} and no JSON', 2.0)

    told(database, tell)
    engine = database.engine()
    with engine.connect() as connection:
        [body] = connection.scalars(select(tables.webhooks.c.body))
    engine.dispose()
    assert body == '{"odd": "\\u0000"} and no JSON'
