"""What can happen to a call, as the engine is told it.

`at` is POSIX seconds; the engine reads no clock. A call's events, kept in order, are all that a
replay needs. An answer carries the `turn` that asked: the engine drops a stale one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The carrier has connected; nothing has been heard yet."""

    at: float
    call_id: str
    did: str = ""
    mobile: str = ""
    direction: str = "incoming"
    variables: Mapping[str, object] = field(default_factory=dict)
    """The DID's or the outgoing call's own, over the flow's."""
    seed: int = 0
    """Chooses among `any:` wordings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The first sound from the caller's side came: the greeting starts to play."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """The caller has begun to speak."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The caller has said something, and it was recognised."""

    at: float
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingHeard:
    """What sounded like speech was none: a cough, noise, a breath."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A key of the phone: 0-9, * or #."""

    at: float
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedOut:
    """The caller has heard everything up to and with the `Say` of that number."""

    at: float
    say: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCut:
    """A `Say` was stopped; `heard` is what of its words the caller had heard by then."""

    at: float
    say: int
    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer that was started and not stopped has run out."""

    at: float
    timer: str
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What the classifier makes of an utterance: (intent, score 0 to 1), best first."""

    at: float
    turn: int
    ranking: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """A kind of provider (stt, tts, llm) gave no result, nor did its fallbacks."""

    at: float
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The carrier has closed the call."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAsked:
    """The operator or the server ends the call: `reason` becomes its end reason."""

    at: float
    reason: str


Event = (
    CallStarted
    | Answered
    | SpeechStarted
    | Heard
    | NothingHeard
    | Pressed
    | PlayedOut
    | SpeechCut
    | TimerFired
    | Classified
    | ProviderFailed
    | CallerHungUp
    | EndAsked
)
