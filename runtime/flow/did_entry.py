"""What answers a number: one flow, or several on trial among which its callers are split."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

WHOLE = 100
"""What the shares of a trial add up to."""

JUDGED_FROM = 50
"""Ended calls of a newcomer; where an author says nothing else."""


@dataclass(frozen=True, slots=True)
class DidEntry:
    """A flow that answers every call."""

    flow: str
    """The flow's file, relative to that of the DIDs."""
    variables: Mapping[str, object] = field(default_factory=dict)
    """Over the flow's own starting values."""

    @property
    def possible(self) -> "tuple[DidEntry, ...]":
        """All that may answer."""
        return (self,)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the flows of a trial."""

    entry: DidEntry
    share: int
    """Of the callers, in percent."""


@dataclass(frozen=True, slots=True)
class StopIf:
    """When a newcomer is taken out again; limits in percent of its ended calls."""

    errors: float | None = None
    gave_up: float | None = None
    calls: int = JUDGED_FROM
    """So many must have ended before it is judged."""

    def verdict(self, calls: int, errors: int, gave_up: int) -> str | None:
        """Return why a newcomer with so many ended calls has to go; None where it may stay."""
        if calls < self.calls:
            return None
        for limit, count, ended in (
            (self.errors, errors, "in an error"),
            (self.gave_up, gave_up, "because the bot gave up"),
        ):
            if limit is not None and 100 * count >= limit * calls:
                share = 100 * count / calls
                return (
                    f"{count} of {calls} calls ended {ended}: {share:.3g}%, the limit is {limit:g}%"
                )
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """Several flows that share the callers of a number; all but the first are newcomers."""

    sides: tuple[Side, ...]
    stop_if: StopIf | None = None

    @property
    def possible(self) -> tuple[DidEntry, ...]:
        """All that may answer, the first side first."""
        return tuple(side.entry for side in self.sides)

    def side_of(self, did: str, caller: str) -> int:
        """Return the place of the side that `caller` belongs to: the same one at every call.

        It depends on the two numbers and the shares alone. Where a later side's share grows at
        the cost of the one before it, nobody leaves the later one.
        """
        digest = blake2b(f"{did}\0{caller}".encode(), digest_size=8).digest()
        point = int.from_bytes(digest) % WHOLE
        for place, side in enumerate(self.sides):
            point -= side.share
            if point < 0:
                return place
        raise AssertionError("the shares add up to the whole")


Entry = DidEntry | Trial
