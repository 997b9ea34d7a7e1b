"""What the engine wants done. Whoever carries it out answers with events."""

from dataclasses import dataclass

from runtime.flow.model import BargeIn


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text`, or play `sound` (a file's path) whose words are `text`.

    Answered by `PlayedOut` or `SpeechCut`. `number` counts the call's lines from 1.
    """

    number: int
    text: str
    sound: str | None
    language: str
    barge_in: BargeIn
    state: str
    greeting: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """The caller barged in: stop what plays, drop what is queued."""


@dataclass(frozen=True, slots=True)
class Listen:
    """What the caller is expected to say from now on; `closed`: hardly anything else."""

    state: str
    phrases: tuple[str, ...]
    closed: bool
    language: str
    end_of_speech: float


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Answer with `TimerFired(timer, turn)` after `seconds`; one of the same name is replaced."""

    timer: str
    turn: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget the timer, running or not."""

    timer: str


@dataclass(frozen=True, slots=True)
class Classify:
    """Rank `intents` for `text`; answered by `Classified`."""

    turn: int
    text: str
    intents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """A state was entered: for the record and the figures."""

    state: str


@dataclass(frozen=True, slots=True)
class Understood:
    """How an input of the caller was understood: for the record.

    `how`: digit | words | pattern | classifier | asked | no_match | no_input.
    """

    text: str
    state: str
    intent: str | None
    confidence: float
    how: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Something of the author's failed while the call ran; `message` names no values."""

    state: str
    message: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call now; the flow has nothing more to say that was not heard.

    `reason`: hangup | gave_up | error | over_limit | caller_hung_up | … (see `EndAsked`).
    """

    reason: str


Effect = (
    Say
    | StopSpeaking
    | Listen
    | StartTimer
    | StopTimer
    | Classify
    | Entered
    | Understood
    | Failed
    | HangUp
)
