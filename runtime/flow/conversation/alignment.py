"""Which line of the bot's a test has most likely meant, where none is as it is written."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from math import inf

from runtime.flow.conversation.steps import Pattern

MATCH = 10.0
"""A line that is as written outweighs several that are not."""

ANY = 1.0
"""Better an unlike line than none; likeness adds one at the most."""

LONGEST = 200
"""Letters that are compared: comparing is quadratic."""


def likely_line(patterns: Sequence[Pattern], lines: Sequence[str]) -> int | None:
    """Return which line the first pattern is for, so that the others find theirs after it.

    The lines are given to the patterns in order, so that they are as like them as can be together.
    None: there are fewer lines than patterns, and the first is the one to go without.
    """
    likeness = [[_likeness(pattern, line) for line in lines] for pattern in patterns]
    # A pattern may pass over no line that a later one names.
    named = (n for n, line in enumerate(lines) if any(x.matches(line) for x in patterns[1:]))
    first_named = next(named, len(lines))
    likeness[0][first_named + 1 :] = [-inf] * (len(lines) - first_named - 1)
    # best[p][n]: the most that the patterns from p on come to with the lines from n on.
    best = [[0.0] * (len(lines) + 1) for _ in range(len(patterns) + 1)]
    for p in reversed(range(len(patterns))):
        for n in reversed(range(len(lines))):
            taken = likeness[p][n] + best[p + 1][n + 1]
            best[p][n] = max(taken, best[p][n + 1], best[p + 1][n])
    fitting = (n for n in range(len(lines)) if likeness[0][n] + best[1][n + 1] == best[0][0])
    return next(fitting, None)


def _likeness(pattern: Pattern, line: str) -> float:
    if pattern.matches(line):
        return MATCH
    return ANY + SequenceMatcher(None, pattern.text[:LONGEST], line[:LONGEST], False).ratio()
