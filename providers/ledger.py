"""What requests to providers take, told to the call that they were made for.

Whoever makes a request says `spent`; who is told is part of the context that the request runs in,
so that providers need not know of calls.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol
from weakref import ref


@dataclass(frozen=True, slots=True)
class Use:
    """What one request took, as vendors count it."""

    kind: Literal["stt", "tts", "llm"]
    provider: str
    """Its name in the settings."""
    seconds: float = 0.0
    """Of the sound that was recognised."""
    characters: int = 0
    """That were spoken."""
    input_tokens: int = 0
    output_tokens: int = 0


class Ledger(Protocol):
    """Who is told what is spent."""

    def spent(self, use: Use) -> None:
        """A request has taken this."""


# Weak: a timer keeps its context long after it was cancelled, and with it would keep the call.
_LEDGER: ContextVar["ref[Ledger] | None"] = ContextVar("ledger", default=None)


def keep_ledger(ledger: Ledger) -> None:
    """From here on, in this task and those that it starts, `ledger` is told; it is not kept."""
    _LEDGER.set(ref(ledger))


def spent(use: Use) -> None:
    """Tell what a request took; nobody is told where no ledger is kept."""
    kept = _LEDGER.get()
    ledger = None if kept is None else kept()
    if ledger is not None:
        ledger.spent(use)
