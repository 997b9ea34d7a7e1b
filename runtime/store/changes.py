"""What happens to calls, as it is told to the store: values that never change, cheap to make.

The event loop only makes them and lets go of them; the writer's thread does all the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.flow.engine.effects import Effect
from runtime.flow.engine.events import Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow


@dataclass(frozen=True, slots=True)
class CallBegun:
    """A row of `calls`, but for the server's; an outgoing call's row may be there already."""

    id: str
    at: float
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallChanged:
    """Columns of `calls` with their new values."""

    id: str
    at: float
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OutcomeKnown:
    """Who or what has taken an outgoing call: answered | voicemail."""

    id: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TurnSpoken:
    """A row of `turns`; `number` counts a call's turns from 1."""

    call: str
    number: int
    at: float
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TurnChanged:
    """Columns of `turns` with their new values: less was heard, or the delay is known."""

    call: str
    number: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Noted:
    """Something happened in a call: `at` POSIX seconds, `kind`, and facts that are no words."""

    call: str
    number: int
    at: float
    kind: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Stepped:
    """A step of the engine; `before` is None for a call's beginning. All of it is immutable."""

    call: str
    number: int
    flow: Flow
    before: CallState | None
    event: Event
    effects: tuple[Effect, ...]
    after: CallState


@dataclass(frozen=True, slots=True)
class StepKept:
    """What may be kept of a step, as JSON."""

    call: str
    number: int
    step: str


@dataclass(frozen=True, slots=True)
class FlowSeen:
    """A version of a flow serves: by path, the text of each file that it is made of."""

    name: str
    version: str
    at: float
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """Something for `/v1/events` that belongs to no call."""

    at: float
    kind: str
    data: Mapping[str, object] = field(default_factory=dict)


Writable = (
    CallBegun
    | CallChanged
    | OutcomeKnown
    | TurnSpoken
    | TurnChanged
    | Noted
    | StepKept
    | FlowSeen
    | Told
)
"""What a row can be made of."""

Change = Writable | Stepped
"""What the store is told."""
