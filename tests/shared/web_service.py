"""An author's system on 127.0.0.1: whatever bytes a test wants, over HTTP or HTTPS."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpcore2

from runtime.call.public_network import PublicNetwork


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def reply(
    content: bytes = b"{}", status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


Pieces = Callable[[Received], bytes | AsyncGenerator[bytes, None]]
"""One answer, or its pieces, after which the connection is closed."""


@dataclass
class WebService:
    answer: Pieces
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.talks.add(task)
        self.connections += 1
        # Cancelled by the end of the test: asyncio's streams would log it as an error.
        gone = (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError, ssl.SSLError)
        try:
            with suppress(*gone):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.transport.abort()
            with suppress(*gone):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.received.append(request)
        answer = self.answer(request)
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            return True
        async with aclosing(answer) as pieces:
            async for piece in pieces:
                writer.write(piece)
                await writer.drain()
        writer.close()
        await writer.wait_closed()
        return False


async def _read(reader: asyncio.StreamReader) -> Received:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)


@asynccontextmanager
async def web_service(
    answer: Pieces, tls: ssl.SSLContext | None = None
) -> AsyncIterator[WebService]:
    service = WebService(answer)
    server = await asyncio.start_server(service.talk, "127.0.0.1", 0, ssl=tls)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        for talk in service.talks:
            talk.cancel()
        await asyncio.gather(*service.talks, return_exceptions=True)


class Detour(httpcore2.AnyIOBackend):
    """Leads every address to the test's own service, and notes which was dialled."""

    def __init__(self, service: WebService, dead: frozenset[str] = frozenset()) -> None:
        self.service = service
        self.dead = dead
        self.dialled: list[str] = []

    async def connect_tcp(  # type: ignore[override] # the rest is passed on unread
        self, host: str, *more: object
    ) -> httpcore2.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self.dead:
            raise httpcore2.ConnectError
        return await super().connect_tcp("127.0.0.1", self.service.port)


@dataclass
class Names:
    """A resolver by a table; several answers of a name come one after the other."""

    table: Mapping[str, list[tuple[str, ...]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        answers = self.table[host]
        self.asked.append(host)
        return answers[min(self.asked.count(host), len(answers)) - 1]


Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


def public(detour: Detour, names: Resolve) -> PublicNetwork:
    """Return the network as it is in use, with the rule that keeps from private addresses."""
    return PublicNetwork(resolve=names, wire=detour)
