"""Who has picked up an outgoing call: a person, or an answering machine."""

from dataclasses import dataclass
from typing import Literal

from runtime.audio.machine_phrases import Speaker, spoken_by


@dataclass(frozen=True, slots=True)
class PickupRules:
    """Seconds. Measured with 14 ways in which people answer and 10 machines' greetings, all spoken
    by hibari at 0.85, 1 and 1.25 of its speed and heard by Silero.
    """

    longest_hello: float = 4.2
    """Speech without a real pause beyond this is a machine's: people's openings took 0.3 to 2.8 s,
    a receptionist's sentence 3.3 to 4.1 s; of the 30 greetings 26 took 4.2 to 7.7 s, and the others
    (2.4 to 4.0 s) are left to their words and beeps. To take a person for a machine is worse."""

    short_hello: float = 1.5
    """"Hello?", "Yes, hello", "This is Priya" took 0.3 to 1.5 s, no greeting less than 2.4 s."""

    pause_after_short: float = 1.2
    """Silence after a short opening that makes it a person's; between the sentences of a greeting
    lay 0.6 to 0.9 s. Twilio waits as long."""

    pause: float = 2.5
    """The same after a longer one: its beep, or what was recognised, may yet come."""

    least: float = 0.2
    """Less is a cough: the shortest "hi" took 0.3 s."""

    give_up: float = 30.0
    """Nothing was certain since the answer: it is treated as a person. Twilio's limit, too."""

    longest_greeting: float = 60.0
    """Since the answer: whatever sounds then, a message is left or never will be."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """It is known who has picked up, and by what."""

    by: Speaker
    why: Literal["short opening", "long opening", "beep", "phrase", "nothing certain"]
    at: float


@dataclass(frozen=True, slots=True)
class MessageTime:
    """What is said from now on, the machine records."""

    why: Literal["beep", "pause", "too long"]
    at: float


Told = tuple[PickedUp | MessageTime, ...]


class Pickup:
    """Listens to one outgoing call until it is known who has picked it up.

    Tells one `PickedUp`, and after a machine's one `MessageTime`; then `is_done`. Times are
    seconds of any one clock and never go back; nothing here waits, so `tick` has to come often.
    """

    def __init__(self, answered_at: float, rules: PickupRules | None = None) -> None:
        self._answered_at = answered_at
        self._rules = rules or PickupRules()
        # Seconds of speech that have ended, and where speech began that has not.
        self._spoken = 0.0
        self._onset: float | None = None
        self._texts = ""
        self._by: Speaker | None = None
        self._is_done = False

    @property
    def by(self) -> Speaker | None:
        """Who has picked up, as far as is known."""
        return self._by

    @property
    def is_done(self) -> bool:
        """Whether everything has been told."""
        return self._is_done

    def speech_started(self, onset: float) -> None:
        """The callee has begun to speak."""
        self._onset = onset

    def speech_ended(self, end: float) -> None:
        """The callee spoke until then."""
        if self._onset is not None:
            self._spoken += max(0.0, end - self._onset)
        self._onset = None

    def noise(self) -> None:
        """What had begun as speech was none."""
        self._onset = None

    def heard(self, text: str, at: float) -> Told:
        """This was recognised in what the callee said."""
        if self._by is not None:
            return ()
        # A phrase may be cut in two by a pause.
        self._texts = f"{self._texts} {text}"
        speaker = spoken_by(self._texts)
        return self._decide(speaker, "phrase", at) if speaker else ()

    def beeped(self, at: float) -> Told:
        """A beep has ended (`BeepDetector`)."""
        told: Told = self._decide("machine", "beep", at) if self._by is None else ()
        return (*told, *self._message_time("beep", at))

    def tick(self, at: float, silence: float) -> Told:
        """The time goes on; the callee was last heard `silence` seconds ago."""
        if self._by is None:
            return self._judge(at, silence)
        rules = self._rules
        if at - self._answered_at >= rules.longest_greeting:
            return self._message_time("too long", at)
        return self._message_time("pause", at) if silence >= rules.pause else ()

    def _judge(self, at: float, silence: float) -> Told:
        rules = self._rules
        spoken = self._spoken
        if self._onset is not None:
            spoken += max(0.0, at - silence - self._onset)
        if spoken > rules.longest_hello:
            return self._decide("machine", "long opening", at)
        pause = rules.pause_after_short if spoken <= rules.short_hello else rules.pause
        if spoken >= rules.least and silence >= pause:
            return self._decide("person", "short opening", at)
        if at - self._answered_at >= rules.give_up:
            return self._decide("person", "nothing certain", at)
        return ()

    def _decide(
        self,
        by: Speaker,
        why: Literal["short opening", "long opening", "beep", "phrase", "nothing certain"],
        at: float,
    ) -> tuple[PickedUp]:
        self._by = by
        self._is_done = by == "person"
        return (PickedUp(by, why, at),)

    def _message_time(
        self, why: Literal["beep", "pause", "too long"], at: float
    ) -> tuple[MessageTime, ...]:
        if self._is_done:
            return ()
        self._is_done = True
        return (MessageTime(why, at),)
