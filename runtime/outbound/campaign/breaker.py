"""The breaker: too many failures in a row of attempts, and the campaign is to be paused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from runtime.outbound.campaign.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Breaker:
    """Counts failures among the last attempts. It stays open until a new one takes its place."""

    percent: float
    """So many of a hundred open it, or more."""
    of: int
    """The attempts that are looked at; before there are so many, it stays closed."""
    recent: tuple[bool, ...] = ()
    """Whether each of the last attempts failed, the newest last."""
    is_open: bool = False

    def after(self, outcome: Outcome) -> "Breaker":
        """Return the breaker once one more attempt has ended."""
        if self.is_open:
            return self
        recent = (*self.recent, outcome.is_failure)[-self.of :]
        is_open = len(recent) == self.of and sum(recent) * 100 >= self.percent * self.of
        return replace(self, recent=recent, is_open=is_open)

    def after_all(self, outcomes: Iterable[Outcome]) -> "Breaker":
        """Return the breaker once these have ended, in their order."""
        breaker = self
        for outcome in outcomes:
            breaker = breaker.after(outcome)
        return breaker

    def why(self) -> str:
        """Tell the operator why it opened."""
        return f"{sum(self.recent)} of the last {len(self.recent)} attempts failed"
