"""The circuit breaker: a vendor that keeps failing is left alone for a while."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Breaker:
    """A vendor's failures in a row. Time is an argument, in seconds of any one clock."""

    limit: int = 3
    """So many failures in a row open it."""

    rest_seconds: float = 30.0
    """How long it stays open; then every further failure opens it again."""

    longest_seconds: float = 600.0
    """No vendor is left alone for longer, whatever it asks for."""

    failures: int = 0
    open_until: float | None = None

    def lets_through(self, now: float) -> bool:
        """Whether the vendor is to be asked."""
        return self.open_until is None or now >= self.open_until

    def succeeded(self) -> "Breaker":
        """Forget the failures."""
        return replace(self, failures=0, open_until=None)

    def failed(self, now: float, retry_after_seconds: float | None = None) -> "Breaker":
        """Count a failure; open at the limit, or at once for as long as the vendor asks."""
        failures = self.failures + 1
        until = self.open_until
        if retry_after_seconds is not None:
            until = now + min(retry_after_seconds, self.longest_seconds)
        elif failures >= self.limit:
            until = now + self.rest_seconds
        return replace(self, failures=failures, open_until=until)
