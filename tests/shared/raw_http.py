"""A server that says what a test tells it to, byte for byte: for what no proper server would do."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = "drop"
"""Break off the connection here, without a goodbye."""
HANG = "hang"
"""Say nothing more; the connection stays until the client closes it."""

Step = bytes | str
"""Bytes to send (in HTTP's chunked encoding, as one chunk), or one of the above."""


@dataclass(frozen=True)
class Exchange:
    """What is answered to one request: a status, headers, and the body's steps."""

    status: int = 200
    headers: tuple[str, ...] = ("content-type: text/event-stream",)
    steps: tuple[Step, ...] = ()


def events(*lines: str, done: bool = True) -> tuple[bytes, ...]:
    """Server-sent events of these data, one a step."""
    return tuple(f"data: {line}\n\n".encode() for line in (*lines, *["[DONE]"] * done))


@dataclass
class RawServer:
    base_url: str
    requests: list[bytes] = field(default_factory=list)
    """The head and body of each request."""
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """The client closed a connection on which an answer was under way."""


@asynccontextmanager
async def raw_server(*exchanges: Exchange) -> AsyncIterator[RawServer]:
    """Answer the requests in order, but HEAD, which is 404; stops when the block ends."""
    script = iter(exchanges)
    serving = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            while not writer.is_closing():
                request = await _request(reader)
                server.requests.append(request)
                if request.startswith(b"HEAD"):
                    writer.write(b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n")
                else:
                    await _play(next(script), reader, writer, server.left)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.get_running_loop().create_task(serve(reader, writer)))

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    server = RawServer(f"http://{host}:{port}/v1")
    try:
        yield server
    finally:
        listening.close()
        await asyncio.gather(*serving)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return head + await reader.readexactly(int(length[1]) if length else 0)


async def _play(
    exchange: Exchange,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: asyncio.Event,
) -> None:
    head = (f"HTTP/1.1 {exchange.status} X", *exchange.headers, "transfer-encoding: chunked")
    writer.write("\r\n".join((*head, "", "")).encode())
    for step in exchange.steps:
        if step == DROP:
            writer.transport.abort()
            return
        if step == HANG:
            await reader.read()
            left.set()
            writer.close()
            return
        assert isinstance(step, bytes)
        writer.write(b"%x\r\n%s\r\n" % (len(step), step))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def each_byte(parts: Iterable[bytes]) -> tuple[bytes, ...]:
    """The same bytes, every one a step of its own."""
    return tuple(bytes([byte]) for part in parts for byte in part)
