"""One call's course, as its caller saw it: what the bot's line brought, and what was said when.

All times are seconds since the answer, by the caller's clock. No clock is read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.turn_lines import Kind
from runtime.audio.mulaw import SAMPLE_RATE, SILENCE

_NEVER = float("inf")


@dataclass(slots=True)
class BotPiece:
    """One message's speech: when it came, and from when to when it was played."""

    arrived: float
    audio: bytes
    """mu-law, whole"""
    starts: float
    cut_at: float = _NEVER

    @property
    def ends(self) -> float:
        """When it was over, or cut; a piece that was dropped unheard begins and ends then."""
        return min(self.cut_at, self.starts + len(self.audio) / SAMPLE_RATE)

    @property
    def was_cut(self) -> bool:
        return self.cut_at < self.starts + len(self.audio) / SAMPLE_RATE

    @property
    def seconds(self) -> float:
        """What was heard of it."""
        return self.ends - self.starts


@dataclass(frozen=True, slots=True)
class Stop:
    """The bot stopped itself while something played or was queued."""

    at: float
    piece: BotPiece
    """What played, or was to be played first."""


@dataclass(slots=True)
class BotTrack:
    """What the bot's side brought, in the order in which it came."""

    pieces: list[BotPiece] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    def arrived(self, at: float, audio: bytes) -> None:
        """Play a piece after those before it; what came before the answer begins with it."""
        quiet_at = max((piece.ends for piece in self.pieces), default=0.0)
        self.pieces.append(BotPiece(at, audio, max(at, quiet_at, 0.0)))

    def interrupted(self, at: float) -> None:
        """Stop what plays, drop what is queued."""
        live = [piece for piece in self.pieces if piece.ends > at]
        for piece in live:
            piece.cut_at, piece.starts = at, min(piece.starts, at)
        if live:
            self.stops.append(Stop(at, live[0]))

    def is_speaking(self, at: float) -> bool:
        """Whether something plays or is queued."""
        return self._last is not None and self._last.ends > at

    def is_playing(self, at: float) -> bool:
        """Whether something was heard at that moment, be it long ago."""
        return any(piece.starts <= at < piece.ends for piece in self.pieces)

    def quiet_since(self) -> float:
        """When the last sound ends, or ended; below zero where none has come."""
        return max((piece.ends for piece in self.pieces), default=-1.0)

    def speaks_since(self) -> float:
        """When the newest run of pieces, one right after the other, began."""
        began = later = _NEVER
        for piece in reversed(self.pieces):
            if later - piece.ends > 0.05 and began != _NEVER:
                break
            began = later = piece.starts
        return began

    def was_cut(self) -> bool:
        """Whether the last sound was stopped before its end."""
        return self._last is not None and self._last.was_cut

    def sound(self, seconds: float) -> bytes:
        """Return what the caller heard, in mu-law."""
        heard = np.full(round(seconds * SAMPLE_RATE), SILENCE, np.uint8)
        for piece in self.pieces:
            first = round(piece.starts * SAMPLE_RATE)
            part = np.frombuffer(piece.audio, np.uint8)[: round(piece.seconds * SAMPLE_RATE)]
            part = part[: max(0, len(heard) - first)]
            heard[first : first + len(part)] = part
        return heard.tobytes()

    @property
    def _last(self) -> BotPiece | None:
        return self.pieces[-1] if self.pieces else None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The caller's speech to the bot, from its first to its last audible 10 ms."""

    kind: Kind
    state: str
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Noised:
    """A noise of the caller's."""

    what: str
    start: float
    end: float


@dataclass(frozen=True)
class LedCall:
    """A call that is over."""

    name: str
    condition: str
    voice: str
    bot: BotTrack
    spoken: Sequence[Spoken]
    noised: Sequence[Noised]
    seconds: float
    answered_at: float
    """Seconds since 1970."""
    record: dict[str, Any]
    """GET /v1/calls/{id}"""
    caller_sound: bytes
    lags: Sequence[float]
    """How late each frame left."""
    ended: str
    """Empty where the bot ended the call as it should."""
