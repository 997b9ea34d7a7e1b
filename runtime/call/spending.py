"""What the providers of a call cost, by the operator's prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.ledger import Use


@dataclass(frozen=True, slots=True)
class Price:
    """Of one provider, in the operator's currency."""

    per_minute: float = 0.0
    """Of recognised sound."""
    per_million_characters: float = 0.0
    """Of spoken text."""
    per_million_input_tokens: float = 0.0
    per_million_output_tokens: float = 0.0

    def of(self, use: Use) -> float:
        """Return what a use costs."""
        return (
            use.seconds / 60 * self.per_minute
            + use.characters / 1e6 * self.per_million_characters
            + use.input_tokens / 1e6 * self.per_million_input_tokens
            + use.output_tokens / 1e6 * self.per_million_output_tokens
        )


Prices = Mapping[tuple[str, str], Price]
"""By kind and provider; a provider without a price costs nothing."""

_FREE = Price()


@dataclass(slots=True)
class _Sum:
    requests: int = 0
    seconds: float = 0.0
    characters: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def counted(self, kind: str) -> dict[str, float]:
        """Return what vendors of that kind count."""
        if kind == "stt":
            return {"seconds": round(self.seconds, 1)}
        if kind == "tts":
            return {"characters": self.characters}
        return {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}


class Spending:
    """Adds up what one call takes, provider by provider."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._sums: dict[tuple[str, str], _Sum] = {}

    @property
    def cost(self) -> float:
        """Return the sum of all."""
        return sum(each.cost for each in self._sums.values())

    def add(self, use: Use) -> float:
        """Count a request; return what it costs."""
        cost = self._prices.get((use.kind, use.provider), _FREE).of(use)
        each = self._sums.setdefault((use.kind, use.provider), _Sum())
        each.requests += 1
        each.seconds += use.seconds
        each.characters += use.characters
        each.input_tokens += use.input_tokens
        each.output_tokens += use.output_tokens
        each.cost += cost
        return cost

    def as_json(self) -> list[dict[str, Any]]:
        """Return a row for each provider, with what its kind is counted by."""
        rows: list[dict[str, Any]] = []
        for (kind, provider), each in self._sums.items():
            facts = {"kind": kind, "provider": provider, "requests": each.requests}
            rows.append({**facts, **each.counted(kind), "cost": round(each.cost, 6)})
        return rows
