"""What happens, for whoever reads along: the feed in the database, read once for all readers.

It has what all servers that share the database tell. While nobody reads, nobody asks for it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError

from runtime.store.archive import Archive, Span, Told
from runtime.store.rows import as_text, as_time

LOOK_SECONDS = 0.25
"""Between two looks into the feed."""

BATCH = 200
"""Rows read at once: what is done with them holds up the calls for a millisecond or two."""

LONGEST_QUEUE = 2000
"""Events that wait for one reader: one that is further behind is cut off, and can resume."""

LARGEST_PIECE = 65_536
"""Bytes sent at once, but for the last event: so much lies in the server's buffer for a reader that
takes nothing."""

REMEMBERED_CALLS = 5000
"""Calls of which it is known whose they are, without asking again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it is sent to each of its readers."""

    id: int
    kind: str
    data: dict[str, Any]
    block: bytes


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events a reader wants; None: any."""

    call: str | None = None
    did: str | None = None
    flow: str | None = None

    @property
    def needs_owner(self) -> bool:
        """Whether it must be known whose call an event is of."""
        return self.did is not None or self.flow is not None

    def wants(self, event: Happened, owner: tuple[str, str] | None) -> bool:
        """Tell whether the event is wanted; `owner` is the DID and the flow of its call."""
        if self.call is not None and event.data.get("call") != self.call:
            return False
        if not self.needs_owner:
            return True
        did, flow = owner or (None, _flow_of(event.data))
        return self.did in (None, did) and self.flow in (None, flow)


def _flow_of(data: dict[str, Any]) -> object:
    """Return the flow that a reload is of; one that was refused is known by its file."""
    return PurePath(data["file"]).stem if "file" in data else data.get("flow")


class Reader:
    """One who reads along, from the number `seen` on."""

    def __init__(self, interest: Interest, seen: int, longest: int) -> None:
        self.interest = interest
        self.seen = seen
        """The number of the last event that it was sent, or does not want."""
        self.was_cut = asyncio.Event()
        """It was too slow, or the server stops."""
        self._longest = longest
        self._waiting: deque[tuple[int, Happened | None]] = deque()
        self._news = asyncio.Event()

    def put(self, id_: int, event: Happened | None) -> None:
        """Hand an event on; None stands for one that is not wanted."""
        if event is None and self._waiting and self._waiting[-1][1] is None:
            self._waiting.pop()
        if len(self._waiting) >= self._longest:
            log.warning("event_reader_too_slow", extra={"waiting": len(self._waiting)})
            self.cut()
            return
        self._waiting.append((id_, event))
        self._news.set()

    def cut(self) -> None:
        """End it after what it is being sent just now."""
        self._waiting.clear()
        self.was_cut.set()
        self._news.set()

    async def next(self, seconds: float) -> list[Happened]:
        """Return what waits, at most about `LARGEST_PIECE` bytes of it.

        Nothing: there was none for so many seconds, or the reader is cut off.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self.was_cut.is_set():
                    found = self._take()
                    if found:
                        return found
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return []

    def _take(self) -> list[Happened]:
        taken: list[Happened] = []
        size = 0
        while self._waiting and size < LARGEST_PIECE:
            self.seen, event = self._waiting.popleft()
            if event is not None:
                taken.append(event)
                size += len(event.block)
        return taken


class Events:
    """Reads the feed for all readers of this process."""

    def __init__(self, archive: Archive, *, longest_queue: int = LONGEST_QUEUE) -> None:
        self._archive = archive
        self._longest_queue = longest_queue
        self._readers: set[Reader] = set()
        self._position = 0
        """The number of the last row that all readers were handed."""
        self._joining = asyncio.Lock()
        self._somebody = asyncio.Event()
        self._owners: dict[str, tuple[str, str]] = {}
        self.is_closed = False

    @property
    def readers(self) -> int:
        """How many read along."""
        return len(self._readers)

    # -- for readers -------------------------------------------------------------------------------

    async def join(self, interest: Interest) -> Reader:
        """Return a reader of what happens from now on; `leave` it when done."""
        async with self._joining:
            if not self._readers:
                self._position = (await self._archive.told_span()).newest
            reader = Reader(interest, self._position, self._longest_queue)
            self._readers.add(reader)
            self._somebody.set()
            return reader

    def leave(self, reader: Reader) -> None:
        """The reader has gone."""
        self._readers.discard(reader)
        if not self._readers:
            self._somebody.clear()

    async def gap(self, after: int) -> Span | None:
        """Return what is kept, where events behind that number are lost; else None."""
        span = await self._archive.told_span()
        is_lost = 0 < after < span.oldest - 1 or after > span.newest
        return span if is_lost else None

    async def kept(
        self, interest: Interest, after: int, upto: int
    ) -> AsyncIterator[list[Happened]]:
        """Iterate over what was told between the two numbers, the second included, in batches."""
        while after < upto:
            rows = await self._archive.told_after(after, BATCH, upto=upto)
            if not rows:
                return
            events = [_happened(row) for row in rows]
            await self._learn(events, interest.needs_owner)
            yield [event for event in events if interest.wants(event, self._owner(event))]
            after = rows[-1].id

    def close(self) -> None:
        """Let all readers end; no other may come."""
        self.is_closed = True
        for reader in self._readers:
            reader.cut()

    # -- the one who looks -------------------------------------------------------------------------

    async def watch(self) -> None:
        """Look into the feed while somebody reads, until cancelled."""
        is_away = False
        while True:
            await self._somebody.wait()
            try:
                async with self._joining:
                    await self._look()
                is_away = False
            except (SQLAlchemyError, TimeoutError) as error:
                if not is_away:
                    log.error("feed_unreadable", extra={"why": type(error).__name__})
                is_away = True
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        while self._readers:
            rows = await self._archive.told_after(self._position, BATCH)
            if rows:
                events = [_happened(row) for row in rows]
                await self._learn(events, any(x.interest.needs_owner for x in self._readers))
                self._position = rows[-1].id
                self._hand_out(events)
            if len(rows) < BATCH:
                return

    def _hand_out(self, events: Sequence[Happened]) -> None:
        for event in events:
            owner = self._owner(event)
            for reader in self._readers:
                if not reader.was_cut.is_set():
                    reader.put(event.id, event if reader.interest.wants(event, owner) else None)

    async def _learn(self, events: Iterable[Happened], is_asked: bool) -> None:
        """Find out whose the calls are, where a reader asks by that."""
        if not is_asked:
            return
        named = {event.data["call"] for event in events if "call" in event.data}
        unknown = sorted(named - self._owners.keys())
        if unknown:
            self._owners |= await self._archive.whose(unknown)
        while len(self._owners) > REMEMBERED_CALLS and self._owners.keys() - named:
            del self._owners[next(x for x in self._owners if x not in named)]

    def _owner(self, event: Happened) -> tuple[str, str] | None:
        return self._owners.get(event.data.get("call", ""))


def _happened(row: Told) -> Happened:
    data = {"at": as_time(row.at), **orjson.loads(row.data)}
    return Happened(row.id, row.kind, data, block(row.kind, data, row.id))


def block(kind: str, data: object, id_: int | None = None) -> bytes:
    """Return an event as the stream has it."""
    numbered = f"id: {id_}\n" if id_ is not None else ""
    return f"{numbered}event: {kind}\ndata: {as_text(data)}\n\n".encode()
