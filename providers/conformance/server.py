"""A vendor's server on a port of this machine, which goes wrong where it is told to.

It speaks HTTP/1.1 and WebSockets byte for byte: what a proper server would never send can be sent.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from providers.conformance.faults import BEFORE, IN_HEAD, Fault

GARBAGE: Final = "data: {]\r\n\r\n"
"""No JSON, no server-sent event with JSON in it, no sound in base64."""
NO_HTTP: Final = b"\x15\x03\x01\x00\x02\x02\x0a220 ready\r\n\r\n"

# What the server reads and sends is not to be taken for what the adapter logs.
_QUIET: Final = logging.Logger("conformance", logging.CRITICAL)  # noqa: LOG001 - no child of the root

LEAVING_SECONDS: Final = 3.0
"""Until a client counts as one that has left its connection open."""


class Gone(Exception):  # noqa: N818 - it reads as what happened
    """The client has left, or the fault has ended the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked, whole."""

    method: str
    path: str
    """With what follows a question mark."""

    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes
    raw: bytes
    """The head as it came."""


@dataclass
class LocalServer:
    """What the clients did; the events are set while a scene is played."""

    url: str
    """http://address:port, without a path."""

    requests: list[Request] = field(default_factory=list)
    """But HEAD."""

    connections: int = 0
    """Those that were ever opened."""

    most_pieces: int = 0
    """Of the longest answer: at each of them it can break."""

    sockets: int = 0
    """WebSockets among the exchanges."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """A question has come that is to be answered by the fault."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    """The client closed a connection on which an answer was under way, or said stop."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    """Whoever is late may answer now."""

    serving: set[asyncio.Task[None]] = field(default_factory=set)


@dataclass
class Exchange:
    """One question and its answer, or one WebSocket from its handshake to its end."""

    request: Request
    fault: Fault | None
    server: LocalServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    says_stop: Callable[[str | bytes], bool]
    pieces: int = 0
    is_over: bool = False
    """No other exchange follows on this connection."""

    async def answer(
        self,
        *pieces: bytes,
        status: int = 200,
        content_type: str = "application/json",
        headers: tuple[str, ...] = (),
        marked_end: bool = False,
    ) -> None:
        """Send an answer; each piece, and the body's end, is a place where it can break.

        `marked_end`: the last piece says that it is the last, so that a client may stop reading.
        """
        lines = (f"HTTP/1.1 {status} X", f"content-type: {content_type}", *headers)
        await self._head("\r\n".join((*lines, "transfer-encoding: chunked", "", "")).encode())
        for piece in pieces:
            data = GARBAGE.encode() if await self.next_piece() else piece
            await self.write(b"%x\r\n%s\r\n" % (len(data), data))
        garbled = False if marked_end else await self.next_piece()
        # What is no length of a chunk breaks the protocol below the vendor's.
        await self.write(GARBAGE.encode() if garbled else b"0\r\n\r\n")

    async def upgrade(self) -> "Socket":
        """Accept a WebSocket, with the first of the subprotocols that the client offers."""
        self.is_over = True
        self.server.sockets += 1
        offered = _offered(self.request)
        protocol = ServerProtocol(
            subprotocols=offered or None,
            select_subprotocol=(lambda *_: offered[0]) if offered else None,
            logger=_QUIET,
        )
        protocol.receive_data(self.request.raw)
        [handshake] = protocol.events_received()
        assert isinstance(handshake, Handshake)
        protocol.send_response(protocol.accept(handshake))
        await self._head(b"".join(protocol.data_to_send()))
        assert protocol.state is State.OPEN, "the client's handshake is in order"
        return Socket(self, protocol)

    async def next_piece(self, socket: "Socket | None" = None) -> bool:
        """Count a piece; what goes wrong instead of it, does so here.

        Returns whether it is to be garbage.
        """
        at, self.pieces = self.pieces, self.pieces + 1
        self.server.most_pieces = max(self.server.most_pieces, self.pieces)
        return await self._goes_wrong(at, socket)

    async def _head(self, head: bytes) -> None:
        await self._goes_wrong(BEFORE)
        if self.fault and self.fault.at == IN_HEAD:
            half = len(head) // 2
            await self.write(head[:half])
            await self._goes_wrong(IN_HEAD)
            head = head[half:]
        await self.write(head)

    async def _goes_wrong(self, at: int, socket: "Socket | None" = None) -> bool:
        if self.fault is None or self.fault.at != at or self.fault.kind in ("refuse", "page"):
            return False
        self.server.asked.set()
        match self.fault.kind:
            case "garbage" if at >= 0:
                return True
            case "garbage":
                await self.write(NO_HTTP)
                self.writer.close()
            case "late":
                await self.server.go.wait()
                return False
            case "hang":
                await (socket.hang() if socket else self._hang())
            case "hang_up" if socket:
                await socket.close(1011)
            case _:
                self.writer.transport.abort()
        raise Gone

    async def _hang(self) -> None:
        with suppress(ConnectionError):
            await self.reader.read()
        self.server.left.set()

    async def write(self, data: bytes) -> None:
        """Send bytes as they are. Raises `Gone` where the client has left."""
        self.writer.write(data)
        try:
            await self.writer.drain()
        except ConnectionError:
            self.server.left.set()
            raise Gone from None


class Socket:
    """The server's end of an accepted WebSocket."""

    def __init__(self, exchange: Exchange, protocol: ServerProtocol) -> None:
        self._exchange = exchange
        self._protocol = protocol
        self._messages: list[str | bytes] = []
        self._has_left = False

    async def send(self, message: str | bytes) -> None:
        """Send the next piece of the answer; here, too, it can break."""
        if await self._exchange.next_piece(self):
            message = GARBAGE
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        await self._flush()

    async def receive(self) -> str | bytes:
        """Return the client's next message. Raises `Gone` where it has left."""
        while not self._messages:
            await self._read()
        return self._messages.pop(0)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close properly, and wait until the client has left."""
        self._protocol.send_close(code, reason)
        await self._flush()
        with suppress(Gone):
            while True:
                await self._read()

    async def hang(self) -> None:
        """Say nothing until the client has left, or says that it wants no more."""
        try:
            while not self._exchange.says_stop(await self.receive()):
                pass
        finally:
            self._exchange.server.left.set()
        # It may well ask something else on the same connection.
        while True:
            await self.receive()

    async def _read(self) -> None:
        if self._has_left:
            raise Gone
        try:
            data = await self._exchange.reader.read(65536)
        except ConnectionError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
            self._has_left = True
        for event in self._protocol.events_received():
            match event:
                # The clients' messages are short: none of those tried here comes in fragments.
                case Frame(opcode=Opcode.TEXT):
                    self._messages.append(bytes(event.data).decode())
                case Frame(opcode=Opcode.BINARY):
                    self._messages.append(bytes(event.data))
                case Frame(opcode=Opcode.CLOSE):
                    self._has_left = True
        await self._flush()

    async def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                await self._exchange.write(data)


Handler = Callable[[Exchange], Awaitable[None]]


@asynccontextmanager
async def local_server(
    handler: Handler,
    *,
    fault: Fault | None = None,
    spares: Callable[[Request], bool] = lambda request: request.method == "HEAD",
    says_stop: Callable[[str | bytes], bool] = lambda _: False,
) -> AsyncIterator[LocalServer]:
    """Serve every question with `handler`, HEAD with a 404; waits at its end for its clients."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            is_over = False
            while not is_over:
                request = await _request(reader)
                here = None if spares(request) else fault
                exchange = Exchange(request, here, server, reader, writer, says_stop)
                await _serve_one(exchange, handler)
                is_over = exchange.is_over
        except (asyncio.IncompleteReadError, ConnectionError, Gone):
            pass
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.get_running_loop().create_task(serve(reader, writer))
        server.serving.add(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    server = LocalServer(f"http://{host}:{port}")
    try:
        yield server
        # A task of the server ends when its client has closed the connection.
        if server.serving:
            _, still = await asyncio.wait(server.serving, timeout=LEAVING_SECONDS)
            assert not still, "a connection was not closed"
    finally:
        listening.close()
        for task in server.serving:
            task.cancel()
        for result in await asyncio.gather(*server.serving, return_exceptions=True):
            # A mistake in the rig is told before what came of it.
            if isinstance(result, Exception):
                raise result


async def _serve_one(exchange: Exchange, handler: Handler) -> None:
    if exchange.request.method == "HEAD":
        await exchange.write(b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n")
    else:
        exchange.server.requests.append(exchange.request)
        await handler(exchange)


async def _request(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    method, path, _ = first.split(" ")
    if "chunked" in headers.get("transfer-encoding", ""):
        body = await _chunked(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, head)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


def _offered(request: Request) -> list[Subprotocol]:
    offered = request.headers.get("sec-websocket-protocol", "")
    return [Subprotocol(name) for name in re.split(r"\s*,\s*", offered) if name]
