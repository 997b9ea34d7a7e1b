"""Cartesia's text to speech: the sentences of all calls over one WebSocket, as the line's mu-law.

Options, all in the settings: `api_key`; `voice`, the id of the voice of flows that name none of
Cartesia's; `model`; `language`, which else is the call's; `speed`; `generation` for the model's
other controls, such as `{volume: 1.2}`; `body` for further fields of a request; `version` of the
API; `base_url`; `timeout_seconds` from one piece of sound to the next, `connect_seconds`.

Each sentence is a context of its own. One that nobody wants any more is cancelled; what comes for
it nevertheless is dropped.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Final

from providers.base import ProviderError, Voice
from providers.cartesia_line import NAME, Line, Sentence
from providers.vendor_socket import connected

log = logging.getLogger(__name__)

CARTESIA: Final = "https://api.cartesia.ai"
VERSION: Final = "2026-08-14"

SPEEDS: Final = (0.6, 1.5)
"""The slowest and the fastest that a model can be told to speak."""

_VOICE_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_MULAW: Final = {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000}

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class CartesiaTextToSpeech:
    """Cartesia's voices, by the API `/tts/websocket`."""

    name = NAME

    def __init__(
        self,
        *,
        api_key: str,
        voice: str = "",
        model: str = "sonic-3.5",
        language: str = "",
        speed: float = 1.0,
        generation: Mapping[str, object] = _NOTHING,
        body: Mapping[str, object] = _NOTHING,
        version: str = VERSION,
        base_url: str = CARTESIA,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 5.0,
    ) -> None:
        if not api_key:
            raise ValueError("Cartesia wants an api_key")
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        if min(timeout_seconds, connect_seconds) <= 0:
            raise ValueError("seconds are more than 0")
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ValueError(f"speed is from {SPEEDS[0]:g} to {SPEEDS[1]:g}")
        self._voice = voice
        self._model = model
        self._language = language
        self._speed = speed
        self._generation = dict(generation)
        self._body = dict(body)
        self._url = base_url.rstrip("/") + "/tts/websocket"
        self._headers = {"Authorization": f"Bearer {api_key}", "Cartesia-Version": version}
        self._timeout_seconds = timeout_seconds
        self._connect_seconds = connect_seconds
        self._line: Line | None = None
        self._refusal: ProviderError | None = None
        self._connecting = asyncio.Lock()

    @property
    def fingerprint(self) -> str:
        """The model and all that is set of it here; what the flow says of a voice comes to it."""
        settings = f"{sorted(self._generation.items())} {sorted(self._body.items())}"
        return f"{NAME} {self._model} {self._voice} {self._language} {self._speed:g} {settings}"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law as it comes; nothing for a blank text. Raises `ProviderError`."""
        if not text.strip():
            return
        request = self._request(text, voice)
        kept = self._line
        line = await self._connected()
        sentence, first = await self._first(line, request, may_be_lost=line is kept)
        try:
            yield first
            while (audio := await sentence.next()) is not None:
                yield audio
        finally:
            await sentence.leave()

    async def warm(self) -> None:
        """Open the connection; a failure is only logged."""
        try:
            await self._connected()
        except ProviderError as error:
            log.warning("provider_not_warm", extra={"provider": NAME, "reason": error.message})

    async def close(self) -> None:
        """Close the connection."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _first(
        self, line: Line, request: Mapping[str, object], *, may_be_lost: bool
    ) -> tuple[Sentence, bytes]:
        """Return a sentence and its first sound. Raises `ProviderError`.

        A kept connection may end just when the sentence is sent (Cartesia closes those that are
        idle); nothing of it was heard, and it is sent again on another.
        """
        sentence = Sentence(line, self._timeout_seconds)
        try:
            await sentence.ask(request)
            if (audio := await sentence.next()) is not None:
                return sentence, audio
        except BaseException as error:
            await sentence.leave()
            if not (isinstance(error, ProviderError) and may_be_lost and not line.is_open):
                raise
        else:
            await sentence.leave()
            raise ProviderError("sent no sound", provider=NAME)
        return await self._first(await self._connected(), request, may_be_lost=False)

    async def _connected(self) -> Line:
        """Return the open connection, made anew where there is none. Raises `ProviderError`."""
        before = self._refusal
        async with self._connecting:
            if self._line is not None and self._line.is_open:
                return self._line
            if self._refusal is not None and self._refusal is not before:
                # What another sentence tried while this one waited was tried for both.
                raise self._refusal
            try:
                seconds = self._connect_seconds
                socket = await connected(NAME, self._url, self._headers, seconds=seconds)
            except ProviderError as error:
                self._refusal = error
                raise
            self._line = Line(socket)
            return self._line

    def _request(self, text: str, voice: Voice) -> dict[str, object]:
        voice_id = voice.name if _VOICE_ID.fullmatch(voice.name) else self._voice
        if not voice_id:
            raise ProviderError("was told no voice's id", provider=NAME, retryable=False)
        speed = min(max(self._speed * voice.speaking_rate, SPEEDS[0]), SPEEDS[1])
        return {
            "model_id": self._model,
            "transcript": text,
            "voice": {"mode": "id", "id": voice_id},
            "output_format": _MULAW,
            "language": self._language or voice.language.partition("-")[0],
            "generation_config": {"speed": speed, **self._generation},
            "continue": False,
            **self._body,
        }
