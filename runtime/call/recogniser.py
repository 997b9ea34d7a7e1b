"""One call's utterances on their way through recognition, one after the other."""

import asyncio
from typing import Protocol

from providers.base import Hints, ProviderError, SpeechToText, Transcript
from runtime.call.equipment import Equipment

UTTERANCES = 4
"""Utterances of one call that wait; a fifth is dropped: nobody can answer so late."""


class Recognised(Protocol):
    """Who is told what became of an utterance; `ended_at` is the loop's time of its end."""

    def recognised(self, transcript: Transcript, ended_at: float) -> None:
        """It was recognised; the text is empty where it was no speech."""

    def not_recognised(self, error: ProviderError) -> None:
        """The provider failed, or took too long."""


class Recogniser:
    """Recognitions of all calls share a few places, given in the order they were asked for.

    A call has at most one of them at a time, so that no caller keeps the others waiting.
    """

    def __init__(self, stt: SpeechToText, equipment: Equipment, told: Recognised) -> None:
        self.hints = Hints()
        """What the flow expects to hear now."""
        self._stt = stt
        self._equipment = equipment
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[tuple[bytes, float]] = asyncio.Queue(UTTERANCES)

    def take(self, utterance: bytes) -> bool:
        """Queue an utterance (mu-law) that has just ended; False where there is no place."""
        try:
            self._waiting.put_nowait((utterance, self._loop.time()))
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Recognise until cancelled."""
        places, figures = self._equipment.recognisers, self._equipment.figures
        while True:
            utterance, ended_at = await self._waiting.get()
            with figures.recognising.track_inprogress():
                await places.acquire()
            try:
                await self._recognise(utterance, ended_at)
            finally:
                places.release()

    async def _recognise(self, utterance: bytes, ended_at: float) -> None:
        try:
            async with asyncio.timeout(self._equipment.recognition_deadline):
                transcript = await self._stt.transcribe(utterance, self.hints)
        except ProviderError as error:
            self._told.not_recognised(error)
        except TimeoutError:
            late = ProviderError("gave no result in time", provider=self._stt.name)
            self._told.not_recognised(late)
        else:
            self._told.recognised(transcript, ended_at)
