"""One call's connection to Deepgram: a WebSocket, opened anew where it was lost between utterances.

Client messages are those of Deepgram's reference for `wss://api.deepgram.com/v1/listen`: sound as
binary, and `Finalize`, `KeepAlive`, `Configure` and `CloseStream`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, assert_never

import orjson
from websockets.asyncio.client import ClientConnection

from providers.base import Hints, ProviderError, Transcript
from providers.deepgram_hearing import NAME, Hearing, HintsRefused, Ignored, Result, read
from providers.vendor_error import in_brackets, translated

log = logging.getLogger(__name__)

FINALIZE: Final = '{"type":"Finalize"}'
KEEP_ALIVE: Final = '{"type":"KeepAlive"}'
CLOSE_STREAM: Final = '{"type":"CloseStream"}'

BACK_OFF: Final = (0.1, 0.4)
"""Seconds before the second and the third attempt to connect; there is no fourth."""

FLUSH_SECONDS: Final = 1.0
"""An answer to Finalize is waited for so long at least, and no longer where there may be none."""

_SURE_SECONDS: Final = 1.0
"""So much sound has a result of its own, if only "nothing yet": about one comes a second."""

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection waits for what, in seconds."""

    answer: float = 3.0
    """For a sign that what was sent is heard."""

    keep_alive: float = 5.0
    """Between two signs of life of ours: Deepgram closes after ten seconds without one."""

    def deadlines(self, now: float, silent_since: float | None) -> tuple[float, float]:
        """When the answer to Finalize is late: where there may be none, where there must be one.

        Who was silent while the sound was sent has used up some of the time.
        """
        soon = now + min(FLUSH_SECONDS, self.answer)
        return soon, max(soon, (now if silent_since is None else silent_since) + self.answer)


@dataclass(frozen=True, slots=True)
class Listening:
    """What a connection is opened for."""

    language: str
    terms: tuple[str, ...]
    configurable: bool
    """Whether the terms can be changed on an open connection."""

    def may_become(self, other: "Listening") -> bool:
        """Whether a connection for this serves for the other as well."""
        return self.language == other.language and (self.terms == other.terms or self.configurable)


class Line:
    """One open connection, with the tasks that read it and keep it alive."""

    def __init__(self, socket: ClientConnection, listening: Listening, patience: Patience) -> None:
        self.listening = listening
        self.hearing = Hearing()
        self._socket = socket
        self._patience = patience
        self._failure: ProviderError | None = None
        self._news = asyncio.Event()
        self._waiting_since: float | None = None
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self._tasks = (loop.create_task(self._read()), loop.create_task(self._keep_alive()))

    async def begin(self, listening: Listening) -> None:
        """Begin an utterance, listening for other words."""
        self.check()
        if listening.terms != self.listening.terms:
            configure = orjson.dumps({"type": "Configure", "keyterms": listening.terms})
            await self._say(configure.decode())
            self.listening = listening
        if not self.hearing.settled:
            await self._finalize()
        self.hearing.begin()
        self._waiting_since = None

    async def send(self, audio: bytes) -> None:
        """Send sound, but none of no length: to Deepgram that is the end of the stream."""
        if not audio:
            return
        now = self._now()
        since = self._waiting_since = self._waiting_since or now
        if now - since > self._patience.answer and self.hearing.unheard_seconds > _SURE_SECONDS:
            raise self._failed(_error("takes sound and says nothing"))
        await self._say(audio)
        self.hearing.send(len(audio))

    async def flush(self) -> Transcript:
        """Return what was heard since `begin`, once all that was sent is heard."""
        if not self.hearing.settled:
            await self._finalize()
            await self._all_is_heard()
        return self.hearing.transcript()

    async def close(self) -> None:
        """Say goodbye if anybody is there, and end the tasks."""
        try:
            with suppress(ProviderError):
                await self._say(CLOSE_STREAM)
            if self._failure is not None:
                # Nobody would answer a close frame.
                self._socket.transport.abort()
            await self._socket.close()
        finally:
            for task in self._tasks:
                task.cancel()
        await asyncio.wait(self._tasks)

    def check(self) -> None:
        """Raise what has ended the connection, if anything has."""
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: ProviderError) -> ProviderError:
        """End the connection for this reason, if it has not ended for another; return that."""
        failure = self._failure = self._failure or error
        self._news.set()
        return failure

    async def _finalize(self) -> None:
        await self._say(FINALIZE)
        self.hearing.finalize()

    async def _all_is_heard(self) -> None:
        soon, late = self._patience.deadlines(self._now(), self._waiting_since)
        try:
            async with asyncio.timeout_at(late) as deadline:
                while not self.hearing.settled:
                    self.check()
                    if self.hearing.nearly_heard:
                        deadline.reschedule(soon)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            if not self.hearing.nearly_heard:
                raise self._failed(_error("gave no answer in time")) from None

    async def _say(self, message: str | bytes) -> None:
        self.check()
        try:
            with translated(NAME):
                async with asyncio.timeout(self._patience.answer):
                    await self._socket.send(message)
        except ProviderError as error:
            raise self._failed(error) from None

    async def _read(self) -> None:
        try:
            with translated(NAME):
                async for message in self._socket:
                    self._take(read(message))
        except ProviderError as error:
            self._failed(error)
        else:
            self._failed(_error("closed the connection"))

    def _take(self, said: Result | HintsRefused | Ignored) -> None:
        match said:
            case Result():
                self.hearing.take(said)
                self._waiting_since = None
                self._news.set()
            case HintsRefused():
                reason = f"did not take the words to listen for{in_brackets(said.code)}"
                log.warning("provider_hints_refused", extra={"provider": NAME, "reason": reason})
            case Ignored():
                pass
            case _:
                assert_never(said)

    async def _keep_alive(self) -> None:
        # Also while somebody speaks, where it does no harm: nobody need know when the last was.
        with suppress(ProviderError):
            while True:
                await asyncio.sleep(self._patience.keep_alive)
                await self._say(KEEP_ALIVE)


class DeepgramStream:
    """A call's utterances, one after another, over connections that `connect` opens."""

    def __init__(
        self,
        listen: Callable[[Hints], Listening],
        connect: Callable[[Listening], Awaitable[ClientConnection]],
        *,
        patience: Patience,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._listen = listen
        self._connect = connect
        self._patience = patience
        self._sleep = sleep
        self._line: Line | None = None

    @property
    def partial(self) -> str:
        """What the utterance seems to say so far."""
        return self._line.hearing.partial if self._line else ""

    async def begin(self, hints: Hints) -> None:
        """Begin an utterance, on the connection of the last one where it serves."""
        listening = self._listen(hints)
        if self._line is not None:
            if self._line.listening.may_become(listening):
                # What ended it in the meantime is no matter: another is opened.
                with suppress(ProviderError):
                    await self._line.begin(listening)
                    return
            await self.close()
        self._line = Line(await self._open(listening), listening, self._patience)

    async def send(self, audio: bytes) -> None:
        """Send the next sound of the utterance; raises within seconds where nobody listens."""
        await self._begun().send(audio)

    async def flush(self) -> Transcript:
        """Return all that was said since `begin`, once Deepgram has heard what was sent."""
        return await self._begun().flush()

    async def close(self) -> None:
        """End the connection; never raises."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    def _begun(self) -> Line:
        if self._line is None:
            raise _error("was sent sound before an utterance")
        return self._line

    async def _open(self, listening: Listening) -> ClientConnection:
        """Connect, in three attempts at most. Raises the last one's error."""
        for seconds in BACK_OFF:
            try:
                return await self._connect(listening)
            except ProviderError as error:
                # Who says when to come again need not be asked before.
                if not error.retryable or error.retry_after_seconds is not None:
                    raise
            await self._sleep(seconds)
        return await self._connect(listening)


def _error(reason: str) -> ProviderError:
    return ProviderError(reason, provider=NAME)
