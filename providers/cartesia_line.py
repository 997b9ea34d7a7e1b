"""The WebSocket to Cartesia on which the sentences of all calls are spoken side by side."""

import asyncio
import base64
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from providers.base import ProviderError
from providers.vendor_error import by_status, in_brackets, translated

NAME: Final = "cartesia"

CANCEL_SECONDS: Final = 1.0
"""A cancelled sentence does not wait longer than this to say so."""

Said = bytes | ProviderError | None
"""What comes for a sentence: sound, what went wrong, or its end."""


class Line:
    """One open WebSocket and the sentences that are spoken on it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.heard = 0
        """How many messages have come, of whatever sentence."""
        self._socket = socket
        self._sentences: dict[str, asyncio.Queue[Said]] = {}
        self._failure: ProviderError | None = None
        self._reading = asyncio.get_running_loop().create_task(self._read())

    @property
    def is_open(self) -> bool:
        """Whether a sentence may be sent."""
        return self._failure is None and self._socket.state is State.OPEN

    def listen(self, context: str) -> asyncio.Queue[Said]:
        """Return the queue to which comes what comes for a sentence."""
        # Without bound: one sentence that is not taken must not keep the others waiting.
        queue = self._sentences[context] = asyncio.Queue()
        return queue

    def forget(self, context: str) -> None:
        """Drop what still comes for a sentence."""
        del self._sentences[context]

    async def say(self, message: Mapping[str, object], seconds: float) -> None:
        """Send a message. Raises `ProviderError`."""
        if self._failure is not None:
            raise self._failure
        with translated(NAME):
            async with asyncio.timeout(seconds):
                await self._socket.send(orjson.dumps(message).decode())

    async def close(self) -> None:
        """Close the connection."""
        await self._socket.close()
        await self._reading

    def abort(self) -> None:
        """End a connection on which nobody answers, for all its sentences."""
        self._failure = self._failure or ProviderError("gave no answer in time", provider=NAME)
        self._socket.transport.abort()

    async def _read(self) -> None:
        failure = ProviderError("closed the connection", provider=NAME)
        try:
            with translated(NAME):
                async for message in self._socket:
                    self.heard += 1
                    self._take(message)
        except ProviderError as error:
            failure = error
        self._failure = self._failure or failure
        self.abort()
        for queue in self._sentences.values():
            queue.put_nowait(self._failure)

    def _take(self, message: str | bytes) -> None:
        match _loaded(message):
            case {"context_id": str(context), **said}:
                if (queue := self._sentences.get(context)) is not None:
                    for piece in _pieces(said):
                        queue.put_nowait(piece)
            case {"type": "error", **said}:
                # Of what was sent, and nobody can tell of which: no sentence is sure to come.
                raise _error(said.get("status_code"), said.get("error_code"))
            case _:
                raise ProviderError("sent what cannot be read", provider=NAME)


class Sentence:
    """One sentence on its way, a context in Cartesia's words."""

    def __init__(self, line: Line, timeout_seconds: float) -> None:
        self._line = line
        self._timeout_seconds = timeout_seconds
        self._context = str(uuid.uuid4())
        self._queue = line.listen(self._context)
        self._asked = self._ended = False

    async def ask(self, request: Mapping[str, object]) -> None:
        """Have it spoken. Raises `ProviderError`."""
        self._asked = True
        message = {**request, "context_id": self._context}
        await self._line.say(message, self._timeout_seconds)

    async def next(self) -> bytes | None:
        """Return the next sound, None at its end. Raises `ProviderError`."""
        heard = self._line.heard
        try:
            async with asyncio.timeout(self._timeout_seconds):
                said = await self._queue.get()
        except TimeoutError:
            if self._line.heard == heard:
                self._line.abort()
            raise ProviderError("gave no answer in time", provider=NAME) from None
        self._ended = not isinstance(said, bytes)
        if isinstance(said, ProviderError):
            raise said
        return said

    async def leave(self) -> None:
        """Want no more of it: it is cancelled if it is not at its end."""
        self._line.forget(self._context)
        if self._asked and not self._ended and self._line.is_open:
            with suppress(ProviderError):
                cancel = {"context_id": self._context, "cancel": True}
                await self._line.say(cancel, CANCEL_SECONDS)


def _loaded(message: str | bytes) -> Any:
    try:
        return orjson.loads(message)
    except ValueError:
        return None


def _pieces(said: Mapping[Any, Any]) -> list[Said]:
    """What a message brings for its sentence."""
    if said.get("type") == "error":
        return [_error(said.get("status_code"), said.get("error_code"))]
    pieces: list[Said] = []
    if said.get("type") == "chunk":
        try:
            audio = base64.b64decode(said.get("data") or "", validate=True)
        except (TypeError, ValueError):
            return [ProviderError("sent what cannot be read", provider=NAME)]
        pieces += [audio] if audio else []
    # The end is told by a message of its own, or with the last chunk.
    return [*pieces, None] if said.get("done") is True else pieces


def _error(status: object, code: object) -> ProviderError:
    if isinstance(status, int) and status >= 400:
        return by_status(NAME, status, code=code)
    return ProviderError(f"reported an error{in_brackets(code)}", provider=NAME)
