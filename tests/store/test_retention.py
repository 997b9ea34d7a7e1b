import asyncio
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, event, func, select
from told_calls import AT, begun, ended, spoken

from runtime.store import tables
from runtime.store.changes import FlowSeen, Told
from runtime.store.database import Database
from runtime.store.retention import ROWS_AT_ONCE, Limits, Pruned, Retention, size_of
from runtime.store.store import Store

pytestmark = pytest.mark.database

DAY = 86_400.0


@dataclass(frozen=True)
class Recorded:
    call: str
    size: int
    changed_at: float = AT


@dataclass
class Disk:
    kept: dict[str, Recorded] = field(default_factory=dict)

    def __iter__(self):
        return iter(tuple(self.kept.values()))

    def delete(self, call: str) -> bool:
        return self.kept.pop(call, None) is not None


def fill(database: Database, count: int, words: str = "Hello") -> None:
    async def run() -> None:
        store = Store.of(database, "here")
        async with store.open():
            for number in range(count):
                store.writer.put(begun(f"c{number}", AT + number))
                store.writer.put(spoken(1, words, call=f"c{number}"))
                store.writer.put(ended(f"c{number}"))
            store.writer.put(begun("live", AT - DAY))

    asyncio.run(run())


def pruned(database: Database, disk: Disk, limits: Limits, now: float) -> tuple[Pruned, list[str]]:
    engine = database.engine()
    done = Retention(engine, limits, disk).prune(now)
    with engine.connect() as connection:
        left = list(connection.scalars(select(tables.calls.c.id).order_by(tables.calls.c.id)))
        orphans = select(func.count()).where(tables.turns.c.call.not_in(left))
        assert connection.scalar(orphans) == 0
    engine.dispose()
    return done, left


def test_an_old_call_goes_with_its_turns_and_its_recording_and_a_live_one_stays(database: Database):
    fill(database, 450)
    disk = Disk({name: Recorded(name, 100) for name in ("c0", "live")})
    limits = Limits(30 * DAY, 1e12, DAY)
    assert pruned(database, disk, limits, AT + 29 * DAY)[0] == Pruned(0, 0)
    done, left = pruned(database, disk, limits, AT + 31 * DAY)
    assert (done.calls, left) == (450, ["live"])
    assert list(disk.kept) == ["live"]


def test_beyond_its_room_the_oldest_calls_go_first(database: Database):
    fill(database, 6)
    disk = Disk({f"c{number}": Recorded(f"c{number}", 1_000_000) for number in range(6)})
    done, left = pruned(database, disk, Limits(1e9, 3_900_000, DAY), AT + 100)
    assert (done.calls, left) == (3, ["c3", "c4", "c5", "live"])
    assert list(disk.kept) == ["c3", "c4", "c5"]


def test_rows_count_as_much_as_they_take(database: Database):
    fill(database, 40, words="x" * 50_000)
    engine = database.engine()
    with engine.connect() as connection:
        before = size_of(connection)
    done, _ = pruned(database, Disk(), Limits(1e9, before / 2, DAY), AT + 100)
    with engine.connect() as connection:
        after = size_of(connection)
    engine.dispose()
    assert 2_000_000 < before < 2_100_000
    assert after <= before / 2
    assert 15 <= done.calls <= 25


def test_a_recording_whose_call_another_server_has_deleted_goes_after_a_day(database: Database):
    disk = Disk({"stray": Recorded("stray", 10)})
    limits = Limits(1e9, 1e12, DAY)
    assert pruned(database, disk, limits, AT + DAY)[0].recordings == 0
    assert pruned(database, disk, limits, AT + DAY + 1)[0].recordings == 1


def test_the_feed_is_kept_for_its_own_time(database: Database):
    async def run() -> None:
        store = Store.of(database, "here")
        async with store.open():
            store.writer.put(Told(AT, "flow_loaded", {}))
            store.writer.put(Told(AT + 100, "flow_loaded", {}))

    asyncio.run(run())
    pruned(database, Disk(), Limits(1e9, 1e12, 100), AT + 101)
    engine = database.engine()
    with engine.connect() as connection:
        assert list(connection.scalars(select(tables.feed.c.at))) == [AT + 100]
    engine.dispose()


def test_nothing_is_deleted_in_one_large_transaction(database: Database):
    """The writer waits for it, and on SQLite so does a placed call that is answered."""
    rows, hooks = 3 * ROWS_AT_ONCE + 1, {"call_id": "", "body": "{}"}
    engine = database.engine()
    with engine.begin() as connection:
        told = {"at": AT, "kind": "flow_loaded", "data": "{}"}
        connection.execute(tables.feed.insert(), [told] * rows)
        connection.execute(tables.webhooks.insert(), [{"at": AT, **hooks}] * rows)
    deleted: list[int] = []

    @event.listens_for(Engine, "after_cursor_execute")
    def count(_conn, cursor, statement, *_):
        if statement.startswith("DELETE"):
            deleted.append(cursor.rowcount)

    try:
        pruned(database, Disk(), Limits(100, 1e12, 100), AT + 101)
    finally:
        event.remove(Engine, "after_cursor_execute", count)
    assert sum(deleted) == 2 * rows
    assert max(deleted) == ROWS_AT_ONCE
    with engine.connect() as connection:
        for table in (tables.feed, tables.webhooks):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    engine.dispose()


def test_a_version_is_kept_as_long_as_a_call_that_ran_it(database: Database):
    async def run() -> None:
        store = Store.of(database, "here")
        async with store.open():
            for version in ("abc", "old"):
                store.writer.put(FlowSeen("clinic", version, AT - 100, {}))
            store.writer.put(FlowSeen("clinic", "new", AT, {}))
            store.writer.put(begun())

    asyncio.run(run())
    pruned(database, Disk(), Limits(50, 1e12, 1e9), AT)
    engine = database.engine()
    with engine.connect() as connection:
        left = set(connection.scalars(select(tables.flow_versions.c.version)))
    engine.dispose()
    assert left == {"abc", "new"}
