"""What requests to providers take, and which fail, told to the call that they were made for.

Whoever makes a request says so; who is told is part of the context that the request runs in, so
that providers need not know of calls.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol
from weakref import ref

Kind = Literal["stt", "tts", "llm"]


@dataclass(frozen=True, slots=True)
class Use:
    """What one request took, as vendors count it."""

    kind: Kind
    provider: str
    """Its name in the settings."""
    seconds: float = 0.0
    """Of the sound that was recognised."""
    characters: int = 0
    """That were spoken."""
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One provider has failed; another may have done what it was asked for."""

    kind: Kind
    provider: str
    """Its name in the settings."""
    reason: str
    """Without a caller's word and without a key."""


class Ledger(Protocol):
    """Who is told."""

    def spent(self, use: Use) -> None:
        """A request has taken this."""

    def failed(self, failure: Failure) -> None:
        """A request has failed."""


# Weak: a timer keeps its context long after it was cancelled, and with it would keep the call.
_LEDGER: ContextVar["ref[Ledger] | None"] = ContextVar("ledger", default=None)


def keep_ledger(ledger: Ledger) -> None:
    """From here on, in this task and those that it starts, `ledger` is told; it is not kept."""
    _LEDGER.set(ref(ledger))


def spent(use: Use) -> None:
    """Tell what a request took; nobody is told where no ledger is kept."""
    if (ledger := _ledger()) is not None:
        ledger.spent(use)


def failed(failure: Failure) -> None:
    """Tell that a request has failed."""
    if (ledger := _ledger()) is not None:
        ledger.failed(failure)


def _ledger() -> Ledger | None:
    kept = _LEDGER.get()
    return None if kept is None else kept()
