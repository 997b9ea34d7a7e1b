"""Deepgram's `/v1/listen` for tests, over WebSocket and HTTP.

It is built from the messages of Deepgram's own SDK for Python, deepgram-sdk 7.17.0
(tests/providers/schemas): what it is sent must fit them, and what it sends does. The behaviour is
that of developers.deepgram.com/docs: results of the sound since the last final one, about one a
second; a Finalize answered with `from_finalize`; Configure; the end by CloseStream or no sound.
"""

import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from vendor_app import Schemas, Serving, serving

KEY = "dg-key"
RATE = 8000
INFO = {"name": "general-nova-3", "version": "2025-04-17.0", "arch": "nova-3"}


@dataclass
class DeepgramServer:
    """What it says, and what it was told."""

    texts: Iterable[str] = ()
    """What is said until one Finalize or in one request, and so on; nothing after the last."""

    confidence: float = 0.9
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers for the next requests, in order."""

    silent: bool = False
    """Takes all and says nothing."""

    answers_finalize: bool = True
    schemas: Schemas = field(default_factory=lambda: Schemas("deepgram"))
    queries: list[list[tuple[str, str]]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """Messages of the client, but sound."""

    sound: bytearray = field(default_factory=bytearray)
    """All sound there was."""

    ended: int = 0
    """WebSockets that are at their end."""

    requests: list[str] = field(default_factory=list)
    """Methods of the HTTP requests."""

    clients: set[tuple[str, int]] = field(default_factory=set)
    """Address and port of whoever asked over HTTP."""

    async def websocket(self, socket: WebSocket) -> None:
        self._asked(socket.query_params.multi_items(), "query")
        if refusal := self._refusal(socket.headers.get("Authorization")):
            await socket.send_denial_response(refusal)
            return
        await socket.accept()
        self.line = _Line(socket, self)
        try:
            await self.line.run()
        except (WebSocketDisconnect, RuntimeError):
            # uvicorn's word for a client that has gone is a RuntimeError.
            pass
        finally:
            self.ended += 1

    async def http(self, request: Request) -> Response:
        assert request.client is not None
        self.clients.add((request.client.host, request.client.port))
        self.requests.append(request.method)
        if request.method == "HEAD":
            return Response(status_code=404)
        self._asked(request.query_params.multi_items(), "http_query")
        if refusal := self._refusal(request.headers.get("Authorization")):
            return refusal
        body = await request.body()
        form, channels, rate = struct.unpack_from("<HHI", body, 20)
        if (form, channels, rate, request.headers["Content-Type"]) != (7, 1, RATE, "audio/wav"):
            return JSONResponse({"err_code": "Bad Request", "err_msg": "no audio"}, 400)
        [length] = struct.unpack_from("<I", body, 54)
        self.sound += body[58 : 58 + length]
        said = response_to(self.next_text(), length / RATE, confidence=self.confidence)
        return JSONResponse(self.schemas.check(said, "response"))

    def next_text(self) -> str:
        self.texts = iter(self.texts)
        return next(self.texts, "")

    def _asked(self, query: list[tuple[str, str]], schema: str) -> None:
        self.queries.append(query)
        self.schemas.check_names([name for name, _ in query], schema)
        for name, value in query:
            if name in ("model", "encoding"):
                self.schemas.check(value, name)

    def _refusal(self, authorization: str | None) -> Response | None:
        if authorization != f"Token {KEY}":
            # The vendor's sentence, which must not be repeated.
            said = {"err_code": "INVALID_AUTH", "err_msg": f"Invalid credentials: {authorization}"}
            return JSONResponse(said, 401)
        if self.refusals:
            status, headers = self.refusals.pop(0)
            said = {"err_code": "ASR_PAYMENT_REQUIRED" if status == 402 else "Oops, and more"}
            return JSONResponse(said, status, headers)
        return None


class _Line:
    """One WebSocket; its clock is the sound that came."""

    def __init__(self, socket: WebSocket, server: DeepgramServer) -> None:
        self.socket = socket
        self.server = server
        self.end = self.final = 0
        self.text = ""

    async def run(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (sound := message.get("bytes")) is not None:
                await self.hear(sound)
            else:
                await self.obey(orjson.loads(message["text"]))

    async def hear(self, sound: bytes) -> None:
        if not sound:
            await self.finish()
            return
        before = (self.end - self.final) // RATE
        self.end += len(sound)
        self.server.sound += sound
        if (self.end - self.final) // RATE > before and not self.server.silent:
            self.text = self.text or self.server.next_text()
            await self.say(self.text.split(" ")[0] if self.text else "")

    async def obey(self, told: dict[str, Any]) -> None:
        self.server.schemas.check(told, "sent", told["type"])
        self.server.told.append(told)
        if self.server.silent:
            return
        match told["type"]:
            case "Finalize" if self.server.answers_finalize:
                text, self.text = self.text or self.server.next_text(), ""
                await self.say(text, is_final=True, from_finalize=True)
                self.final = self.end
            case "Configure":
                success = {"type": "ConfigureSuccess", "request_id": "r1"}
                await self.send({**success, "keyterms": told["keyterms"]})
            case "CloseStream":
                await self.finish()

    async def finish(self) -> None:
        ids = {"transaction_key": "deprecated", "request_id": "r1", "sha256": "0"}
        created = {"created": "2026-11-28T22:00:00Z", "channels": 1}
        await self.send({"type": "Metadata", **ids, **created, "duration": self.end / RATE})
        await self.socket.close(1000)

    async def say(self, text: str, **marks: bool) -> None:
        """Send a result of all sound since the last final one."""
        start, duration = self.final / RATE, (self.end - self.final) / RATE
        await self.send(results(text, start, duration, confidence=self.server.confidence, **marks))

    async def send(self, message: dict[str, Any]) -> None:
        self.server.schemas.check(message, "received", message["type"])
        await self.socket.send_text(orjson.dumps(message).decode())


def results(
    text: str,
    start: float,
    duration: float,
    *,
    confidence: float = 0.9,
    is_final: bool = False,
    from_finalize: bool = False,
) -> dict[str, Any]:
    """A message of what is heard, as the reference shows it."""
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": duration,
        "start": start,
        "is_final": is_final,
        "speech_final": False,
        "channel": {"alternatives": [_alternative(text, start, duration, confidence)]},
        "metadata": {"request_id": "r1", "model_info": INFO, "model_uuid": "m1"},
        "from_finalize": from_finalize,
    }


def response_to(text: str, duration: float, *, confidence: float = 0.9) -> dict[str, Any]:
    """What HTTP answers."""
    metadata = {
        **{"request_id": "r1", "sha256": "0", "created": "2026-11-28T22:00:00Z"},
        **{"duration": duration, "channels": 1, "models": ["m1"], "model_info": {"m1": INFO}},
    }
    alternatives = [_alternative(text, 0.0, duration, confidence)]
    return {"metadata": metadata, "results": {"channels": [{"alternatives": alternatives}]}}


def _alternative(text: str, start: float, duration: float, confidence: float) -> dict[str, Any]:
    words = text.split()
    each = duration / max(1, len(words))
    return {
        "transcript": text,
        "confidence": confidence if words else 0.0,
        "words": [
            {
                "word": word.strip(".,?").lower(),
                "start": start + each * number,
                "end": start + each * (number + 1),
                "confidence": confidence,
                "punctuated_word": word,
            }
            for number, word in enumerate(words)
        ],
    }


@asynccontextmanager
async def deepgram(*texts: str, **more: Any) -> AsyncIterator[tuple[DeepgramServer, Serving]]:
    """Serve; at the end nothing that was sent may have been against the schemas."""
    server = DeepgramServer(texts, **more)
    routes = [
        WebSocketRoute("/v1/listen", server.websocket),
        Route("/{path:path}", server.http, methods=["HEAD", "POST"]),
    ]
    async with serving(Starlette(routes=routes)) as there:
        yield server, there
    assert server.schemas.mistakes == []
