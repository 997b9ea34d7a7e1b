"""Cartesia's `/tts/websocket` for tests.

It is built from the messages of Cartesia's own SDK for Python, cartesia 4.2.0
(tests/providers/schemas): what it is sent must fit them, and what it sends does. Contexts are
spoken side by side; a context that is cancelled is not spoken on.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from vendor_app import Schemas, Serving, serving

KEY = "cartesia-key"
VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
CHUNK = 1600
"""Bytes of sound in a message: 0.2 seconds."""


def sound_of(text: str) -> bytes:
    """What it says for a text: some sound, and different for each."""
    return bytes(ord(letter) % 256 for letter in text for _ in range(400))


@dataclass
class CartesiaServer:
    """What it says, and what it was told."""

    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers for the next handshakes, in order."""

    errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is wrong with a text, instead of its sound."""

    pauses: set[str] = field(default_factory=set)
    """Texts of which only the first chunk comes, until they are cancelled."""

    silent: bool = False
    schemas: Schemas = field(default_factory=lambda: Schemas("cartesia"))
    asked: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    """Texts."""

    told_to_cancel: list[str] = field(default_factory=list)
    """Contexts."""

    headers: list[dict[str, str]] = field(default_factory=list)
    """Of each handshake."""

    sockets: list[WebSocket] = field(default_factory=list)

    async def websocket(self, socket: WebSocket) -> None:
        self.headers.append(dict(socket.headers))
        if refusal := self._refusal(socket.headers.get("Authorization")):
            await socket.send_denial_response(refusal)
            return
        await socket.accept()
        self.sockets.append(socket)
        speaking: dict[str, asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as tasks:
                while (message := await socket.receive())["type"] != "websocket.disconnect":
                    told = orjson.loads(message["text"])
                    context = told["context_id"]
                    if "cancel" in told:
                        self.schemas.check(told, "sent", "cancel")
                        self._cancel(context, speaking)
                        continue
                    self.schemas.check(told, "sent", "generation")
                    self.asked.append(told)
                    if not self.silent:
                        speaking[context] = tasks.create_task(self._speak(socket, told))
                for task in speaking.values():
                    task.cancel()
        except* (WebSocketDisconnect, RuntimeError):
            pass

    async def _speak(self, socket: WebSocket, told: dict[str, Any]) -> None:
        context = {"context_id": told["context_id"]}
        if (error := self.errors.get(told["transcript"])) is not None:
            await self.send(socket, {"type": "error", "done": True, **context, **error})
            return
        sound = sound_of(told["transcript"])
        for start in range(0, len(sound), CHUNK):
            data = base64.b64encode(sound[start : start + CHUNK]).decode()
            chunk = {"type": "chunk", "data": data, "done": False, "status_code": 206}
            await self.send(socket, {**chunk, "step_time": 50.0, **context})
            if told["transcript"] in self.pauses:
                await asyncio.Event().wait()
        await self.send(socket, {"type": "done", "done": True, "status_code": 200, **context})

    async def speak_all(self, socket: WebSocket) -> None:
        """Say now all that it was asked while it was silent."""
        for told in self.asked:
            await self._speak(socket, told)

    async def send(self, socket: WebSocket, message: dict[str, Any]) -> None:
        self.schemas.check(message, "received", message["type"])
        await socket.send_text(orjson.dumps(message).decode())

    def _cancel(self, context: str, speaking: dict[str, asyncio.Task[None]]) -> None:
        self.told_to_cancel.append(context)
        if context in speaking:
            speaking[context].cancel()
        self.cancelled += [x["transcript"] for x in self.asked if x["context_id"] == context]

    def _refusal(self, authorization: str | None) -> Response | None:
        if authorization != f"Bearer {KEY}":
            return JSONResponse({"error_code": "unauthorized", "message": authorization}, 401)
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return JSONResponse({"error_code": "concurrency_limited"}, status, headers)
        return None


@asynccontextmanager
async def cartesia(**more: Any) -> AsyncIterator[tuple[CartesiaServer, Serving]]:
    """Serve; at the end nothing that was sent may have been against the schemas."""
    server = CartesiaServer(**more)
    routes = [WebSocketRoute("/tts/websocket", server.websocket)]
    async with serving(Starlette(routes=routes)) as there:
        yield server, there
    assert server.schemas.mistakes == []
