"""Where two clocks stand: when a line has really been played, and when the server thinks it has.

The carrier plays what it gets one after the other; it never tells. The server reckons. Here both
are compared, by the next line's arrival: the flow lets it follow a silence of known length after
the last one. Seconds of one clock throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Playing:
    """What one caller really hears, as a carrier plays it."""

    ends_at: float | None = None
    """When all that has come so far will have been played; None before the call is answered."""
    _waiting: float = 0.0
    """Seconds of sound that came before."""

    def answered(self, at: float) -> None:
        """The call is answered: what has come begins to play."""
        if self.ends_at is None:
            self.ends_at = at + self._waiting

    def came(self, at: float, seconds: float) -> None:
        """A piece has arrived."""
        if self.ends_at is None:
            self._waiting += seconds
        else:
            self.ends_at = max(self.ends_at, at) + seconds

    def cut(self, at: float) -> None:
        """What plays is stopped, and what is queued is dropped."""
        if self.ends_at is None:
            self._waiting = 0.0
        else:
            self.ends_at = min(self.ends_at, at)


@dataclass(slots=True)
class Rounds:
    """Follows one caller through a flow of so many lines, then a pause, and again.

    `drifts` are the seconds by which the server let the next round begin too late (or, below
    zero, too early) after a silence; the little that the step itself takes is in them.
    """

    lines: int
    pause: float
    playing: Playing
    heard: int = 0
    """Lines of this round."""

    def line_came(self, at: float, seconds: float, *, after_silence: bool) -> float | None:
        """Take a line; return the drift where it is the first after a silence."""
        drift = None
        if self.heard == self.lines:
            self.heard = 0
            if after_silence and self.playing.ends_at is not None:
                drift = at - (self.playing.ends_at + self.pause)
        self.playing.came(at, seconds)
        self.heard += 1
        return drift

    def cut(self, at: float) -> None:
        """The server stops its lines: what follows is a round that no silence led to."""
        self.playing.cut(at)
        self.heard = 0

    @property
    def is_whole(self) -> bool:
        """Whether the round's last line has come."""
        return self.heard == self.lines


def own(drift: float, away: float) -> float:
    """Return what of a drift is the server's own, where a core was away for so long before it."""
    return min(drift, max(0.0, drift - away))


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through samples, and how sure it is."""

    slope: float
    """MB an hour."""
    error: float
    """Its standard error."""
    mean: float
    """MB."""
    hours: float


def trend(samples: Sequence[tuple[float, float]]) -> Trend | None:
    """Fit (seconds, MB) by least squares; None of fewer than three, or of one moment."""
    if len(samples) < 3:
        return None
    hours = [at / 3600 for at, _ in samples]
    mean_hours = sum(hours) / len(hours)
    mean = sum(mb for _, mb in samples) / len(samples)
    spread = sum((hour - mean_hours) ** 2 for hour in hours)
    if not spread:
        return None
    points = list(zip(hours, (mb for _, mb in samples), strict=True))
    slope = sum((hour - mean_hours) * (mb - mean) for hour, mb in points) / spread
    rest = sum((mb - mean - slope * (hour - mean_hours)) ** 2 for hour, mb in points)
    error = (rest / (len(samples) - 2) / spread) ** 0.5
    return Trend(slope, error, mean, max(hours) - min(hours))


FLAT_HOURS = 10 / 60
FLAT_SHARE = 0.05
RULE = (
    "flat: ten minutes or more after the warm-up, and the slope with twice its standard error is "
    f"under {FLAT_SHARE:.0%} of the memory an hour"
)


def verdict(found: Trend | None) -> str:
    """Return what `RULE` says of memory."""
    if found is None or found.hours < FLAT_HOURS - 1e-9:
        return "too short to say"
    surely_under = found.slope + 2 * found.error < FLAT_SHARE * found.mean
    return "flat" if surely_under else "NOT FLAT"
