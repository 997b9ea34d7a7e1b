"""One WebSocket of the server without a socket: what uvicorn's protocols do with bytes."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from runtime.server.listening import LISTEN

LARGEST = 70_000
"""Bytes of the largest message here."""

REQUEST = (
    b"GET /media HTTP/1.1\r\nhost: callwright\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


class FakeTransport(asyncio.Transport):
    """Keeps what is written; is closed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_paused = False
        self.pauses = 0
        self._is_closing = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self.is_paused = True
        self.pauses += 1

    def resume_reading(self) -> None:
        self.is_paused = False


@dataclass
class App:
    """Takes `by_receive` messages by ASGI's queue, then listens, where the server lets it."""

    by_receive: int = 0
    heard: list[tuple[Any, ...]] = field(default_factory=list)
    fail_at: bytes | str | None = None
    """Raises `ValueError` when it has heard this."""
    stays: bool = False
    """Has something to do after the end, as a call may."""
    received: int = 0
    """Messages that came by ASGI's queue."""
    error: Exception | None = None

    def on_text(self, text: str) -> None:
        self._hear(text)

    def on_binary(self, frame: bytes) -> None:
        self._hear(frame)

    def _hear(self, message: bytes | str) -> None:
        self.heard.append((message,))
        if message == self.fail_at:
            raise ValueError(message)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        is_over = False
        try:
            for _ in range(self.by_receive):
                is_over = is_over or await self._take(receive)
            if not is_over and LISTEN in scope["extensions"]:
                scope["extensions"][LISTEN](self)
            while not is_over:
                is_over = await self._take(receive)
        except ValueError as error:
            self.error = error
        if self.stays:
            await asyncio.Event().wait()

    async def _take(self, receive: Any) -> bool:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            self.heard.append(("gone", event["code"], event.get("reason", "")))
            return True
        self.received += 1
        text = event.get("text")
        message = event["bytes"] if text is None else text
        self._hear(message)
        return False


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    await scope["state"]["app"](scope, receive, send)


def config(ws: Any) -> uvicorn.Config:
    made = uvicorn.Config(
        _answer,
        ws=ws,
        ws_max_size=LARGEST,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
    )
    made.load()
    return made


class Wire:
    """A connection whose handshake is done, unless it is told otherwise."""

    def __init__(self, configured: uvicorn.Config, app: App) -> None:
        self.app = app
        self.transport = FakeTransport()
        protocol_class: Any = configured.ws_protocol_class
        self.protocol = protocol_class(configured, ServerState(), {"app": app})
        self.protocol.connection_made(self.transport)

    async def settle(self) -> None:
        """Let the app do what it can."""
        for _ in range(8):
            await asyncio.sleep(0)

    async def bring(self, chunks: Iterable[bytes]) -> None:
        """Give what a socket would: nothing while it is not read, nothing once it is closed."""
        for chunk in chunks:
            if self.transport.is_paused:
                await self.settle()
            if self.transport.is_closing():
                return
            assert not self.transport.is_paused
            self.protocol.data_received(chunk)
        await self.settle()

    async def lose(self) -> None:
        """The peer is gone."""
        self.protocol.connection_lost(None)
        await self.settle()


async def exchange(configured: uvicorn.Config, app: App, chunks: Iterable[bytes]) -> Wire:
    """Bring the handshake, then the chunks, then the end."""
    wire = Wire(configured, app)
    await wire.bring([REQUEST])
    await wire.bring(chunks)
    await wire.lose()
    return wire
