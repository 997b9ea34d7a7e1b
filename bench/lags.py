"""How late a generator's frames left, kept as counts: a list of them would itself make it late.

Sorting the 600,000 of a minute held the generator up for 0.3 s, and its frames then came all at
once.
"""

import math
from collections import Counter

STEP = 0.0001
"""Seconds: how exact they are kept."""


class Lags:
    """Seconds, to a tenth of a millisecond."""

    def __init__(self, *seconds: float) -> None:
        self._counts: Counter[int] = Counter()
        for lag in seconds:
            self.add(lag)

    def __len__(self) -> int:
        return self._counts.total()

    def add(self, seconds: float) -> None:
        """Count one; what was early was not late."""
        self._counts[max(0, round(seconds / STEP))] += 1

    def percentile(self, share: float) -> float | None:
        """Return the smallest that `share` percent do not exceed (nearest rank); None of none."""
        left = max(1, math.ceil(len(self) * share / 100))
        for step in sorted(self._counts):
            left -= self._counts[step]
            if left <= 0:
                return step * STEP
        return None
