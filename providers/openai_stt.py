"""Speech to text by OpenAI's /v1/audio/transcriptions, and whoever else speaks it.

Options, all in the settings: `model`; `api_key`, which a server of one's own may do without;
`base_url`, OpenAI's where there is none; `phrases`, how the answers that a flow waits for are told
to the model; `confidence`, where it is read from; `eager`; `timeout_seconds` from one sign of life
of the server to the next, `connect_seconds`; `headers` and `body` for what a vendor wants besides.

The utterance goes as WAV, 16 bits at 8 kHz. OpenAI names wav among its formats and not which codecs
in it: mu-law would halve what is sent, and a server need not take it.
"""

import io
import math
import wave
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import openai

from providers.base import Hints, ProviderError, Transcript
from providers.openai_client import NAME, NOTHING, OPENAI, OpenAIConnection, translated
from runtime.audio import mulaw

Phrases = Literal["keywords", "prompt", "ignore"]
Confidence = Literal["logprobs", "segments", "none"]

SHORTEST: Final = mulaw.SAMPLE_RATE // 10
"""Samples; OpenAI refuses less than 100 ms."""

LONGEST_HINT: Final = 800
"""Characters; Whisper looks at the last 224 tokens of a prompt."""

_DIARIZE: Final = "gpt-4o-transcribe-diarize"


class OpenAISpeechToText:
    """A recogniser behind the transcriptions API, which is asked for whole utterances."""

    name = NAME

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        base_url: str = OPENAI,
        phrases: Phrases | None = None,
        confidence: Confidence | None = None,
        eager: bool = False,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 5.0,
        headers: Mapping[str, str] = NOTHING,
        body: Mapping[str, object] = NOTHING,
    ) -> None:
        one_of("phrases", phrases, Phrases)
        one_of("confidence", confidence, Confidence)
        self.eager = eager
        self._model = model
        self._phrases = phrases or how_phrases_are_told(model)
        self._confidence = confidence or _where_confidence_is(model)
        self._body = dict(body)
        self._connection = OpenAIConnection(
            api_key=api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            connect_seconds=connect_seconds,
            headers=headers,
        )

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says; where it is empty nobody is asked."""
        if not utterance:
            return Transcript("", 1.0)
        create: Any = self._connection.client.audio.transcriptions.create
        with translated():
            answer = await create(
                model=self._model,
                file=("utterance.wav", _wav(utterance), "audio/wav"),
                language=language_of(hints) or openai.omit,
                response_format="verbose_json" if self._confidence == "segments" else "json",
                include=["logprobs"] if self._confidence == "logprobs" else openai.omit,
                extra_body=self._body,
                **told(hints.phrases, self._phrases),
            )
        # The library checks nothing of what it reads; a page in HTML comes as a text.
        text = getattr(answer, "text", None)
        if not isinstance(text, str):
            raise ProviderError("sent what is no transcript", provider=NAME)
        return Transcript(text.strip(), _confidence(answer))

    async def warm(self) -> None:
        """Open a connection, without the key and without a question; a failure is only logged."""
        await self._connection.warm()

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()


def one_of(option: str, value: object, allowed: object) -> None:
    """Raise `ValueError` where an option is given that is none of a `Literal`'s values."""
    if value is not None and value not in get_args(allowed):
        raise ValueError(f"{option} is one of {', '.join(get_args(allowed))}")


def language_of(hints: Hints) -> str:
    """The language in ISO 639-1, as the API wants it."""
    return hints.language.split("-")[0].lower()


def how_phrases_are_told(model: str) -> Phrases:
    """GPT Transcribe has a field for them; most others are given a text that goes before."""
    if model.startswith(("gpt-transcribe", "gpt-live-transcribe")):
        return "keywords"
    # API reference, "prompt": these refuse one.
    return "ignore" if model.startswith(("gpt-realtime-whisper", _DIARIZE)) else "prompt"


def told(phrases: Sequence[str], how: Phrases) -> dict[str, object]:
    """The field of a request that names the phrases, as many as go into it."""
    kept: list[str] = []
    for phrase in filter(None, phrases):
        if sum(map(len, kept)) + len(phrase) <= LONGEST_HINT:
            kept.append(phrase)
    match how:
        case "keywords" if kept:
            return {"keywords": kept}
        case "prompt" if kept:
            return {"prompt": ", ".join(kept)}
    return {}


def mean_probability(logprobs: Sequence[object]) -> float:
    """The probability of a token, on geometric average; 1 where none is told."""
    known = [value for value in logprobs if isinstance(value, int | float) and value <= 0]
    return math.exp(sum(known) / len(known)) if known else 1.0


def _where_confidence_is(model: str) -> Confidence:
    if model.startswith("gpt-4o") and not model.startswith(_DIARIZE):
        return "logprobs"
    return "segments" if "whisper" in model.lower() else "none"


def _confidence(answer: object) -> float:
    for field, value in (("logprobs", "logprob"), ("segments", "avg_logprob")):
        parts = getattr(answer, field, None)
        if isinstance(parts, list) and parts:
            return mean_probability([getattr(part, value, None) for part in parts])
    return 1.0


def _wav(utterance: bytes) -> bytes:
    padded = utterance.ljust(SHORTEST, bytes([mulaw.SILENCE]))
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(mulaw.SAMPLE_RATE)
        written.writeframes(mulaw.decode(padded).astype("<i2").tobytes())
    return file.getvalue()
