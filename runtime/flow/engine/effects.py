"""What the engine wants done. Whoever carries it out answers with events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.flow.engine.dialogue import ModelMessage, ModelTool
from runtime.flow.model import BargeIn
from runtime.flow.request import Request


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
    shown: str = ""
    """What may be kept of `text`: sensitive values are masked."""

    @property
    def is_sensitive(self) -> bool:
        """Whether the words may not be kept, and the sound is to be silenced."""
        return self.shown != self.text


@dataclass(frozen=True, slots=True)
class PauseSpeaking:
    """The caller speaks into what plays: stop, and keep it until it is known what he says.

    `ResumeSpeaking` or `StopSpeaking` follows; what is to be said meanwhile waits.
    """


@dataclass(frozen=True, slots=True)
class ResumeSpeaking:
    """It was nothing: take up again where the caller stopped hearing, at the last pause before."""


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
    slot_type: str = ""
    """The type of the slot that is asked for."""
    sensitive: bool = False
    """What is heard may not be kept, and is to be silenced in a recording."""


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
class SendRequest:
    """Make a request, with `values` (and `env`) put in; answered by `RequestAnswered` or …Failed.

    The engine itself gives up after the request's `timeout`.
    """

    errand: int
    request: Request
    values: Mapping[str, object] = field(repr=False)
    """Not shown by its `repr`: sensitive ones are among them."""


@dataclass(frozen=True, slots=True)
class AskModel:
    """Ask a language model; answered by `ModelSaid` and `ModelCalled`, then `ModelDone`.

    `whole`: the answer comes in a single `ModelSaid`; with `schema` it is one JSON object.
    """

    errand: int
    messages: tuple[ModelMessage, ...]
    tools: tuple[ModelTool, ...] = ()
    schema: Mapping[str, object] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Sound a tone and record the caller; answered by `Recorded`.

    It ends after `up_to` seconds, after some silence, or at `StopErrand`.
    """

    errand: int
    up_to: float


@dataclass(frozen=True, slots=True)
class StopErrand:
    """A request or an answer is not wanted any more; a recording ends and is kept."""

    errand: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A state was entered: for the record and the figures."""

    state: str
    flow: str = ""
    """The flow's file."""


@dataclass(frozen=True, slots=True)
class Took:
    """A way on was taken: for coverage."""

    flow: str
    """The flow's file."""
    state: str
    """Where the way begins; "" for `always`."""
    way: str
    """next, give_up, `on KEY`, choose, after, provider_down …; a later row ends in its number."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How an input of the caller was understood: for the record.

    `how`: slot | correction | digit | words | pattern | classifier | asked | model | no_match |
    no_input.
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


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will come: what was to be done after the call is done, too."""


Effect = (
    Say
    | PauseSpeaking
    | ResumeSpeaking
    | StopSpeaking
    | Listen
    | StartTimer
    | StopTimer
    | Classify
    | SendRequest
    | AskModel
    | StartRecording
    | StopErrand
    | Entered
    | Took
    | Understood
    | Failed
    | HangUp
    | Finished
)
