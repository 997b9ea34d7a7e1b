import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from databases import postgres
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from told_calls import AT, begun, ended, spoken

from runtime.store import migration, tables
from runtime.store.archive import Span, UnknownCall, Wanted
from runtime.store.changes import (
    CallChanged,
    Change,
    FlowSeen,
    Noted,
    Told,
    TurnChanged,
)
from runtime.store.database import Database, StoreProblem
from runtime.store.rows import Rows
from runtime.store.store import Store
from runtime.store.tables import metadata
from runtime.store.writer import Writer, server_name, write

pytestmark = pytest.mark.database


def kept(
    database: Database, changes: list[Change], look: Callable[[Store], Awaitable[None]]
) -> None:
    async def run() -> None:
        store = Store.of(database, "here")
        async with store.open():
            for change in changes:
                store.writer.put(change)
            await store.writer.flushed()
            await look(store)

    asyncio.run(run())


def test_a_call_is_read_as_it_was_told(database: Database):
    changes = [
        begun(),
        Noted("one", 1, AT + 1, "entered", {"state": "menu"}),
        spoken(1, "Hello, how can I help you?"),
        CallChanged("one", AT + 2, {"answered_at": AT + 2}),
        CallChanged("one", AT + 3, {"variables": {"a": 2}, "slots": {"day": "2026-11-29"}}),
        TurnChanged("one", 1, {"text": "Hello, how"}),
        TurnChanged("one", 1, {"latency_ms": 420}),
        ended(),
    ]

    async def look(store: Store) -> None:
        call = await store.archive.find("one")
        assert call is not None
        assert (call["state"], call["end_reason"]) == ("ended", "hangup")
        assert call["started_at"] == "2026-11-18T11:06:40.000+00:00"
        assert call["answered_at"] == "2026-11-18T11:06:42.000+00:00"
        assert (call["variables"], call["slots"]) == ({"a": 2}, {"day": "2026-11-29"})
        [turn] = call["turns"]
        assert (turn["text"], turn["latency_ms"], turn["who"]) == ("Hello, how", 420, "bot")
        assert [event["kind"] for event in call["events"]] == ["entered"]
        assert await store.archive.find("other") is None

    kept(database, changes, look)


def test_what_changes_after_its_batch_is_changed_in_its_row(database: Database):
    async def look(store: Store) -> None:
        for change in (TurnChanged("one", 1, {"text": "Hel"}), ended()):
            store.writer.put(change)
        await store.writer.flushed()
        call = await store.archive.find("one")
        assert call is not None
        assert (call["turns"][0]["text"], call["state"]) == ("Hel", "ended")

    kept(database, [begun(), spoken(1, "Hello")], look)


def test_pages_stay_right_while_calls_come_in(database: Database):
    async def look(store: Store) -> None:
        first = await store.archive.page(Wanted(), limit=4)
        # Two at the same moment are told apart by their ids.
        store.writer.put(begun("new", AT + 100))
        await store.writer.flushed()
        rest = await store.archive.page(Wanted(), limit=9, before=first[-1]["id"])
        ids = [row["id"] for row in (*first, *rest)]
        assert ids == ["c5", "c4", "c3", "c2", "c1", "c0"]
        with pytest.raises(UnknownCall):
            await store.archive.page(Wanted(), limit=1, before="nobody")

    kept(database, [begun(f"c{n}", AT + n // 2) for n in range(6)], look)


def test_only_the_wanted_calls_are_listed(database: Database):
    async def look(store: Store) -> None:
        async def ids(**wanted: str) -> list[str]:
            rows = await store.archive.page(Wanted(**wanted), limit=9)
            return [row["id"] for row in rows]

        assert await ids(state="live") == ["two"]
        assert await ids(state="ended") == ["one"]
        assert await ids(did="1") == ["two"]
        assert await ids(flow="clinic") == ["two", "one"]
        assert await ids(flow="clinic", did="2") == []

    kept(database, [begun("one"), begun("two", AT + 1, did="1"), ended("one")], look)


def test_the_feed_tells_in_order_and_from_where_a_reader_stopped(database: Database):
    changes = [
        begun(),
        Noted("one", 1, AT, "entered", {"state": "menu"}),
        spoken(1, "Hello"),
        CallChanged("one", AT + 2, {"answered_at": AT + 2}),
        ended(),
        Told(AT, "flow_loaded", {"flow": "clinic"}),
    ]

    async def look(store: Store) -> None:
        told = await store.archive.told_after(0, 10)
        kinds = ["call_started", "state", "turn", "call_answered", "call_ended", "flow_loaded"]
        assert [row.kind for row in told] == kinds
        assert await store.archive.told_span() == Span(told[0].id, told[-1].id)
        rest = await store.archive.told_after(told[3].id, 10)
        assert [row.kind for row in rest] == kinds[4:]

    kept(database, changes, look)


def test_a_version_of_a_flow_is_kept_once(database: Database):
    seen = FlowSeen("clinic", "abc", AT, {"clinic.yaml": "greeting: Hello"})

    async def look(store: Store) -> None:
        async with store.engine.connect() as connection:
            rows = (await connection.execute(text("SELECT files FROM flow_versions"))).all()
        assert [row.files for row in rows] == ['{"clinic.yaml":"greeting: Hello"}']

    kept(database, [seen, replace(seen, at=AT + 9)], look)


def test_no_word_of_a_carrier_or_a_caller_is_too_odd_to_keep(database: Database):
    odd = [begun(call_id="x" * 1000 + "\0"), spoken(1, "\0 naïve 💬 \ud800")]

    async def look(store: Store) -> None:
        call = await store.archive.find("one")
        assert call is not None
        assert call["call_id"] == "x" * 200
        assert call["turns"][0]["text"] == " naïve 💬 ?"
        assert store.writer.lost == 0

    kept(database, odd, look)


def test_one_change_that_cannot_be_kept_takes_no_other_with_it(database: Database):
    stray = spoken(1, "of a call that was never begun", call="stray")

    async def look(store: Store) -> None:
        assert store.writer.lost == (0 if await store.archive.find("stray") else 1)
        call = await store.archive.find("one")
        assert call is not None
        assert [turn["text"] for turn in call["turns"]] == ["Hello", "Bye"]

    kept(database, [begun(), spoken(1, "Hello"), stray, spoken(2, "Bye")], look)


def test_no_error_shows_what_people_said(database: Database):
    """It may be logged whole, where it is a fault of ours."""
    engine = database.engine()
    row = {"call": "nobody", "number": 1, "at": AT, "who": "caller", "state": "menu"}
    with pytest.raises(SQLAlchemyError) as refused, engine.begin() as connection:
        connection.execute(tables.turns.insert(), [{**row, "text": "my secret"}])
    engine.dispose()
    assert "my secret" not in str(refused.value)


def test_what_waits_at_the_end_is_written(database: Database):
    async def run() -> None:
        store = Store.of(database, "here")
        async with store.open():
            store.writer.put(begun())
        again = Store.of(database, "here")
        async with again.open():
            assert await again.archive.find("one") is not None

    asyncio.run(run())


def test_a_start_leaves_nothing_of_its_rehearsal(database: Database):
    async def look(store: Store) -> None:
        async with store.engine.connect() as connection:
            for table in metadata.sorted_tables:
                rows = (await connection.execute(select(table))).all()
                assert len(rows) == (table.name == "servers")

    kept(database, [], look)


@pytest.mark.parametrize(
    "failure",
    [
        OperationalError("COMMIT", {}, Exception("away")),
        # A PostgreSQL that has become the stand-by of another takes no rows.
        InternalError("INSERT", {}, Exception("read-only")),
        InterfaceError("INSERT", {}, Exception("closed"), connection_invalidated=True),
    ],
)
def test_a_database_that_is_away_for_a_while_gets_all_when_it_is_back(
    database: Database, failure: DBAPIError
):
    failures = [failure] * 3

    def tired(connection: Connection, rows: Rows) -> None:
        if failures:
            raise failures.pop()
        write(connection, rows)

    async def run() -> None:
        store = Store.of(database, "reader")
        writer = Writer(database, server_name("here"), write=tired)
        for change in (begun(), spoken(1, "Hello")):
            writer.put(change)
        with writer.running():
            while writer.waiting:
                await writer.flushed()
        call = await store.archive.find("one")
        assert call is not None
        assert [turn["text"] for turn in call["turns"]] == ["Hello"]
        assert writer.lost == 0
        await store.engine.dispose()

    asyncio.run(run())
    assert failures == []


def test_a_database_that_goes_away_within_a_refused_batch_loses_only_what_it_refuses(
    database: Database,
):
    away = [OperationalError("COMMIT", {}, Exception("away"))]

    def tired(connection: Connection, rows: Rows) -> None:
        # The whole batch is refused for its stray first, and then fails at its second turn.
        if away and [row["text"] for row in rows.spoken.values()] == ["Bye"]:
            raise away.pop()
        write(connection, rows)

    async def run() -> None:
        store = Store.of(database, "reader")
        writer = Writer(database, server_name("here"), write=tired)
        for change in (begun(), spoken(1, "x", call="stray"), spoken(1, "Hi"), spoken(2, "Bye")):
            writer.put(change)
        with writer.running():
            while writer.waiting:
                await writer.flushed()
        call = await store.archive.find("one")
        assert call is not None
        assert [turn["text"] for turn in call["turns"]] == ["Hi", "Bye"]
        assert writer.lost == 1
        await store.engine.dispose()

    asyncio.run(run())
    assert away == []


def test_what_cannot_be_written_at_the_end_is_told(database: Database, caplog):
    def gone(connection: Connection, rows: Rows) -> None:
        raise OperationalError("COMMIT", {}, Exception("away"))

    writer = Writer(database, server_name("here"), write=gone)
    with writer.running():
        writer.put(begun())
        writer.put(spoken(1, "Hello"))
    [told] = [record for record in caplog.records if record.message == "store_unwritten"]
    assert told.waiting == 2


def test_a_database_that_never_answers_does_not_keep_a_server_from_stopping(
    database: Database, caplog
):
    goes_on = threading.Event()

    def stuck(connection: Connection, rows: Rows) -> None:
        goes_on.wait()

    writer = Writer(database, server_name("here"), write=stuck, patience=0.01)
    try:
        with writer.running():
            writer.put(begun())
        assert "store_unwritten" in caplog.messages
    finally:
        goes_on.set()
        for thread in threading.enumerate():
            if thread.name == "store":
                thread.join()


def test_calls_of_a_server_that_has_died_are_closed_when_it_starts_again(database: Database):
    async def run() -> None:
        # A server that was killed: its row and its calls are there, its thread is not.
        dead = Store.of(database, "here")
        async with dead.open():
            for change in (begun(), spoken(1, "Hello"), begun("two"), ended("two")):
                dead.writer.put(change)
        again = Store.of(database, "here")
        async with again.open():
            lost, whole = await again.archive.find("one"), await again.archive.find("two")
            assert lost is not None
            assert whole is not None
            assert (lost["state"], lost["end_reason"]) == ("ended", "server_lost")
            assert lost["ended_at"] >= lost["turns"][-1]["at"]
            assert whole["end_reason"] == "hangup"
            last = (await again.archive.told_after(0, 99))[-1]
            assert (last.kind, "server_lost" in last.data) == ("call_ended", True)

    asyncio.run(run())


def test_servers_that_share_a_database_leave_each_others_live_calls_alone():
    async def run(database: Database) -> None:
        now = [AT]
        one = Writer(database, server_name("one"), clock=lambda: now[0], pause=0.01)
        two = Writer(database, server_name("two"), clock=lambda: now[0], pause=0.01)
        store = Store.of(database, "reader")
        with one.running():
            one.put(begun())
            await one.flushed()
            with two.running():
                now[0] += 20
                await two.flushed()
                call = await store.archive.find("one")
                assert call is not None
                assert call["state"] == "live"
        # Of the first nothing was heard since; after half a minute it counts as dead.
        now[0] += 31
        with two.running():
            call = await store.archive.find("one")
            assert call is not None
            assert call["end_reason"] == "server_lost"
        await store.engine.dispose()

    with postgres() as database:
        migration.upgrade(database)
        asyncio.run(run(database))


def test_a_sqlite_file_has_one_server(tmp_path: Path):
    async def run() -> None:
        database = Database.of(None, tmp_path)
        async with Store.of(database, "one").open():
            with pytest.raises(StoreProblem, match="another server keeps its calls"):
                async with Store.of(database, "two").open():
                    pass

    asyncio.run(run())


def test_a_server_on_postgresql_says_how_to_make_the_tables():
    async def run(database: Database) -> None:
        with pytest.raises(StoreProblem, match="callwright db upgrade"):
            async with Store.of(database, "one").open():
                pass

    with postgres() as database:
        asyncio.run(run(database))
