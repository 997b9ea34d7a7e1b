"""How many calls a core carries: which number to try next, and what the rows come to."""

from collections.abc import Sequence

from bench.row import Row

RUNGS = (10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500)
"""The numbers of calls that are tried; beyond the last, the generator is the limit."""
LOW_RUNGS = (*range(1, 11), *range(11, 30, 2), *range(30, 100, 10), *RUNGS[5:])
"""For servers that carry few."""


def most_calls(rows: Sequence[Row]) -> int:
    """Return the highest number of calls that was borne at least once; 0 where none was."""
    return max((row.calls for row in rows if row.bearable), default=0)


def given_up(rows: Sequence[Row], calls: int) -> bool:
    """Whether that is too many: it was not borne twice.

    On a shared machine once may be somebody else's doing. A run that cannot be trusted gives it a
    third chance.
    """
    failures = [row for row in rows if row.calls == calls and not row.bearable]
    return len(failures) > 2 or sum(row.trusted for row in failures) > 1


def too_many(rows: Sequence[Row]) -> int | None:
    """Return the lowest number above the most that was not borne; None where none was tried."""
    best = most_calls(rows)
    return min((row.calls for row in rows if row.calls > best), default=None)


def next_rung(
    rows: Sequence[Row], rungs: Sequence[int] = RUNGS, first: int = RUNGS[0]
) -> int | None:
    """Return how many calls to try next; None where the border is known.

    Begins with `first`, one of the rungs; from there up while they are borne, else down.
    """
    best = most_calls(rows)
    hopeless = min((row.calls for row in rows if given_up(rows, row.calls)), default=None)
    left = [n for n in rungs if n > best and (hopeless is None or n < hopeless)]
    if not left:
        return None
    if first in left:
        return first
    return left[0] if best >= first else left[-1]


def memory_per_call(rows: Sequence[Row]) -> float | None:
    """Return the kilobytes that a further call takes: the slope over all runs (least squares)."""
    calls = [row.calls for row in rows]
    if len(set(calls)) < 2:
        return None
    mean_calls = sum(calls) / len(rows)
    mean_mb = sum(row.resident_mb for row in rows) / len(rows)
    over = sum((row.calls - mean_calls) * (row.resident_mb - mean_mb) for row in rows)
    return round(1000 * over / sum((n - mean_calls) ** 2 for n in calls), 1)
