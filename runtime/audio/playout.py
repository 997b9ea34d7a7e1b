"""The play-out clock: what the caller has heard, since the carrier never tells."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Piece = TypeVar("Piece")
"""How the call names a piece of speech; the clock hands it back as it came."""


@dataclass(frozen=True, slots=True)
class Heard(Generic[Piece]):
    """How many seconds of a piece the caller has heard."""

    piece: Piece
    seconds: float


@dataclass(frozen=True, slots=True)
class _Queued(Generic[Piece]):
    piece: Piece
    duration: float
    sent_at: float
    starts_at: float

    @property
    def ends_at(self) -> float:
        return self.starts_at + self.duration


class PlayoutClock(Generic[Piece]):
    """Keeps the carrier's queue as the carrier does.

    Pieces play one after the other, from their sending or the end of the piece before. Before
    the call is answered (its first inbound frame) nothing plays: the greeting waits at the
    carrier, and the rest behind it. Times are seconds of any one clock and never go back.
    """

    def __init__(self) -> None:
        self._queue: deque[_Queued[Piece]] = deque()
        # When what is queued will have been heard; None while the call is not answered.
        self._quiet_at: float | None = None

    def answered(self, at: float) -> None:
        """The first inbound frame came; later calls change nothing."""
        if self._quiet_at is not None:
            return
        self._quiet_at = at
        waiting, self._queue = self._queue, deque()
        for queued in waiting:
            self._schedule(queued)

    def queue(self, piece: Piece, duration: float, sent_at: float) -> float | None:
        """A piece of `duration` seconds has been sent: when it will be heard, if that is known."""
        queued = self._schedule(_Queued(piece, duration, sent_at, float("inf")))
        return None if self._quiet_at is None else queued.starts_at

    def _schedule(self, queued: _Queued[Piece]) -> _Queued[Piece]:
        if self._quiet_at is not None:
            queued = replace(queued, starts_at=max(queued.sent_at, self._quiet_at))
            self._quiet_at = queued.ends_at
        self._queue.append(queued)
        return queued

    def planned(self) -> Iterator[tuple[Piece, float]]:
        """Iterate over what plays and will play, with its start; it waits where that is `inf`."""
        return ((queued.piece, queued.starts_at) for queued in self._queue)

    def position(self, at: float) -> Heard[Piece] | None:
        """The piece that plays at `at`, and how much of it has been heard; None when quiet."""
        for queued in self._queue:
            if queued.starts_at <= at < queued.ends_at:
                return Heard(queued.piece, at - queued.starts_at)
        return None

    def playing(self, at: float) -> bool:
        """Whether the caller hears us at `at`."""
        return self.position(at) is not None

    def ends_at(self) -> float | None:
        """When the last piece ends, or ended; None while the queue waits for the answer."""
        return self._quiet_at

    def finished(self, at: float) -> tuple[Piece, ...]:
        """The pieces heard to their end since this was last asked, in order."""
        done = []
        while self._queue and self._queue[0].ends_at <= at:
            done.append(self._queue.popleft().piece)
        return tuple(done)

    def cut(self, at: float) -> tuple[Heard[Piece], ...]:
        """The carrier was told to stop: what was not heard to its end, and the queue is empty.

        Pieces that had ended stay for `finished`.
        """
        ended = deque(queued for queued in self._queue if queued.ends_at <= at)
        interrupted = [queued for queued in self._queue if queued.ends_at > at]
        self._queue = ended
        if self._quiet_at is not None:
            self._quiet_at = min(self._quiet_at, at)
        return tuple(Heard(queued.piece, max(0.0, at - queued.starts_at)) for queued in interrupted)
