"""Where a call stands, between two events: immutable, and all that the engine remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from runtime.flow.engine.dialogue import ModelCall, ModelMessage, Said
from runtime.flow.engine.events import CallStarted
from runtime.flow.model import BargeIn, Flow, Run

CALL_FACTS = frozenset(
    {
        *("caller", "mobile", "did", "call_id", "direction", "language", "now", "today"),
        *("state", "intent", "text", "digit", "end_reason", "seconds"),
    }
)
"""Names that templates may use in any flow besides its own variables."""


class Phase(Enum):
    """The life of a call, as the engine sees it."""

    LIVE = "live"
    CLOSING = "closing"
    """The last words are being said; then the call ends."""
    AFTER = "after"
    """The call has ended; what was to be done after it is under way."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Line:
    """Something being said, not yet wholly heard."""

    number: int
    barge_in: BargeIn


@dataclass(frozen=True, slots=True)
class Frame:
    """One of several flows that run each other: what it knows, and the state that it is in."""

    state: str
    variables: Mapping[str, object]
    slots: Mapping[str, object]
    filled: Mapping[str, int]
    passed: Mapping[str, int]
    changed: int
    tainted: frozenset[str]
    back: "tuple[Spot, ...]"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to come back to: a state, and the flows that it runs, down to where the call was."""

    state: str
    inner: tuple[Frame, ...] = ()


# Without slots: `having` copies its fields at once, where `replace` takes a tenth of a turn's time.
@dataclass(frozen=True)
class CallState:
    """Everything that a call's next step depends on, besides its flow."""

    started: CallStarted
    variables: Mapping[str, object] = field(default_factory=dict)
    phase: Phase = Phase.LIVE
    end_reason: str = "hangup"
    """Why the call will have ended, once it is closing."""

    state: str = ""
    """The state's name; "" before the first."""
    frames: tuple[Frame, ...] = ()
    """The flows around the one that the call is in, the outermost first."""
    back: tuple[Spot, ...] = ()
    """Where `back` leads, the nearest last."""

    slots: Mapping[str, object] = field(default_factory=dict)
    """The values that the caller has given."""
    filled: Mapping[str, int] = field(default_factory=dict)
    """By slot, the turn in which it got its value."""
    passed: Mapping[str, int] = field(default_factory=dict)
    """By state that collects, the turn in which it had all."""
    tainted: frozenset[str] = frozenset()
    """Variables and slots whose values were made of sensitive ones."""
    changed: int = -1
    """The turn in which a slot last got another value than its first."""
    asking: str = ""
    """The slot that is being asked for."""
    pending: tuple[str, object] | None = None
    """A slot and the value that the caller is asked to confirm."""
    keys: str = ""
    """Pressed so far for the slot."""
    misses: int = 0
    """Misunderstandings and silences in a row in this state."""
    patience: float | None = None
    """Seconds of silence granted by `wait`, instead of the state's own."""
    hearing: bool = False
    """The caller has begun to speak, and what he says is not known yet."""

    turn: int = 0
    """Counts the caller's inputs and silences; late answers carry the turn that asked."""
    deciding: str | None = None
    """The utterance that the classifier has been asked about in this turn."""
    offered: tuple[str, ...] = ()
    """Intents of a "Did you mean …?" that waits for its answer."""
    shown: str = ""
    """What may be kept of what the caller has said or pressed in this turn."""
    is_sure: bool = True
    """Recognition was sure enough of it to act upon."""

    entered: int = 0
    """States since the call last waited for the caller."""

    errands: int = 0
    """The number of the newest request, question to a model, or recording."""
    errand: int = 0
    """The one whose answer is awaited; 0: none."""
    requesting: str = ""
    """The request that is awaited."""
    is_recording: bool = False
    is_summing_up: bool = False
    """A model sums up what was said before the state that it is to lead."""
    tokens: int = 0
    """That models have used."""
    cost: float = 0.0
    """Of what providers were asked for."""
    talk: tuple[Said, ...] = ()
    """The conversation, as far as each side has heard the other."""
    led_from: int = 0
    """How much had been said when the state was entered that a model leads."""
    led_turns: int = 0
    summary: str = ""
    """Of what was said before that."""
    model_log: tuple[ModelMessage, ...] = ()
    """What model and tools have told each other in this turn."""
    model_answer: str = ""
    """What the model has said of its answer so far."""
    calls: tuple[ModelCall, ...] = ()
    """Tools that the model has asked for and that are not done."""
    after: int = 0
    """The step after the call that is next."""

    over_limit: bool = False
    """A limit was reached, and `always` knew what to do."""
    failures: int = 0
    """Of providers, since the caller was last heard."""
    text: str = ""
    """What the caller last said."""
    intent: str = ""
    digit: str = ""

    said: int = 0
    """The number of the newest line."""
    speaking: tuple[Line, ...] = ()
    is_paused: bool = False
    """The caller speaks into what is said; it waits until it is known what he says."""
    is_held: bool = False
    """It waits before its first sound: he was speaking already. What he says cannot mean it."""
    picks: Mapping[str, int] = field(default_factory=dict)
    """By the place of an `any:`, which wording was last taken."""

    def having(self, fields: Mapping[str, object]) -> "CallState":
        """Return the state with these values in place of its own."""
        if not fields.keys() <= self.__dict__.keys():
            raise TypeError(f"a call has no {', '.join(fields.keys() - self.__dict__.keys())}")
        made = object.__new__(CallState)
        made.__dict__.update(self.__dict__, **fields)
        return made

    @property
    def language(self) -> str:
        """The call's language, which `set` may change."""
        return str(self.variables["language"])

    def values(self, flow: Flow, at: float) -> dict[str, object]:
        """Return what templates see at that moment."""
        now = local_time(flow, at)
        return {
            "caller": self.started.mobile,
            "mobile": self.started.mobile,
            "did": self.started.did,
            "call_id": self.started.call_id,
            "direction": self.started.direction,
            "now": now,
            "today": now.date(),
            "state": self.state,
            "intent": self.intent,
            "text": self.text,
            "digit": self.digit,
            "end_reason": self.end_reason,
            "seconds": round(at - self.started.at),
            **self.variables,
            **self.slots,
        }

    def hidden(self, flow: Flow) -> frozenset[str]:
        """Return the names of the values that may not be shown to anybody."""
        own = frozenset(slot.name for slot in flow.slots.values() if slot.sensitive)
        said = {"text", "digit"} if self.shown != (self.text or self.digit) else set()
        return own | self.tainted | said

    def flow_of(self, root: Flow) -> Flow:
        """Return the flow that the call is in."""
        flow = root
        for frame in self.frames:
            verb = flow.states[frame.state].verb
            assert isinstance(verb, Run), "a frame is made by 'run' only"
            flow = verb.flow
        return flow


def local_time(flow: Flow, at: float) -> datetime:
    """Return a moment as the flow's own clock shows it."""
    return datetime.fromtimestamp(at, ZoneInfo(flow.timezone))


def shown_values(flow: Flow, state: CallState) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the variables and slots of the flow that takes the call, sensitive values masked."""
    frame = state.frames[0] if state.frames else state
    private = {slot.name for slot in flow.slots.values() if slot.sensitive} | frame.tainted

    def shown(values: Mapping[str, object]) -> Mapping[str, object]:
        if not private.intersection(values):
            return values
        return {name: f"[{name}]" if name in private else value for name, value in values.items()}

    return shown(frame.variables), shown(frame.slots)


def starting_variables(flow: Flow, started: CallStarted) -> dict[str, object]:
    """Return the variables that a call begins with: the flow's, then the DID's or the call's."""
    return {"language": flow.language, **flow.variables, **started.variables}
