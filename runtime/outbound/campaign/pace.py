"""How fast calls begin: evenly in one worker, and in all of them together no faster."""

import math

WINDOW_SECONDS = 10.0
"""Over about so long all workers together keep to the pace; each queue looks once a second."""


def shared_limit(pace: float) -> tuple[int, float]:
    """Return how many calls may begin in how many seconds, at so many a minute."""
    calls = max(1, math.ceil(pace * WINDOW_SECONDS / 60))
    return calls, calls * 60 / pace


class Pace:
    """Tells whether one more call may begin. Times are seconds of any clock."""

    def __init__(self, pace: float, now: float) -> None:
        self._a_second = pace / 60
        # What was not used is kept for two seconds, no longer: no burst after a pause.
        self._most = max(1.0, self._a_second * 2)
        self._allowed = 1.0
        self._now = now

    def passes(self, now: float) -> None:
        """Time has passed."""
        gained = max(0.0, now - self._now) * self._a_second
        self._allowed = min(self._most, self._allowed + gained)
        self._now = now

    def takes(self) -> bool:
        """Begin a call, if one may begin now."""
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True
