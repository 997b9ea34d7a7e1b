"""The circuit breaker: a vendor that keeps failing is left alone for a while."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Breaker:
    """A vendor's failures in a row. Time is an argument, in seconds of any one clock."""

    limit: int = 3
    """So many failures in a row open it."""

    rest_seconds: float = 30.0
    """How long it stays open; then every further failure opens it again."""

    failures: int = 0
    open_until: float | None = None

    def lets_through(self, now: float) -> bool:
        """Whether the vendor is to be asked."""
        return self.open_until is None or now >= self.open_until

    def succeeded(self) -> "Breaker":
        """Forget the failures."""
        return replace(self, failures=0, open_until=None)

    def failed(self, now: float) -> "Breaker":
        """Count a failure, and open at the limit."""
        failures = self.failures + 1
        until = now + self.rest_seconds if failures >= self.limit else self.open_until
        return replace(self, failures=failures, open_until=until)
