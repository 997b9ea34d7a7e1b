"""ElevenLabs' `/v1/text-to-speech/{voice}/stream` for tests.

It is built from the parameters of ElevenLabs' own SDK for Python, elevenlabs 2.78.0
(tests/providers/schemas): what it is sent must fit them. Errors are those of
help.elevenlabs.io, a `detail` with a `status` and a sentence.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from vendor_app import Schemas, Serving, serving

KEY = "eleven-key"
VOICE = "JBFqnCBsd6RMkjVDRZzb"


def sound_of(text: str) -> bytes:
    """What it says for a text: some sound, and different for each."""
    return bytes(ord(letter) % 256 for letter in text for _ in range(400))


@dataclass
class ElevenLabsServer:
    """What it says, and what it was told."""

    refusals: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    """Status, headers and `detail` for the next requests, in order."""

    content_type: str = "audio/basic"
    pauses: bool = False
    """Only the first chunk of a text comes."""

    silent: bool = False
    schemas: Schemas = field(default_factory=lambda: Schemas("elevenlabs"))
    asked: list[dict[str, Any]] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    clients: list[tuple[str, int]] = field(default_factory=list)
    """Address and port of whoever asked, HEAD included."""

    left: asyncio.Event = field(default_factory=asyncio.Event)
    """A client went before the end."""

    async def http(self, request: Request) -> Response:
        assert request.client is not None
        self.clients.append((request.client.host, request.client.port))
        if request.method == "HEAD":
            return Response(status_code=404)
        if request.headers.get("xi-api-key") != KEY:
            return self._refused(401, {}, {"status": "invalid_api_key", "message": "Not you."})
        if self.refusals:
            return self._refused(*self.refusals.pop(0))
        self.schemas.check_names(request.query_params, "query")
        self.schemas.check(request.query_params["output_format"], "output_format")
        body = self.schemas.check(await request.json(), "body")
        self.asked.append(body)
        self.voices.append(request.path_params["voice"])
        return StreamingResponse(self._speak(body["text"]), media_type=self.content_type)

    def _refused(self, status: int, headers: dict[str, str], detail: Any) -> Response:
        return JSONResponse({"detail": detail}, status, headers)

    async def _speak(self, text: str) -> AsyncIterator[bytes]:
        sound = b"" if self.silent else sound_of(text)
        try:
            for start in range(0, len(sound), 1600):
                yield sound[start : start + 1600]
                if self.pauses:
                    await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.left.set()
            raise


@asynccontextmanager
async def elevenlabs(**more: Any) -> AsyncIterator[tuple[ElevenLabsServer, Serving]]:
    """Serve; at the end nothing that was sent may have been against the schemas."""
    server = ElevenLabsServer(**more)
    routes = [
        Route("/v1/text-to-speech/{voice}/stream", server.http, methods=["POST"]),
        Route("/{path:path}", server.http, methods=["HEAD"]),
    ]
    async with serving(Starlette(routes=routes)) as there:
        yield server, there
    assert server.schemas.mistakes == []
