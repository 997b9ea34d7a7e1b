"""`GET /v1/events`: what happens, as server-sent events that a reader can take up again."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from math import inf

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from runtime.flow.dids import normal_did
from runtime.server.asking import ANSWER_SECONDS, query_of
from runtime.server.border import DATABASE_AWAY
from runtime.server.events import Events, Happened, Interest, Reader, block
from runtime.server.problems import Refused
from runtime.server.shapes import NEWEST_ID, EventsQuery
from runtime.store.archive import Span

HEARTBEAT_SECONDS = 15.0
"""Between two signs of life: proxies close what is silent, mostly after 30 or 60 seconds."""

RECONNECT_MS = 2000
"""After so long a browser asks again when the stream has ended."""

LAST_WORDS_SECONDS = 2.0
"""So long a stream that is to end may take for what it is sending."""

HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    # nginx would otherwise keep events back until they fill a buffer.
    "x-accel-buffering": "no",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventsApi:
    """Answers `/v1/events`."""

    events: Events
    heartbeat: float = HEARTBEAT_SECONDS

    def routes(self) -> list[Route]:
        """Return its path."""
        return [Route("/v1/events", self.stream)]

    async def stream(self, request: Request) -> Response:
        """Send what happens until the reader goes, is too slow, or the server stops."""
        query = query_of(request, EventsQuery)
        after = _last_seen(request, query.after)
        if self.events.is_closed:
            raise Refused(503, "the server is stopping")
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        did = query.did and (normal_did(query.did) or query.did)
        async with asyncio.timeout(ANSWER_SECONDS):
            gap = None if after is None else await self.events.gap(after)
            reader = await self.events.join(Interest(query.call, did, query.flow))
        return _Stream(self.events, reader, _Begin(after, gap, query.wait), self.heartbeat)


@dataclass(frozen=True, slots=True)
class _Begin:
    """How a stream is to begin, and when to end."""

    after: int | None
    gap: Span | None
    wait: int | None


class _Stream(Response):
    """Sends one reader's events; whatever ends it, the reader leaves."""

    def __init__(self, events: Events, reader: Reader, begin: _Begin, heartbeat: float) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._events = events
        self._reader = reader
        self._begin = begin
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends, or the reader has gone."""
        begin = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            await send(begin)
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send_all(send))
                gone = tasks.create_task(_gone(receive))
                cut = tasks.create_task(self._reader.was_cut.wait())
                await asyncio.wait((sending, gone, cut), return_when=asyncio.FIRST_COMPLETED)
                if cut.done():
                    # Its connection may take nothing more: then it is broken off.
                    await asyncio.wait((sending, gone), timeout=LAST_WORDS_SECONDS)
                for task in (sending, gone, cut):
                    task.cancel()
        finally:
            self._events.leave(self._reader)

    async def _send_all(self, send: Send) -> None:
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except DATABASE_AWAY as error:
            log.error("feed_unreadable", extra={"why": type(error).__name__})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        begin, reader, clock = self._begin, self._reader, asyncio.get_running_loop().time
        joined = reader.seen
        after = joined if begin.after is None else min(begin.after, joined)
        # Whoever is cut off before the first event knows from this where to go on.
        yield f"retry: {RECONNECT_MS}\nid: {after}\n\n".encode()
        if begin.gap is not None:
            yield block("gap", {"after": begin.after, "oldest": begin.gap.oldest or None})
        async for batch in self._events.kept(reader.interest, after, joined):
            yield _blocks(batch)
        until = None if begin.wait is None else clock() + begin.wait
        while not reader.was_cut.is_set():
            left = inf if until is None else until - clock()
            if left <= 0:
                yield _sign_of_life(reader)
                return
            happened = await reader.next(min(left, self._heartbeat))
            if happened:
                yield _blocks(happened)
            elif left > self._heartbeat and not reader.was_cut.is_set():
                yield _sign_of_life(reader)


def _blocks(events: Iterable[Happened]) -> bytes:
    return b"".join(event.block for event in events)


def _sign_of_life(reader: Reader) -> bytes:
    """Return a comment, and how far the reader is even if it wanted nothing of late."""
    return f": still here\nid: {reader.seen}\n\n".encode()


async def _gone(receive: Receive) -> None:
    """Return when the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _last_seen(request: Request, after: int | None) -> int | None:
    """Return from where on to read; a browser that reconnects names it by a header."""
    given = request.headers.get("last-event-id")
    if given is None:
        return after
    if not (given.isascii() and given.isdigit() and len(given) < 20 and int(given) <= NEWEST_ID):
        raise Refused(422, "it is the id of an event: a number", field="Last-Event-ID")
    return int(given)
