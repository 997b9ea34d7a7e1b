"""ElevenLabs' text to speech, streamed over HTTP as the line's own mu-law.

Options, all in the settings: `api_key`; `voice`, the id of the voice of flows that name none of
ElevenLabs'; `model`; `language`, which else is the call's; `speed`; `settings` for the voice's
others, such as `{stability: 0.6}`; `body` for further fields of the request; `base_url`;
`timeout_seconds` from one piece of sound to the next, `connect_seconds`.

Over HTTP and not over a WebSocket (`stream-input`): a sentence is whole when it is spoken. The
WebSocket is for text that comes in pieces; it gathers them, each sentence would need a connection
of its own or a context of a connection that is closed after seconds of quiet, and sound comes in
base64. An HTTP connection is kept, so that the first sound is one round trip and the model's time
away. Where nobody wants the rest, the connection is closed, which stops the model.
"""

import logging
import re
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Final

import httpx2

from providers.base import ProviderError, Voice
from providers.vendor_error import by_status, translated

log = logging.getLogger(__name__)

NAME: Final = "elevenlabs"
ELEVENLABS: Final = "https://api.elevenlabs.io"

KEPT_SECONDS: Final = 120.0
"""An idle connection is kept for the next sentence."""

SPEEDS: Final = (0.7, 1.2)
"""The slowest and the fastest that a voice can be set to."""

_VOICE_ID: Final = re.compile(r"[A-Za-z0-9]{20}")

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class ElevenLabsTextToSpeech:
    """ElevenLabs' voices, by the API `/v1/text-to-speech/{voice}/stream`."""

    name = NAME

    def __init__(
        self,
        *,
        api_key: str,
        voice: str = "",
        model: str = "eleven_flash_v2_5",
        language: str = "",
        speed: float = 1.0,
        settings: Mapping[str, object] = _NOTHING,
        body: Mapping[str, object] = _NOTHING,
        base_url: str = ELEVENLABS,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 5.0,
    ) -> None:
        if not api_key:
            raise ValueError("ElevenLabs wants an api_key")
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
        self._settings = dict(settings)
        self._body = dict(body)
        self._base_url = base_url.rstrip("/")
        self._headers = {"xi-api-key": api_key}
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=connect_seconds),
            limits=httpx2.Limits(keepalive_expiry=KEPT_SECONDS),
            # Reading the certificates takes 20 ms, which a plain address need not pay.
            verify=base_url.startswith("https://"),
        )

    @property
    def fingerprint(self) -> str:
        """The model and all that is set of it here; what the flow says of a voice comes to it."""
        settings = f"{sorted(self._settings.items())} {sorted(self._body.items())}"
        return f"{NAME} {self._model} {self._voice} {self._language} {self._speed:g} {settings}"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law as it comes; nothing for a blank text. Raises `ProviderError`."""
        if not text.strip():
            return
        voice_id = voice.name if _VOICE_ID.fullmatch(voice.name) else self._voice
        if not voice_id:
            raise ProviderError("was told no voice's id", provider=NAME, retryable=False)
        silent = True
        with translated(NAME):
            async with self._http.stream(
                "POST",
                f"{self._base_url}/v1/text-to-speech/{voice_id}/stream",
                params={"output_format": "ulaw_8000"},
                json=self._request(text, voice),
                headers=self._headers,
            ) as response:
                await _check(response)
                async for audio in response.aiter_bytes():
                    if audio:
                        silent = False
                        yield audio
        if silent:
            raise ProviderError("sent no sound", provider=NAME)

    async def warm(self) -> None:
        """Open a connection, without the key; a failure is only logged."""
        try:
            await self._http.head(self._base_url)
        # A client that was closed meanwhile is a RuntimeError.
        except (httpx2.HTTPError, RuntimeError) as error:
            reason = type(error).__name__
            log.warning("provider_not_warm", extra={"provider": NAME, "reason": reason})

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _request(self, text: str, voice: Voice) -> dict[str, object]:
        speed = min(max(self._speed * voice.speaking_rate, SPEEDS[0]), SPEEDS[1])
        request: dict[str, object] = {
            "text": text,
            "model_id": self._model,
            "voice_settings": {"speed": speed, **self._settings},
        }
        # A model that cannot be told the language refuses to be; the others may guess it wrong.
        if self._language or self._model.endswith("_v2_5"):
            request["language_code"] = self._language or voice.language.partition("-")[0]
        return request | self._body


async def _check(response: httpx2.Response) -> None:
    """Raise `ProviderError` for an answer that is no sound."""
    kind = response.headers.get("Content-Type", "")
    if response.status_code == 200 and not kind.startswith(("text/", "application/json")):
        return
    if response.status_code == 200:
        raise ProviderError("sent what is no sound", provider=NAME)
    await response.aread()
    try:
        said = response.json()
    except ValueError:
        said = None
    match said:
        case {"detail": {"status": code}} | {"detail": {"code": code}}:
            pass
        case _:
            code = None
    retry_after = response.headers.get("Retry-After")
    raise by_status(NAME, response.status_code, code=code, retry_after=retry_after)
