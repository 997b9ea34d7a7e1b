"""Providers that follow a script: for tests, chat, demonstrations and benchmarks. No models."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Literal

import numpy as np

from providers.base import (
    Hints,
    ModelMessage,
    ModelPiece,
    ProviderError,
    Tool,
    Transcript,
    Voice,
)
from runtime.audio import mulaw

Sleep = Callable[[float], Awaitable[object]]
KEPT = 100
"""What was asked last and is kept: a bench of hours must not gather every utterance's sound."""

Failure = Literal["none", "raise", "hang", "nothing"]
"""What goes wrong: an error, an answer that never comes, or an empty one."""


class ScriptedSpeechToText:
    """Hears what the script says, whatever is said.

    `answers` is one text for every utterance; a list, taken in order (an error in it is raised); or
    a mapping from audio to text, which answers the utterance that contains that audio. What was
    asked is kept in `heard`.
    """

    name = "scripted"

    def __init__(
        self,
        answers: str | Iterable[str | Transcript | ProviderError] | Mapping[bytes, str] = "",
        *,
        failure: Failure = "none",
        delay_seconds: float = 0.0,
        eager: bool = False,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.eager = eager
        self._answers = answers if isinstance(answers, str | Mapping) else iter(answers)
        self.failure: Failure = failure
        self.heard: list[tuple[bytes, Hints]] = []
        self._delay_seconds = delay_seconds
        self._sleep = sleep

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return the script's answer, after the delay. A script at its end is an error."""
        self.heard.append((utterance, hints))
        del self.heard[:-KEPT]
        await _fail_or_wait(self.failure, self._delay_seconds, self._sleep)
        answer = "" if self.failure == "nothing" else self._answer(utterance)
        if isinstance(answer, ProviderError):
            raise answer
        if isinstance(answer, Transcript):
            return answer
        return Transcript(answer, 1.0 if answer else 0.0)

    def _answer(self, utterance: bytes) -> str | Transcript | ProviderError:
        if isinstance(self._answers, str):
            return self._answers
        if isinstance(self._answers, Mapping):
            return next((text for audio, text in self._answers.items() if audio in utterance), "")
        return next(self._answers, _script_ended())

    async def warm(self) -> None:
        """There is nothing to load."""

    async def close(self) -> None:
        """There is nothing to free."""


class ScriptedTextToSpeech:
    """Sounds as long as the text: a soft tone, or silence with `tone_hertz=0`.

    What was to be spoken is kept in `spoken`.
    """

    name = "scripted"

    def __init__(
        self,
        *,
        milliseconds_per_character: int = 60,
        tone_hertz: float = 440.0,
        failure: Failure = "none",
        delay_seconds: float = 0.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.failure: Failure = failure
        self.spoken: list[tuple[str, Voice]] = []
        self._milliseconds = milliseconds_per_character
        self._tone_hertz = tone_hertz
        self._delay_seconds = delay_seconds
        self._sleep = sleep

    @property
    def fingerprint(self) -> str:
        """All that the sound depends on besides the text's length."""
        return f"scripted {self._milliseconds} ms {self._tone_hertz} Hz"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield the sound in pieces of a second."""
        self.spoken.append((text, voice))
        del self.spoken[:-KEPT]
        await _fail_or_wait(self.failure, self._delay_seconds, self._sleep)
        if self.failure == "nothing" or not text.strip():
            return
        audio = self._sound(len(text) * self._milliseconds * mulaw.SAMPLE_RATE // 1000)
        for start in range(0, len(audio), mulaw.SAMPLE_RATE):
            yield audio[start : start + mulaw.SAMPLE_RATE]

    def _sound(self, samples: int) -> bytes:
        cycles = 2 * np.pi * self._tone_hertz / mulaw.SAMPLE_RATE
        return mulaw.encode(0.05 * np.sin(cycles * np.arange(samples)))

    async def warm(self) -> None:
        """There is nothing to load."""

    async def close(self) -> None:
        """There is nothing to free."""


class ScriptedLanguageModel:
    """Answers from a list: a text, pieces, or an error to raise. The questions are in `asked`."""

    name = "scripted"

    def __init__(
        self,
        answers: Iterable[str | Iterable[ModelPiece] | ProviderError] = (),
        *,
        failure: Failure = "none",
        delay_seconds: float = 0.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._answers = iter(answers)
        self.failure: Failure = failure
        self.asked: list[tuple[tuple[ModelMessage, ...], tuple[Tool, ...]]] = []
        self._delay_seconds = delay_seconds
        self._sleep = sleep

    async def answer(
        self,
        messages: tuple[ModelMessage, ...],
        tools: tuple[Tool, ...],
        *,
        schema: Mapping[str, object] | None = None,
    ) -> AsyncIterator[ModelPiece]:
        """Yield the next answer; a text comes word by word. A script at its end is an error."""
        self.asked.append((messages, tools))
        del self.asked[:-KEPT]
        await _fail_or_wait(self.failure, self._delay_seconds, self._sleep)
        if self.failure == "nothing":
            return
        answer = next(self._answers, _script_ended())
        if isinstance(answer, ProviderError):
            raise answer
        pieces = answer.split(" ") if isinstance(answer, str) else answer
        for number, piece in enumerate(pieces):
            yield f" {piece}" if isinstance(answer, str) and number else piece

    async def warm(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to free."""


async def _fail_or_wait(failure: Failure, delay_seconds: float, sleep: Sleep) -> None:
    if failure == "hang":
        await asyncio.Event().wait()
    if delay_seconds:
        await sleep(delay_seconds)
    if failure == "raise":
        raise ProviderError("the script says so", provider="scripted")


def _script_ended() -> ProviderError:
    return ProviderError("the script has ended", provider="scripted", retryable=False)
