"""Whether and when a number is tried again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from runtime.outbound.campaign.calling_hours import CallingRules
from runtime.outbound.campaign.outcome import Outcome


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """After which outcomes a number is called again, and how long after."""

    in_all: int
    """Attempts at one number in one campaign."""
    delays: Mapping[Outcome, float]
    """Seconds; after an outcome that is not among them the number is done with."""

    def next_attempt_at(
        self,
        outcome: Outcome,
        made: int,
        at: float,
        rules: CallingRules,
        zone: ZoneInfo,
        attempts: Sequence[float],
    ) -> float | None:
        """Return when the number is due again, or None if it is done with.

        `made` attempts of this campaign ended with `outcome`, at `at`; `attempts` are the moments
        of all attempts at the number, those of other campaigns among them.
        """
        delay = self.delays.get(outcome)
        if delay is None or made >= self.in_all:
            return None
        return rules.earliest(at + delay, zone, attempts)
