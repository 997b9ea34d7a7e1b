"""Several providers of a kind as one: the next is asked where one fails or is late.

Every call has a deadline: the whole answer of speech to text, each piece of what streams. What has
begun to stream is not begun again elsewhere, since the caller has heard its beginning. A cache of
speech belongs around each voice, not around the list: another voice sounds different. It asks by
`FallbackTextToSpeech.first`.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import ClassVar, Generic, Protocol, TypeVar

from providers.base import (
    Hints,
    LanguageModel,
    ModelMessage,
    ModelPiece,
    ModelUsage,
    ProviderError,
    SpeechStream,
    SpeechToText,
    StreamingSpeechToText,
    TextToSpeech,
    Tool,
    Transcript,
    Voice,
)
from providers.breaker import Breaker
from providers.ledger import Failure, Kind, Use, failed, spent
from providers.watched_stream import WatchedStream
from runtime.audio.mulaw import duration

log = logging.getLogger(__name__)

Clock = Callable[[], float]


class _Provider(Protocol):
    name: str

    async def warm(self) -> None: ...

    async def close(self) -> None: ...


P = TypeVar("P", bound=_Provider)
T = TypeVar("T")


class _Fallback(Generic[P]):
    """The providers in the order of the settings, each with its breaker."""

    kind: ClassVar[Kind]

    def __init__(
        self,
        providers: Sequence[P],
        *,
        deadline_seconds: float,
        clock: Clock,
        breaker: Breaker | None = None,
    ) -> None:
        if not providers:
            raise ValueError("there must be one provider at least")
        self._providers = tuple(providers)
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._breakers = [breaker or Breaker()] * len(self._providers)
        self.name = "+".join(provider.name for provider in self._providers)

    async def warm(self) -> None:
        """Warm all of them. Raises the first one's error where none can be warmed."""
        results = await asyncio.gather(
            *(provider.warm() for provider in self._providers), return_exceptions=True
        )
        errors = [result for result in results if isinstance(result, BaseException)]
        for error in errors:
            if not isinstance(error, ProviderError):
                raise error
            log.warning(
                "provider_not_warm", extra={"provider": error.provider, "reason": error.message}
            )
        if len(errors) == len(results):
            raise errors[0]

    async def close(self) -> None:
        """Close all of them."""
        for provider in self._providers:
            await provider.close()

    def _in_turn(self) -> list[int]:
        """Who is asked, in order; all of them where every breaker is open."""
        now = self._clock()
        closed = [n for n, breaker in enumerate(self._breakers) if breaker.lets_through(now)]
        return closed or list(range(len(self._providers)))

    def _succeeded(self, number: int) -> None:
        self._breakers[number] = self._breakers[number].succeeded()

    def _failed(self, number: int, error: ProviderError) -> None:
        # What would fail again with the same text says nothing of the vendor's health.
        if error.retryable:
            self._breakers[number] = self._breakers[number].failed(
                self._clock(), error.retry_after_seconds
            )
        name = self._providers[number].name
        log.warning("provider_failed", extra={"provider": name, "reason": error.message})
        failed(Failure(self.kind, name, error.message))

    async def _first(self, ask: Callable[[P], Awaitable[T]]) -> T:
        """Return the first answer. Raises the last error where there is none."""
        last = ProviderError("nobody was asked", provider=self.name)
        for number in self._in_turn():
            try:
                answer = await self._in_time(ask(self._providers[number]), number)
            except ProviderError as error:
                self._failed(number, error)
                last = error
            else:
                self._succeeded(number)
                return answer
        raise last

    async def _stream(self, ask: Callable[[P], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
        """Yield the pieces of the first answer that begins. Raises the last error."""
        last = ProviderError("nobody was asked", provider=self.name)
        for number in self._in_turn():
            begun = False
            try:
                async with aclosing(self._pieces(ask(self._providers[number]), number)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                if not begun:
                    raise ProviderError("gave no answer", provider=self._providers[number].name)
            except ProviderError as error:
                self._failed(number, error)
                if begun:
                    raise
                last = error
            else:
                self._succeeded(number)
                return
        raise last

    async def _pieces(self, iterator: AsyncIterator[T], number: int) -> AsyncGenerator[T, None]:
        try:
            while True:
                try:
                    piece = await self._in_time(anext(iterator), number)
                except StopAsyncIteration:
                    return
                yield piece
        finally:
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()

    async def _in_time(self, answer: Awaitable[T], number: int) -> T:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await answer
        except TimeoutError as error:
            raise ProviderError(
                f"took more than {self._deadline_seconds:g} s",
                provider=self._providers[number].name,
            ) from error


class FallbackSpeechToText(_Fallback[SpeechToText]):
    """Speech to text by the first that answers in time."""

    kind = "stt"

    @property
    def eager(self) -> bool:
        """Whether all of them are: any may be the one that is asked."""
        return all(provider.eager for provider in self._providers)

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says. Raises `ProviderError` where nobody can tell."""
        return await self._first(lambda provider: _heard(provider, utterance, hints))

    def open(self) -> SpeechStream | None:
        """Return a stream of the one that is asked first; None where it hears whole utterances.

        Its failures count as those of requests.
        """
        number = self._in_turn()[0]
        provider = self._providers[number]
        if not isinstance(provider, StreamingSpeechToText):
            return None
        return WatchedStream(
            provider.open(),
            provider.name,
            succeeded=lambda: self._succeeded(number),
            failed=lambda error: self._failed(number, error),
        )


class FallbackTextToSpeech(_Fallback[TextToSpeech]):
    """Text to speech by the first whose voice begins in time.

    With `hedge_seconds`, whoever has not spoken by then gets a rival, and the first to have spoken
    is heard; what both ask for is paid for.
    """

    kind = "tts"

    def __init__(
        self,
        providers: Sequence[TextToSpeech],
        *,
        deadline_seconds: float,
        clock: Clock,
        breaker: Breaker | None = None,
        hedge_seconds: float | None = None,
    ) -> None:
        super().__init__(providers, deadline_seconds=deadline_seconds, clock=clock, breaker=breaker)
        self._hedge_seconds = hedge_seconds

    @property
    def fingerprint(self) -> str:
        """Of all the voices that may be heard."""
        return "+".join(provider.fingerprint for provider in self._providers)

    @property
    def best(self) -> TextToSpeech:
        """The voice that is asked first."""
        return self._providers[0]

    async def first(self, speak: Callable[[TextToSpeech], Awaitable[T]]) -> T:
        """Return what `speak` makes with the first voice that can. Raises the last error."""
        if self._hedge_seconds is None:
            return await self._first(speak)
        return await self._hedged(speak, self._hedge_seconds)

    async def _hedged(self, speak: Callable[[TextToSpeech], Awaitable[T]], patience: float) -> T:
        waiting = self._in_turn()
        last = ProviderError("nobody was asked", provider=self.name)
        async with asyncio.TaskGroup() as tasks:
            trying: set[asyncio.Task[tuple[T] | ProviderError]] = set()
            try:
                while waiting or trying:
                    if waiting:
                        trying.add(tasks.create_task(self._attempt(waiting.pop(0), speak)))
                    done, trying = await asyncio.wait(
                        trying,
                        timeout=patience if waiting else None,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    for each in done:
                        result = each.result()
                        if not isinstance(result, ProviderError):
                            return result[0]
                        last = result
            finally:
                for each in trying:
                    each.cancel()
        raise last

    async def _attempt(
        self, number: int, speak: Callable[[TextToSpeech], Awaitable[T]]
    ) -> tuple[T] | ProviderError:
        try:
            spoken = await self._in_time(speak(self._providers[number]), number)
        except ProviderError as error:
            self._failed(number, error)
            return error
        self._succeeded(number)
        return (spoken,)

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio; nothing for a text without letters and digits."""
        if not any(character.isalnum() for character in text):
            return
        spoken = self._stream(lambda provider: provider.synthesize(text, voice))
        async with aclosing(spoken):
            async for audio in spoken:
                yield audio


class FallbackLanguageModel(_Fallback[LanguageModel]):
    """A language model's answer, by the first that begins in time."""

    kind = "llm"

    async def answer(
        self,
        messages: tuple[ModelMessage, ...],
        tools: tuple[Tool, ...],
        *,
        schema: Mapping[str, object] | None = None,
    ) -> AsyncIterator[ModelPiece]:
        """Yield the answer's pieces. Raises `ProviderError`."""
        answer = self._stream(
            lambda provider: _counted(provider, provider.answer(messages, tools, schema=schema))
        )
        async with aclosing(answer):
            async for piece in answer:
                yield piece


async def _heard(provider: SpeechToText, utterance: bytes, hints: Hints) -> Transcript:
    transcript = await provider.transcribe(utterance, hints)
    spent(Use("stt", provider.name, seconds=duration(utterance)))
    return transcript


async def _counted(
    provider: LanguageModel, answer: AsyncIterator[ModelPiece]
) -> AsyncGenerator[ModelPiece, None]:
    """Yield the answer, and tell what it took where the vendor says so."""
    try:
        async for piece in answer:
            if isinstance(piece, ModelUsage):
                tokens = piece.prompt_tokens, piece.completion_tokens
                spent(Use("llm", provider.name, input_tokens=tokens[0], output_tokens=tokens[1]))
            yield piece
    finally:
        if isinstance(answer, AsyncGenerator):
            await answer.aclose()
