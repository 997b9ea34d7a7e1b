"""One looks into the feed for all who read along."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import virtual_time
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError
from starlette.applications import Starlette

from runtime.server.events import Events, Interest, Reader
from runtime.server.events_api import EventsApi
from runtime.store.archive import Span, Told


class Feed:
    """Stands in for the archive: rows in memory, and how often they were asked for."""

    def __init__(self) -> None:
        self.rows: list[Told] = []
        self.looks = 0
        self.fault: Exception | None = None

    def tell(self, kind: str = "call_answered", data: str = '{"call": "one"}') -> None:
        self.rows.append(Told(len(self.rows) + 1, kind, 0.0, data))

    async def told_after(self, id_: int, limit: int, upto: int | None = None) -> list[Told]:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        upto = len(self.rows) if upto is None else upto
        return self.rows[id_:upto][:limit]

    async def told_span(self) -> Span:
        return Span(min(1, len(self.rows)), len(self.rows))

    async def whose(self, ids: list[str]) -> dict[str, tuple[str, str]]:
        return dict.fromkeys(ids, ("1", "clinic"))


@asynccontextmanager
async def watched(feed: Feed, **more: Any) -> AsyncIterator[Events]:
    events = Events(feed, **more)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(events.watch())
        yield events
        looking.cancel()


async def ids(reader: Reader, count: int) -> list[int]:
    """Return the numbers of what it is handed next, at least so many."""
    found: list[int] = []
    while len(found) < count:
        happened = await reader.next(60)
        assert happened, found
        found += [event.id for event in happened]
    return found


def virtually(talk: Callable[[Feed], Awaitable[None]]) -> None:
    async def run() -> None:
        await talk(Feed())

    virtual_time.run(run())


def test_all_readers_share_one_look_and_nobody_looks_while_nobody_reads():
    async def talk(feed: Feed) -> None:
        async with watched(feed) as events:
            await asyncio.sleep(100)
            assert feed.looks == 0
            readers = [await events.join(Interest()) for _ in range(50)]
            feed.tell()
            for reader in readers:
                assert await ids(reader, 1) == [1]
            await asyncio.sleep(10)
            looked = feed.looks
            assert 35 <= looked <= 45
            for reader in readers:
                events.leave(reader)
            await asyncio.sleep(100)
            assert feed.looks <= looked + 1
            # What is told meanwhile is for nobody.
            feed.tell()
            late = await events.join(Interest())
            feed.tell()
            assert await ids(late, 1) == [3]

    virtually(talk)


def test_a_slow_reader_is_cut_off_and_the_others_are_not():
    async def talk(feed: Feed) -> None:
        async with watched(feed, longest_queue=3) as events:
            slow, quick = await events.join(Interest()), await events.join(Interest())
            for number in range(1, 6):
                feed.tell()
                assert await ids(quick, 1) == [number]
            assert slow.was_cut.is_set()
            assert await slow.next(60) == []
            assert slow.seen == 0
            assert not quick.was_cut.is_set()

    virtually(talk)


def test_a_reader_is_handed_what_waits_but_no_more_than_a_piece():
    async def talk(feed: Feed) -> None:
        async with watched(feed) as events:
            reader = await events.join(Interest())
            for _ in range(10):
                feed.tell(data=f'{{"call": "{"x" * 20_000}"}}')
            await asyncio.sleep(1)
            assert [len(await reader.next(60)) for _ in range(3)] == [4, 4, 2]

    virtually(talk)


def test_what_a_reader_does_not_want_takes_no_room_and_counts_as_seen():
    async def talk(feed: Feed) -> None:
        async with watched(feed, longest_queue=3) as events:
            reader = await events.join(Interest(call="two"))
            for _ in range(100):
                feed.tell()
            feed.tell(data='{"call": "two"}')
            feed.tell()
            assert await ids(reader, 1) == [101]
            assert await reader.next(1) == []
            assert reader.seen == 102

    virtually(talk)


@pytest.mark.parametrize("fault", [OperationalError, InternalError, ProgrammingError])
def test_readers_outlast_a_database_that_is_away(
    fault: type[DBAPIError], caplog: pytest.LogCaptureFixture
):
    """Whatever is wrong with it: this task ends with the server only, and all calls with it."""

    async def talk(feed: Feed) -> None:
        async with watched(feed) as events:
            reader = await events.join(Interest())
            feed.fault = fault("SELECT", {}, Exception("away"))
            feed.tell()
            assert await reader.next(30) == []
            feed.fault = None
            assert await ids(reader, 1) == [1]

    virtually(talk)
    assert [record.getMessage() for record in caplog.records] == ["feed_unreadable"]


async def streamed(events: Events, seconds: float, query: str = "") -> list[bytes]:
    """Return what is sent within that time to one who asks for the stream, and then goes."""
    sent: list[bytes] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(seconds)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message.get("body", b""))

    app = Starlette(routes=EventsApi(events).routes())
    scope = {"type": "http", "method": "GET", "path": "/v1/events", "headers": []}
    await app({**scope, "query_string": query.encode()}, receive, send)  # type: ignore[arg-type]
    return sent


def test_a_silent_stream_gives_a_sign_of_life_every_15_seconds_and_says_how_far_it_is():
    async def talk(feed: Feed) -> None:
        async with watched(feed) as events:
            feed.tell()
            sent = await streamed(events, 50)
            assert sent[1] == b"retry: 2000\nid: 1\n\n"
            assert sent[2:] == [b": still here\nid: 1\n\n"] * 3
            assert events.readers == 0

    virtually(talk)


def test_a_stream_ends_after_the_time_that_its_reader_names():
    async def talk(feed: Feed) -> None:
        async with watched(feed) as events:
            sent = await streamed(events, 1_000, "wait=31")
            assert sent[2:] == [b": still here\nid: 0\n\n"] * 3 + [b""]

    virtually(talk)


def test_streams_end_when_the_server_stops_even_if_one_is_not_read():
    async def talk(feed: Feed) -> None:
        async with watched(feed) as events, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(streamed(events, 1_000))
            stuck = asyncio.Event()

            async def send(message: dict[str, Any]) -> None:
                if message.get("body"):
                    await stuck.wait()

            async def receive() -> dict[str, object]:
                await stuck.wait()
                return {}

            app = Starlette(routes=EventsApi(events).routes())
            scope = {"type": "http", "method": "GET", "path": "/v1/events", "headers": []}
            asked = {**scope, "query_string": b""}
            blocked = tasks.create_task(app(asked, receive, send))  # type: ignore[arg-type]
            await asyncio.sleep(1)
            assert events.readers == 2
            events.close()
            assert (await reading)[-1] == b""
            await blocked
            assert events.readers == 0

    virtually(talk)
