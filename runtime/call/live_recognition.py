"""One call's speech, given to a recogniser that hears while the caller speaks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from providers.base import Hints, ProviderError, SpeechStream, Transcript

WAITING = 500
"""Pieces of sound (10 s of frames) that wait for the stream; then it is too slow to be of use."""

STEP_SECONDS = 5.0
"""For a connection, a piece of sound or an answer; an adapter has noticed by then."""


@dataclass(frozen=True, slots=True)
class _Begin:
    hints: Hints


@dataclass(frozen=True, slots=True)
class _Flush:
    answer: "asyncio.Future[Transcript | None]"


class LiveRecognition:
    """Sends an utterance as it is spoken; what was said is known a moment after its end.

    `open_stream` returns a connection, or None where the recogniser at hand has none or had better
    be left alone. Whatever fails leaves the utterance to those who hear it whole.
    """

    def __init__(self, open_stream: Callable[[], SpeechStream | None]) -> None:
        self._open_stream = open_stream
        self._waiting: asyncio.Queue[_Begin | bytes | _Flush] = asyncio.Queue(WAITING)
        self._stream: SpeechStream | None = None
        self._is_sending = False
        """An utterance is being sent, and nothing of it was lost."""

    @property
    def hears(self) -> bool:
        """Whether the utterance under way has been sent from its beginning."""
        return self._is_sending

    def connect(self, hints: Hints) -> None:
        """Open the connection before anybody speaks, so that the first words need not wait."""
        if self._stream is None:
            self._stream = self._open_stream()
            if self._stream is not None:
                self._put(_Begin(hints))

    def begin(self, hints: Hints, sound: bytes) -> None:
        """An utterance has begun with `sound`."""
        if self._stream is None:
            self._stream = self._open_stream()
        self._is_sending = self._stream is not None
        if self._is_sending:
            self._put(_Begin(hints))
            self.hear(sound)

    def hear(self, sound: bytes) -> None:
        """The caller's sound goes on."""
        if self._is_sending:
            self._put(sound)

    def end(self) -> None:
        """The utterance is over; what comes next belongs to none."""
        self._is_sending = False

    def flush(self) -> "asyncio.Future[Transcript | None] | None":
        """Ask for all that was said since `begin`; None, now or later, where it cannot be told."""
        if not self._is_sending:
            return None
        answer: asyncio.Future[Transcript | None] = asyncio.get_running_loop().create_future()
        self._put(_Flush(answer))
        return answer

    async def run(self) -> None:
        """Send until cancelled."""
        is_broken = True
        try:
            while True:
                item = await self._waiting.get()
                try:
                    if isinstance(item, _Begin):
                        is_broken = False
                    if not is_broken and self._stream is not None:
                        async with asyncio.timeout(STEP_SECONDS):
                            await self._do(self._stream, item)
                    elif isinstance(item, _Flush) and not item.answer.done():
                        item.answer.set_result(None)
                except (ProviderError, TimeoutError):
                    is_broken = True
                    if isinstance(item, _Flush) and not item.answer.done():
                        item.answer.set_result(None)
                    await self._close()
        finally:
            await self._close()

    async def _do(self, stream: SpeechStream, item: _Begin | bytes | _Flush) -> None:
        match item:
            case _Begin(hints=hints):
                await stream.begin(hints)
            case bytes():
                await stream.send(item)
            case _Flush(answer=answer):
                transcript = await stream.flush()
                if not answer.done():
                    answer.set_result(transcript)

    async def _close(self) -> None:
        stream, self._stream = self._stream, None
        self._is_sending = False
        if stream is not None:
            await stream.close()

    def _put(self, item: _Begin | bytes | _Flush) -> None:
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            self._is_sending = False
            if isinstance(item, _Flush):
                item.answer.set_result(None)
