"""A stream to a recogniser, watched: whether it works, and what it takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from providers.base import Hints, ProviderError, SpeechStream, Transcript
from providers.ledger import Use, spent
from runtime.audio.mulaw import duration


class WatchedStream:
    """Does what the other does; tells of successes, failures, and the seconds that were sent."""

    def __init__(
        self,
        stream: SpeechStream,
        name: str,
        *,
        succeeded: Callable[[], None],
        failed: Callable[[ProviderError], None],
    ) -> None:
        self._stream = stream
        self._name = name
        self._succeeded = succeeded
        self._failed = failed
        self._seconds = 0.0

    @property
    def partial(self) -> str:
        """What the other has heard so far."""
        return self._stream.partial

    async def begin(self, hints: Hints) -> None:
        """Begin an utterance."""
        with self._watched():
            await self._stream.begin(hints)

    async def send(self, audio: bytes) -> None:
        """Give the next sound."""
        with self._watched():
            await self._stream.send(audio)
        self._seconds += duration(audio)

    async def flush(self) -> Transcript:
        """Return all that was said since `begin`."""
        with self._watched():
            transcript = await self._stream.flush()
        self._succeeded()
        self._tell()
        return transcript

    async def close(self) -> None:
        """End the connection."""
        self._tell()
        await self._stream.close()

    def _tell(self) -> None:
        seconds, self._seconds = self._seconds, 0.0
        if seconds:
            spent(Use("stt", self._name, seconds=seconds))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except ProviderError as error:
            self._failed(error)
            raise
