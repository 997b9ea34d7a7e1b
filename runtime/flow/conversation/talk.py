"""What a conversation test needs of a call, whether it is rehearsed in text or spoken."""

from typing import Protocol

from runtime.flow.engine.effects import Entered, Failed, HangUp, Say, Took, Understood
from runtime.flow.engine.state import CallState

Shown = Say | Understood | Failed | HangUp
"""What whoever watches a call wants to see."""


class Talk(Protocol):
    """One call; each method returns what came of it, in order, when the bot has had its turn.

    After the end they return nothing.
    """

    is_about_to_interrupt: bool
    """The caller's next words come while the bot's last line is being said."""
    trail: list[Entered | Took]
    """The states that were entered and the ways that were taken."""

    @property
    def state(self) -> CallState:
        """Where the call stands."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        ...

    def opening(self) -> tuple[Shown, ...]:
        """Return what is heard before the caller does anything."""
        ...

    def caller(self, text: str, confidence: float = 1.0) -> tuple[Shown, ...]:
        """Say something to the bot; where it records, that is the message."""
        ...

    def press(self, digits: str) -> tuple[Shown, ...]:
        """Press keys, one after the other."""
        ...

    def silence(self) -> tuple[Shown, ...]:
        """Say nothing until the bot does something."""
        ...

    def wait(self, seconds: float) -> tuple[Shown, ...]:
        """Say nothing for that long, whatever the bot does meanwhile."""
        ...

    def take_down(self, kind: str) -> None:
        """From here on nothing is recognised ("stt"), spoken ("tts") or answered ("llm")."""
        ...

    def hang_up(self) -> tuple[Shown, ...]:
        """End the call from the caller's side."""
        ...
