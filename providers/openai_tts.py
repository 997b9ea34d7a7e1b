"""Text to speech by OpenAI's /v1/audio/speech, and whoever else speaks it.

Options, all in the settings: `model`; `voice` where a flow names none; `instructions`, how to
speak; `speed`, which a flow's `speaking_rate` multiplies; `sample_rate` of the server's "pcm";
`api_key`, which a server of one's own may do without; `base_url`, OpenAI's where there is none;
`timeout_seconds` from one sign of life of the server to the next, `connect_seconds`; `headers` and
`body` for what a vendor wants besides.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, Final

import openai

from providers.base import ProviderError, Voice
from providers.openai_client import NAME, NOTHING, OPENAI, OpenAIConnection, translated
from runtime.audio.resample import PcmToMulaw

LONGEST: Final = 4096
"""Characters of one request (API reference, "input")."""
SPEEDS: Final = (0.25, 4.0)
"""API reference, "speed"."""

_ENDS: Final = (". ", "? ", "! ", "। ", "\n", " ")
"""Where a text that is too long is cut, the best first."""


class OpenAITextToSpeech:
    """A voice behind the speech API, which is heard while it still speaks."""

    name = NAME

    def __init__(
        self,
        model: str,
        *,
        voice: str = "alloy",
        instructions: str = "",
        speed: float = 1.0,
        sample_rate: int = 24000,
        api_key: str = "",
        base_url: str = OPENAI,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 5.0,
        headers: Mapping[str, str] = NOTHING,
        body: Mapping[str, object] = NOTHING,
    ) -> None:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise ValueError("speed is from 0.25 to 4")
        if not 8000 <= sample_rate <= 48000:
            raise ValueError("sample_rate is from 8000 to 48000")
        self._voice = voice
        self._speed = speed
        self._sample_rate = sample_rate
        self._always: dict[str, Any] = {
            "model": model,
            "response_format": "pcm",
            "instructions": instructions or openai.omit,
            "extra_body": dict(body),
        }
        self._connection = OpenAIConnection(
            api_key=api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            connect_seconds=connect_seconds,
            headers=headers,
        )
        heard = [base_url, model, voice, instructions, speed, sample_rate, dict(body)]
        digest = hashlib.sha256(json.dumps(heard, sort_keys=True, default=str).encode())
        self._fingerprint = f"openai {model} {digest.hexdigest()[:16]}"

    @property
    def fingerprint(self) -> str:
        """The model, and a digest of all options that are heard."""
        return self._fingerprint

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law as it comes; a text of more than 4096 characters in several requests.

        Closing the iterator closes the connection, so that the server stops.
        """
        speed = min(max(self._speed * voice.speaking_rate, SPEEDS[0]), SPEEDS[1])
        how = {"voice": voice.name or self._voice, "speed": openai.omit if speed == 1 else speed}
        for part in parts(text):
            async with aclosing(self._sound({**self._always, **how, "input": part})) as pieces:
                async for piece in pieces:
                    yield piece

    async def _sound(self, request: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The sound of one request."""
        line = PcmToMulaw(self._sample_rate)
        is_heard = False
        create = self._connection.client.audio.speech.with_streaming_response.create
        with translated():
            async with create(**request) as response:
                _check(response.headers.get("content-type", ""))
                async for chunk in response.iter_bytes():
                    if audio := line.take(chunk):
                        is_heard = True
                        yield audio
        if audio := line.end():
            yield audio
        elif not is_heard:
            raise ProviderError("sent no sound", provider=NAME)

    async def warm(self) -> None:
        """Open a connection, without the key and without a question; a failure is only logged."""
        await self._connection.warm()

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()


def parts(text: str, longest: int = LONGEST) -> tuple[str, ...]:
    """The text in as few parts as the API takes, cut where a sentence or at least a word ends."""
    kept, text = [], text.strip()
    while len(text) > longest:
        ends = (text.rfind(end, longest // 2, longest) for end in _ENDS)
        cut = next((end + 1 for end in ends if end >= 0), longest)
        kept.append(text[:cut].strip())
        text = text[cut:].strip()
    return (*kept, text) if text else tuple(kept)


def _check(content_type: str) -> None:
    # A proxy's page would be a loud noise.
    if content_type and not content_type.startswith(("audio/", "application/octet-stream")):
        raise ProviderError("sent what is no sound", provider=NAME)
