"""What can happen to a call, as the engine is told it.

`at` is POSIX seconds; the engine reads no clock. A call's events, kept in order, are all that a
replay needs. An answer carries the `turn` or the `errand` that asked: the engine drops a stale one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.flow.engine.dialogue import ModelCall


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
class SpeechSustained:
    """What has begun is speech for certain: it has lasted longer than a click or a cough.

    What was said of it comes as `Heard` or `NothingHeard`, or not at all (`ProviderFailed`).
    """

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The caller has said something, and it was recognised."""

    at: float
    text: str
    confidence: float = 1.0
    goes_on: bool = False
    """By the time it was recognised, the caller was speaking again."""


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
class RequestAnswered:
    """A web service has answered; `body` is its JSON as data, or text."""

    at: float
    errand: int
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed:
    """A web service gave no answer; `reason` names no values."""

    at: float
    errand: int
    reason: str
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSaid:
    """A sentence of a model's answer, in order."""

    at: float
    errand: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCalled:
    """A model asks for a tool."""

    at: float
    errand: int
    call: ModelCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDone:
    """A model's answer is whole; `tokens` are those of the question and of the answer."""

    at: float
    errand: int
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording has ended; `name` is how it is found again, "" where nothing was said."""

    at: float
    errand: int
    name: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailMet:
    """An answering machine has taken an outgoing call."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFailed:
    """A kind of provider (stt, tts, llm) gave no result, nor did its fallbacks."""

    at: float
    kind: str
    reason: str
    errand: int = 0
    """llm: what was asked of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A provider was asked for something that costs so much, in the operator's currency."""

    at: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The carrier has closed the call."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAsked:
    """The operator or the server ends the call: `reason` becomes its end reason."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLeaves:
    """The server is about to stop: the caller is told so, and then the call ends.

    Whoever sends it bounds the time for that, and sends `EndAsked` after it.
    """

    at: float


Event = (
    CallStarted
    | Answered
    | SpeechStarted
    | SpeechSustained
    | Heard
    | NothingHeard
    | Pressed
    | PlayedOut
    | SpeechCut
    | TimerFired
    | Classified
    | RequestAnswered
    | RequestFailed
    | ModelSaid
    | ModelCalled
    | ModelDone
    | Recorded
    | VoicemailMet
    | ProviderFailed
    | Spent
    | CallerHungUp
    | EndAsked
    | ServerLeaves
)
