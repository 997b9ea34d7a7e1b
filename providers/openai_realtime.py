"""Speech to text while the caller speaks, by a transcription session of OpenAI's Realtime API.

The line's own mu-law goes in (audio/pcmu). The server's turn detection is off: each flush commits
what was sent. Options, all in the settings: `model`; `api_key`; `base_url`, OpenAI's where there is
none; `phrases`, how the answers that a flow waits for are told to the model; `confidence`, whether
the model gives probabilities; `noise_reduction`; `delay`, of the models that wait for accuracy;
`eager`; `timeout_seconds` from one sign of life that is due to the next; `connect_seconds`;
`headers`.

https://developers.openai.com/api/docs/guides/realtime-transcription
"""

import asyncio
import base64
import json
import logging
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Literal

import openai
import websockets
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from providers.base import Hints, ProviderError, Transcript
from providers.openai_client import (
    NAME,
    NOTHING,
    OPENAI,
    OpenAIConnection,
    broken,
    refused,
    silent,
)
from providers.openai_heard import Heard
from providers.openai_stt import SHORTEST, Phrases, how_phrases_are_told, language_of, one_of, told
from runtime.audio import mulaw

Noise = Literal["none", "near_field", "far_field"]
Delay = Literal["minimal", "low", "medium", "high", "xhigh"]

GOODBYE_SECONDS: Final = 0.5
"""A server that does not answer a close in time is left without."""

LARGEST_EVENT: Final = 1_000_000
"""Bytes; an utterance's text has some hundred."""

_SILENCE: Final = bytes([mulaw.SILENCE])

log = logging.getLogger(__name__)

# At DEBUG the library would log every frame: the key, and what was said.
_frames = logging.getLogger(f"{__name__}.frames")
_frames.setLevel(logging.WARNING)


class OpenAIRealtimeSpeechToText:
    """A recogniser behind the Realtime API; `transcribe` opens a session for one utterance."""

    name = "openai_realtime"

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        base_url: str = OPENAI,
        phrases: Phrases | None = None,
        confidence: bool = False,
        noise_reduction: Noise = "none",
        delay: Delay | None = None,
        eager: bool = False,
        timeout_seconds: float = 3.0,
        connect_seconds: float = 5.0,
        headers: Mapping[str, str] = NOTHING,
    ) -> None:
        one_of("phrases", phrases, Phrases)
        one_of("noise_reduction", noise_reduction, Noise)
        one_of("delay", delay, Delay)
        self.eager = eager
        self._phrases = phrases or how_phrases_are_told(model)
        self._transcription = {"model": model} | ({"delay": delay} if delay else {})
        self._always = {
            "format": {"type": "audio/pcmu"},
            "turn_detection": None,
            "noise_reduction": None if noise_reduction == "none" else {"type": noise_reduction},
        }
        self._include = ["item.input_audio_transcription.logprobs"] if confidence else []
        self.timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        # Reading the certificates takes 20 ms, which not every call need pay.
        self._tls = ssl.create_default_context() if base_url.startswith("https://") else None
        self._connection = OpenAIConnection(
            api_key=api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            connect_seconds=connect_seconds,
            headers=headers,
        )

    def open(self) -> "OpenAIRealtimeStream":
        """Return a stream for a call; it connects at `begin`."""
        return OpenAIRealtimeStream(self)

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says; where it is empty nobody is asked."""
        if not utterance:
            return Transcript("", 1.0)
        stream = self.open()
        try:
            await stream.begin(hints)
            await stream.send(utterance)
            return await stream.flush()
        finally:
            await stream.close()

    async def warm(self) -> None:
        """Open a session and end it, which loads what the first one needs; failures are logged."""
        try:
            connection = await self.connect()
        except ProviderError as error:
            fields = {"provider": self.name, "reason": error.message}
            log.warning("provider_not_warm", extra=fields)
        else:
            with suppress(OSError, websockets.WebSocketException):
                await connection.close()

    async def close(self) -> None:
        """The streams are closed by those who opened them."""
        await self._connection.close()

    def session(self, hints: Hints) -> dict[str, object]:
        """What a session is to be: `RealtimeTranscriptionSessionCreateRequest`."""
        language = language_of(hints)
        transcription = {
            **self._transcription,
            **({"language": language} if language else {}),
            **told(hints.phrases, self._phrases),
        }
        return {
            "type": "transcription",
            "audio": {"input": {**self._always, "transcription": transcription}},
            "include": self._include,
        }

    async def connect(self) -> AsyncRealtimeConnection:
        """Return a new session's connection. Raises `ProviderError`."""
        options: Any = {
            "open_timeout": self._connect_seconds,
            "close_timeout": GOODBYE_SECONDS,
            # A peer that is gone is noticed in three seconds, its missing goodbye included.
            "ping_interval": self.timeout_seconds / 6,
            "ping_timeout": self.timeout_seconds * 2 / 3,
            "max_size": LARGEST_EVENT,
            "compression": None,
            "logger": _frames,
            **({"ssl": self._tls} if self._tls else {}),
        }
        try:
            return await self._connection.client.realtime.connect(
                extra_query={"intent": "transcription"}, websocket_connection_options=options
            ).enter()
        except TimeoutError:
            raise silent() from None
        except websockets.InvalidStatus as error:
            raise refused(error.response.status_code, error.response.headers) from None
        except (OSError, websockets.WebSocketException, openai.OpenAIError) as error:
            raise broken(error) from None


class OpenAIRealtimeStream:
    """One call's session; where it has broken, the next `begin` opens another, once."""

    def __init__(self, provider: OpenAIRealtimeSpeechToText) -> None:
        self._provider = provider
        self._connection: AsyncRealtimeConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._heard = Heard()
        self._news = asyncio.Event()
        self._session: dict[str, object] = {}
        self._uncommitted = 0
        self._due_at = 0.0

    @property
    def partial(self) -> str:
        """The utterance's text as far as the model has told it."""
        return self._heard.partial

    async def begin(self, hints: Hints) -> None:
        """Begin an utterance; connects where no session is open, or it has ended since."""
        if self._connection is not None:
            with suppress(ProviderError):
                return await self._announce(hints)
            await self.close()
        await self._connect()
        return await self._announce(hints)

    async def _announce(self, hints: Hints) -> None:
        """Tell the server what is to come, as far as it does not know."""
        self._check()
        if self._uncommitted:
            await self._send('{"type": "input_audio_buffer.clear"}')
        self._uncommitted = 0
        self._heard.begin()
        session = self._provider.session(hints)
        if session != self._session:
            await self._send(json.dumps({"type": "session.update", "session": session}))
            self._session = session
            self._heard.updates_due += 1
            self._due_at = _now() + self._provider.timeout_seconds

    async def send(self, audio: bytes) -> None:
        """Send mu-law; raises where the server has not yet said a word and should have."""
        if self._heard.updates_due and _now() > self._due_at:
            raise silent()
        if audio:
            sound = base64.b64encode(audio).decode()
            await self._send(f'{{"type": "input_audio_buffer.append", "audio": "{sound}"}}')
            self._uncommitted += len(audio)

    async def flush(self) -> Transcript:
        """Commit what was sent, and return the whole utterance's text once it is there."""
        if self._uncommitted:
            # OpenAI refuses to commit less than 100 ms.
            await self.send(_SILENCE * (SHORTEST - self._uncommitted))
            await self._send('{"type": "input_audio_buffer.commit"}')
            self._uncommitted = 0
            self._heard.commit()
        while not self._heard.is_whole:
            self._check()
            self._news.clear()
            try:
                async with asyncio.timeout(self._provider.timeout_seconds):
                    await self._news.wait()
            except TimeoutError:
                raise silent() from None
        return self._heard.transcript

    async def close(self) -> None:
        """End the session."""
        connection, reading = self._connection, self._reading
        self._connection = self._reading = None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
        if connection is not None:
            with suppress(OSError, websockets.WebSocketException):
                await connection.close()

    async def _connect(self) -> None:
        self._connection = await self._provider.connect()
        self._heard, self._session, self._uncommitted = Heard(), {}, 0
        # Owned by this stream, which ends it when it closes.
        self._reading = asyncio.create_task(self._read(self._connection, self._heard))

    async def _read(self, connection: AsyncRealtimeConnection, heard: Heard) -> None:
        try:
            while heard.failure is None:
                heard.take(await connection.recv())
                self._news.set()
        except websockets.ConnectionClosed as error:
            heard.failure = broken(error)
        except (ValueError, RecursionError):
            heard.failure = ProviderError("sent what is no JSON", provider=NAME)
        self._news.set()

    async def _send(self, message: str) -> None:
        self._check()
        if self._connection is None:
            raise ProviderError("the session is not open", provider=NAME)
        try:
            # A peer that takes nothing any more fills the buffers.
            async with asyncio.timeout(self._provider.timeout_seconds):
                await self._connection.send_raw(message)
        except TimeoutError:
            raise silent() from None
        except websockets.ConnectionClosed as error:
            raise broken(error) from None

    def _check(self) -> None:
        if self._heard.failure:
            raise self._heard.failure


def _now() -> float:
    return asyncio.get_running_loop().time()
