"""Sarvam's voices for Indian languages and English, Bulbul: POST /text-to-speech.

Options, all in the settings: `api_key`; `model`; `speaker` for flows that name no voice;
`language` for calls that have none; `streaming`, whether the sound is sent while it is made;
`codec`, mulaw or, for a model that has none, wav or linear16; `body` for what the vendor takes
besides, such as temperature or dict_id; `base_url`; `timeout_seconds` from one sign of life of the
server to the next.
"""

import binascii
from base64 import b64decode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from providers.base import ProviderError, Voice
from providers.portions import portions
from providers.sarvam_api import NAME, SARVAM, SarvamApi, code_of
from providers.wav_stripper import WavStripper
from runtime.audio.mulaw import SAMPLE_RATE

_SUBTAGS: Final = ("bn", "en", "gu", "hi", "kn", "ml", "mr", "od", "pa", "ta", "te")
LANGUAGES: Final = frozenset(f"{subtag}-IN" for subtag in _SUBTAGS)
"""What Bulbul speaks (sarvamai, TextToSpeechLanguage)."""

LONGEST: Final[Mapping[str, int]] = MappingProxyType({"bulbul:v2": 1500})
"""Characters of one request, by model; of all others:"""
LONGEST_OF_OTHERS: Final = 2500

PACES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({"bulbul:v2": (0.3, 3.0)})
PACES_OF_OTHERS: Final = (0.5, 2.0)

Codec = Literal["mulaw", "wav", "linear16"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
# A network's page of its own, or a message of the vendor's, is no sound.
_NO_SOUND: Final = ("text/", "application/json")


class SarvamTextToSpeech:
    """Speaks with a voice of Sarvam's; `Voice.pitch` is not looked at, since Bulbul has none."""

    name = NAME

    def __init__(
        self,
        *,
        api_key: str,
        model: str = "bulbul:v3",
        speaker: str = "",
        language: str = "en-IN",
        streaming: bool = True,
        codec: Codec = "mulaw",
        body: Mapping[str, object] = _NOTHING,
        base_url: str = SARVAM,
        timeout_seconds: float = 20.0,
    ) -> None:
        if codec not in get_args(Codec):
            raise ValueError(f"codec is one of {', '.join(get_args(Codec))}")
        if code_of(language, LANGUAGES) is None:
            raise ValueError(f"Sarvam does not speak the language '{language}'")
        self._model = model
        self._speaker = speaker
        self._language = language
        self._is_streaming = streaming
        self._codec = codec
        self._body = dict(body)
        self._api = SarvamApi(api_key, base_url, timeout_seconds)

    @property
    def fingerprint(self) -> str:
        """What these settings add to the flow's voice."""
        how = "streamed" if self._is_streaming else "whole"
        return (
            f"{self._model} {self._speaker} {self._language} {self._codec} {how} "
            f"{sorted(self._body.items())}"
        )

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio for `text`. Raises `ProviderError`.

        Closing the iterator closes the connection, so that the server stops.
        """
        if not text.strip():
            return
        spoken = self._streamed if self._is_streaming else self._whole
        for portion in portions(text, LONGEST.get(self._model, LONGEST_OF_OTHERS)):
            async with aclosing(spoken(self._asked(portion, voice))) as pieces:
                async for piece in pieces:
                    yield piece

    async def warm(self) -> None:
        """Open a connection; a failure is only logged."""
        await self._api.warm()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _asked(self, text: str, voice: Voice) -> dict[str, object]:
        language = voice.language or self._language
        code = code_of(language, LANGUAGES)
        if code is None:
            reason = f"does not speak the language '{language}'"
            raise ProviderError(reason, provider=self.name, retryable=False)
        slowest, fastest = PACES.get(self._model, PACES_OF_OTHERS)
        speaker = voice.name or self._speaker
        return {
            "text": text,
            "language_code": code,
            "model": self._model,
            **({"speaker": speaker} if speaker else {}),
            "pace": min(max(voice.speaking_rate, slowest), fastest),
            "speech_sample_rate": SAMPLE_RATE,
            "output_audio_codec": self._codec,
            **self._body,
        }

    async def _streamed(self, asked: dict[str, object]) -> AsyncGenerator[bytes, None]:
        stripper = self._stripper()
        async with self._api.post("text-to-speech/stream", json=asked) as answer:
            if answer.headers.get("content-type", "").startswith(_NO_SOUND):
                raise ProviderError("sent no sound", provider=self.name)
            async for received in answer.aiter_bytes():
                if piece := stripper.push(received):
                    yield piece
        if piece := stripper.finish():
            yield piece

    async def _whole(self, asked: dict[str, object]) -> AsyncGenerator[bytes, None]:
        match await self._api.ask("text-to-speech", json=asked):
            case {"audios": [*audios]}:
                for audio in audios:
                    stripper = self._stripper()
                    if piece := stripper.push(self._decoded(audio)) + stripper.finish():
                        yield piece
            case _:
                raise ProviderError("sent no sound", provider=self.name)

    def _stripper(self) -> WavStripper:
        return WavStripper(self.name, pcm=self._codec == "linear16")

    def _decoded(self, audio: object) -> bytes:
        try:
            if isinstance(audio, str):
                return b64decode(audio, validate=True)
        except binascii.Error:
            raise ProviderError("sent what is no base64", provider=self.name) from None
        raise ProviderError("sent what is no sound", provider=self.name)
