"""Where a call stands, between two events: immutable, and all that the engine remembers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from runtime.flow.engine.events import CallStarted
from runtime.flow.model import BargeIn, Flow

CALL_FACTS = frozenset(
    {
        *("caller", "mobile", "did", "call_id", "direction", "language", "now", "today"),
        *("state", "intent", "text", "digit"),
    }
)
"""Names that templates may use in any flow besides its own variables."""


class Phase(Enum):
    """The life of a call, as the engine sees it."""

    LIVE = "live"
    CLOSING = "closing"
    """The last words are being said; then the call ends."""
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Line:
    """Something being said, not yet wholly heard."""

    number: int
    barge_in: BargeIn


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything that a call's next step depends on, besides its flow."""

    started: CallStarted
    variables: Mapping[str, object] = field(default_factory=dict)
    phase: Phase = Phase.LIVE
    end_reason: str = "hangup"
    """Why the call will have ended, once it is closing."""

    state: str = ""
    """The state's name; "" before the first."""
    back: tuple[str, ...] = ()
    """Where `back` leads, the nearest last."""
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
    picks: Mapping[str, int] = field(default_factory=dict)
    """By the place of an `any:`, which wording was last taken."""

    @property
    def language(self) -> str:
        """The call's language, which `set` may change."""
        return str(self.variables["language"])

    def values(self, flow: Flow, at: float) -> dict[str, object]:
        """Return what templates see at that moment."""
        now = datetime.fromtimestamp(at, ZoneInfo(flow.timezone))
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
            **self.variables,
        }
