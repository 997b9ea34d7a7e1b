"""Turns: what a caller says, matched with what comes back; and percentiles of many of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turn:
    """The caller's last word was sent at `ended_at`; the first sound back came at `answered_at`."""

    ended_at: float
    frames: int
    """Frames of the call up to and with the last word's."""
    answered_at: float | None = None
    call: int = 0
    """Its number."""

    @property
    def seconds(self) -> float | None:
        """How long the caller waited; None where nothing came before he spoke again."""
        return None if self.answered_at is None else self.answered_at - self.ended_at


@dataclass(slots=True)
class Turns:
    """The turns of one call, in order; all times are seconds of one clock."""

    past: list[Turn] = field(default_factory=list)
    early: int = 0
    """Answers that began while the caller still spoke."""
    call: int = 0
    """Its number."""
    _speaking: bool = False
    _waiting: bool = False

    def speech_began(self) -> None:
        """The caller's first frame of speech was sent; a turn still open stays unanswered."""
        self._speaking, self._waiting = True, False

    def speech_ended(self, at: float, frames: int) -> None:
        """The caller's last frame of speech was sent, the `frames`th of the call."""
        self._speaking, self._waiting = False, True
        self.past.append(Turn(at, frames, call=self.call))

    def sounded(self, at: float) -> None:
        """A message with sound has arrived; only the first of an answer counts."""
        if self._speaking:
            self.early += 1
        elif self._waiting:
            self._waiting = False
            self.past[-1].answered_at = at

    def between(self, begin: float, end: float) -> list[Turn]:
        """Return the turns whose speech ended in that time."""
        return [turn for turn in self.past if begin <= turn.ended_at < end]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that `share` percent do not exceed (nearest rank); None of none."""
    if not values:
        return None
    rank = max(1, math.ceil(len(values) * share / 100))
    return sorted(values)[rank - 1]
