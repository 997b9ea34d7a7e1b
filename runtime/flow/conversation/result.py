"""What came of a conversation test."""

from dataclasses import dataclass

from runtime.flow.conversation.steps import Conversation
from runtime.flow.engine.effects import Entered, Took
from runtime.flow.place import Place


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that happened in the call, as it is shown: `who` is bot, caller, keys, …"""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a test and its flow part."""

    place: Place
    """The step that was not met."""
    message: str
    instead: tuple[str, ...]
    """What the bot said since the caller's last move and no step has named."""
    state: str
    """Where the call was; "" where it had not come to any."""
    state_place: Place | None
    turns: tuple[Turn, ...]
    """The last of the call, the newest last."""

    @property
    def in_a_line(self) -> str:
        """Where and what, and what was said instead."""
        instead = " / ".join(self.instead)
        return f"{self.place}: {self.message}" + (f" Said instead: {instead}" if instead else "")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a step would have to expect, to be met."""

    place: Place
    """The step."""
    path: tuple[str, ...]
    """The keys below it under which the value stands."""
    value: object


@dataclass(frozen=True, slots=True)
class Result:
    """One test, run; it passed where there is no failure."""

    conversation: Conversation
    failure: Failure | None
    trail: tuple[Entered | Took, ...] = ()
    """The states that were entered and the ways that were taken."""

    @property
    def passed(self) -> bool:
        """Whether every step was met."""
        return self.failure is None
