"""What requests to providers take, told to the call that they were made for.

Whoever makes a request says `spent`; who is told is part of the context that the request runs in,
so that providers need not know of calls.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal


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


_LEDGER: ContextVar[Callable[[Use], None] | None] = ContextVar("ledger", default=None)


def keep_ledger(told: Callable[[Use], None]) -> None:
    """From here on, in this task and those that it starts, `told` is told what is spent."""
    _LEDGER.set(told)


def spent(use: Use) -> None:
    """Tell what a request took; nobody is told where no ledger is kept."""
    told = _LEDGER.get()
    if told is not None:
        told(use)
