"""One call's utterances on their way through recognition, one after the other."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol

from providers.base import Hints, ProviderError, SpeechStream, SpeechToText, Transcript
from runtime.call.equipment import Equipment
from runtime.call.live_recognition import LiveRecognition
from runtime.call.tasks import Tasks

UTTERANCES = 4
"""Utterances of one call that wait; a fifth is dropped: nobody can answer so late."""


_Live = asyncio.Future[Transcript | None] | None
"""What comes of a stream that has heard the utterance, where there is one."""


class Recognised(Protocol):
    """Who is told what became of an utterance; `ended_at` is the loop's time of its end."""

    def guessed(self, transcript: Transcript) -> None:
        """What may be the whole of it says this."""

    def recognised(self, transcript: Transcript, ended_at: float) -> None:
        """It was recognised; the text is empty where it was no speech."""

    def not_recognised(self, error: ProviderError) -> None:
        """The provider failed, or took too long."""


@dataclass(frozen=True, slots=True)
class _Guess:
    """What may be the whole of an utterance, under recognition or done with."""

    sound: bytes
    hints: Hints
    result: "asyncio.Task[Transcript | ProviderError]"


@dataclass(frozen=True, slots=True)
class _Utterance:
    sound: bytes
    ended_at: float
    guess: _Guess | None
    live: _Live
    """What the recogniser has heard while it was spoken."""


class Recogniser:
    """Recognitions of all calls share a few places, given in the order they were asked for.

    A call has at most one of them at a time, so that no caller keeps the others waiting. A guess
    takes a place that is free and never keeps an utterance waiting. Where the recogniser hears
    while the caller speaks, an utterance takes no place at all, unless that fails.
    """

    def __init__(
        self,
        stt: SpeechToText,
        equipment: Equipment,
        told: Recognised,
    ) -> None:
        self.hints = Hints()
        """What the flow expects to hear now."""
        self._stt = stt
        self._equipment = equipment
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[_Utterance] = asyncio.Queue(UTTERANCES)
        self._is_busy = False
        self._guess: _Guess | None = None
        # A list of recognisers has streams where the one that is asked first has.
        open_stream: Callable[[], SpeechStream | None] = getattr(stt, "open", _no_stream)
        self._live = LiveRecognition(open_stream)
        self.hear = self._live.hear
        """Takes the caller's sound, as it goes on."""
        self._tasks: asyncio.TaskGroup | None = None
        self._context = copy_context()

    def expect(self, hints: Hints) -> None:
        """Expect this from now on."""
        self.hints = hints
        self._live.connect(hints)

    def begin(self, sound: bytes) -> None:
        """An utterance has begun with this sound (mu-law)."""
        self._live.begin(self.hints, sound)

    def drop(self) -> None:
        """What had begun was no utterance."""
        self._live.end()
        self.forget_guess()

    def guess(self, sound: bytes) -> None:
        """Begin on what may be an utterance (mu-law) that has just ended, if there is a place."""
        self.forget_guess()
        places = self._equipment.recognisers
        may = self._live.hears or (self._stt.eager and not places.locked())
        if self._is_busy or not (may and self._waiting.empty()):
            return
        if self._tasks is not None:
            # It is asked for from the socket's side, and done for the call.
            guessing = self._recognise_guess(sound, self._live.flush())
            result = self._tasks.create_task(guessing, context=self._context)
            self._guess = _Guess(sound, self.hints, result)

    def forget_guess(self) -> None:
        """The caller goes on: what he had said by then is not the whole."""
        guess, self._guess = self._guess, None
        if guess is not None:
            guess.result.cancel()
            self._equipment.figures.guesses.labels("dropped").inc()

    def take(self, sound: bytes) -> bool:
        """Queue an utterance (mu-law) that has just ended; False where there is no place."""
        guess, self._guess = self._guess, None
        is_right = guess is not None and (guess.sound, guess.hints) == (sound, self.hints)
        if guess is not None and not is_right:
            guess.result.cancel()
        if guess is not None:
            self._equipment.figures.guesses.labels("used" if is_right else "dropped").inc()
        right = guess if is_right else None
        live = None if is_right else self._live.flush()
        self._live.end()
        utterance = _Utterance(sound, self._loop.time(), right, live)
        try:
            self._waiting.put_nowait(utterance)
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Recognise until cancelled."""
        async with Tasks() as tasks:
            self._tasks, self._context = tasks, copy_context()
            tasks.create_task(self._live.run())
            while True:
                utterance = await self._waiting.get()
                self._is_busy = True
                guess = utterance.guess
                if guess is not None:
                    result = await guess.result
                else:
                    result = await self._recognise(utterance.sound, utterance.live)
                self._is_busy = False
                if isinstance(result, ProviderError):
                    self._told.not_recognised(result)
                else:
                    self._told.recognised(result, utterance.ended_at)

    async def _recognise_guess(self, sound: bytes, live: _Live) -> Transcript | ProviderError:
        result = await self._recognise(sound, live)
        if isinstance(result, Transcript):
            self._told.guessed(result)
        return result

    async def _recognise(self, sound: bytes, live: _Live) -> Transcript | ProviderError:
        if live is not None:
            await asyncio.wait([live], timeout=self._equipment.recognition_deadline)
            heard = live.result() if live.done() else None
            if heard is not None:
                return heard
        return await self._in_turn(sound)

    async def _in_turn(self, sound: bytes) -> Transcript | ProviderError:
        with self._equipment.figures.recognising.track_inprogress():
            await self._equipment.recognisers.acquire()
        try:
            return await self._whole(sound)
        finally:
            self._equipment.recognisers.release()

    async def _whole(self, sound: bytes) -> Transcript | ProviderError:
        try:
            async with asyncio.timeout(self._equipment.recognition_deadline):
                return await self._stt.transcribe(sound, self.hints)
        except ProviderError as error:
            return error
        except TimeoutError:
            return ProviderError("gave no result in time", provider=self._stt.name)


def _no_stream() -> None:
    """Stand for a recogniser that hears whole utterances only."""
