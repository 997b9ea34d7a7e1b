"""Who has picked an outgoing call up: the call's sound and words, given to those who can tell."""

from collections.abc import Callable
from typing import Protocol

from runtime.audio.beep import BeepDetector
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.pickup import MessageTime, PickedUp, Pickup, Told


class PickupListener(Protocol):
    """Who is told."""

    def picked_up(self, by: str, why: str) -> None:
        """It is known: by a `person` or a `machine`."""

    def message_time(self) -> None:
        """What is said from now on, the machine records."""


class PickupWatch:
    """Watches the beginning of one call; its clock is the callee's own sound.

    `silence` tells for how many seconds nothing has been heard.
    """

    def __init__(self, listener: PickupListener, silence: Callable[[], float]) -> None:
        self._pickup = Pickup(answered_at=0.0)
        self._beeps = BeepDetector()
        self._listener = listener
        self._silence = silence
        self._samples = 0

    @property
    def is_machine(self) -> bool:
        """Whether a machine is greeting, and the time for a message is still to come."""
        return self._pickup.by == "machine" and not self._pickup.is_done

    @property
    def is_done(self) -> bool:
        """Whether all has been told."""
        return self._pickup.is_done

    def sound(self, sound: bytes) -> None:
        """Take the callee's sound, in order."""
        self._samples += len(sound)
        for beep in self._beeps.hear(sound):
            self._tell(self._pickup.beeped(beep.end / SAMPLE_RATE))
        self._tell(self._pickup.tick(self._at, self._silence()))

    def speech_started(self) -> None:
        """The callee has begun to speak."""
        self._pickup.speech_started(self._at)

    def speech_ended(self) -> None:
        """The callee has ended."""
        self._pickup.speech_ended(self._at - self._silence())

    def noise(self) -> None:
        """What had begun as speech was none."""
        self._pickup.noise()

    def heard(self, text: str) -> None:
        """The callee has said this."""
        self._tell(self._pickup.heard(text, self._at))

    @property
    def _at(self) -> float:
        return self._samples / SAMPLE_RATE

    def _tell(self, told: Told) -> None:
        for news in told:
            match news:
                case PickedUp(by=by, why=why):
                    self._listener.picked_up(by, why)
                case MessageTime():
                    self._listener.message_time()
