"""What a caller hears of the bot: the carrier's play-out, sample by sample."""

from collections import deque
from dataclasses import dataclass

from runtime.audio.mulaw import FRAME, SAMPLE_RATE, SILENCE


@dataclass(frozen=True, slots=True)
class Piece:
    """One message's speech, as far as it was heard; times are seconds since the answer."""

    audio: bytes
    """What was heard, in mu-law; empty where an interrupt came before the piece's turn."""

    whole_seconds: float
    """What was sent."""

    started_at: float
    is_greeting: bool = False

    @property
    def seconds(self) -> float:
        """What was heard."""
        return len(self.audio) / SAMPLE_RATE

    @property
    def ended_at(self) -> float:
        """When it was over, or cut."""
        return self.started_at + self.seconds

    @property
    def was_cut(self) -> bool:
        """An interrupt or the end of the call came before its end."""
        return self.seconds < self.whole_seconds


@dataclass(slots=True)
class _Playing:
    audio: bytes
    is_greeting: bool
    heard: int = 0
    started: int = -1


class Earpiece:
    """The phone's queue. Its clock is the frames taken from it, the first one at the answer."""

    def __init__(self) -> None:
        self._queue: deque[_Playing] = deque()
        self._now = 0
        self.begun = 0
        """Pieces that have begun to play."""

    @property
    def is_speaking(self) -> bool:
        """Whether something is playing or queued."""
        return bool(self._queue)

    def play(self, audio: bytes, *, is_greeting: bool = False) -> None:
        """Queue a piece."""
        self._queue.append(_Playing(audio, is_greeting))

    def take(self) -> tuple[bytes, tuple[Piece, ...]]:
        """Return the next 20 ms, silence where nothing plays, and the pieces that end in them."""
        frame, finished = b"", []
        while self._queue and len(frame) < FRAME:
            playing = self._queue[0]
            if playing.started < 0:
                playing.started = self._now + len(frame)
                self.begun += 1
            part = playing.audio[playing.heard : playing.heard + FRAME - len(frame)]
            playing.heard += len(part)
            frame += part
            if playing.heard == len(playing.audio):
                finished.append(self._piece(self._queue.popleft()))
        self._now += FRAME
        return frame.ljust(FRAME, bytes([SILENCE])), tuple(finished)

    def interrupt(self) -> tuple[Piece, ...]:
        """Stop and drop everything; return the pieces as far as they were heard."""
        cut = tuple(self._piece(playing) for playing in self._queue)
        self._queue.clear()
        return cut

    def _piece(self, playing: _Playing) -> Piece:
        started = playing.started if playing.started >= 0 else self._now
        return Piece(
            playing.audio[: playing.heard],
            len(playing.audio) / SAMPLE_RATE,
            started / SAMPLE_RATE,
            playing.is_greeting,
        )
