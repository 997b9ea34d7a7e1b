"""The shapes of the HTTP interface: what is asked, and what is answered.

The OpenAPI document is made of them, and the tests hold every answer against it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

DEFAULT_PAGE = 50
LARGEST_PAGE = 500

NEWEST_ID = 2**63 - 1
"""The largest number that a row of the feed can have."""

LONGEST_WAIT = 86_400


def _as_number(given: object) -> object:
    """Take plain digits only: no sign, no fraction, no space."""
    if isinstance(given, str) and not (given.isascii() and given.isdigit() and len(given) < 20):
        raise PydanticCustomError("digits", "is to be a number, in digits")
    return given


_IN_DIGITS = BeforeValidator(_as_number)
PageSize = Annotated[int, Field(ge=1, le=LARGEST_PAGE), _IN_DIGITS]
EventId = Annotated[int, Field(ge=0, le=NEWEST_ID), _IN_DIGITS]
Seconds = Annotated[int, Field(ge=0, le=LONGEST_WAIT), _IN_DIGITS]

WRITTEN_NUMBER = r"^\s*(\+\s*9\s*1\s*)?(0\s*)?[1-9](\s*[0-9]){9}\s*$"
"""Ten digits, as `ten_digits` takes them: with spaces, +91 and a leading 0."""

PLAIN = r"^[^\u0000-\u001F\u007F]+$"
"""No control characters, which no name has (and PostgreSQL could not look for)."""

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
Number = Annotated[
    str,
    Field(max_length=40, json_schema_extra={"pattern": WRITTEN_NUMBER}, examples=["9800000000"]),
]
"""Told, not enforced, by its pattern: `ten_digits` says better what is wrong."""
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
CallName = Annotated[str, Field(pattern="^[0-9A-Za-z]{1,32}$")]
Id = Annotated[str, Field(max_length=32, description="Ours, of a call.")]


class Shape(BaseModel):
    """What has these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# -- what is asked ---------------------------------------------------------------------------------


class NoQuery(Shape):
    """Takes no parameters."""


class CallsQuery(Shape):
    """Which calls are listed."""

    state: Literal["live", "ended"] | None = Field(
        None, description="`live`: not ended yet, those being dialled included."
    )
    did: Name | None = Field(None, description="Only calls of this number of ours.")
    flow: Name | None = Field(None, description="Only calls that this flow took, by its name.")
    limit: PageSize = Field(DEFAULT_PAGE, description="The most that are listed.")
    before: CallName | None = Field(
        None, description="The id of the last call already seen: what is older is listed."
    )


class EventsQuery(Shape):
    """Which events are streamed."""

    after: EventId | None = Field(
        None,
        description="The id of the last event already seen; 0: all that are kept. Left out: only "
        "what happens from now on. The header `Last-Event-ID` goes before it.",
    )
    call: CallName | None = Field(None, description="Only of this call, by our id.")
    did: Name | None = Field(None, description="Only of calls of this number of ours.")
    flow: Name | None = Field(None, description="Only of calls of this flow, and its reloads.")
    wait: Seconds | None = Field(
        None,
        description="Ends the stream after so many seconds; 0: as soon as all that is kept has "
        "been sent. Left out: it never ends by itself.",
    )


class PlaceCall(Shape):
    """An outgoing call to be placed."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "mobile_number": "9800000000",
                    "did": "8645012345",
                    "flow": "survey",
                    "variables": {"name": "Asha"},
                }
            ]
        },
    )

    mobile_number: Number = Field(description="Whom to call.")
    did: Number = Field(description="The number of ours that calls.")
    flow: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="The name of the flow that talks; left out: the DID's own."
    )
    variables: dict[str, str | int | float | bool | list[str] | None] = Field(
        {}, description="Over the flow's own starting values, by their names."
    )


# -- what is answered ------------------------------------------------------------------------------


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong, and what to do about it.")
    field: str = Field("", description="With 422: which parameter or field is wrong.")


class CarrierError(Shape):
    """What the carrier said."""

    code: int | str
    reason: str


class CarrierProblem(Problem):
    """The carrier has refused a call, or cannot be reached."""

    error: CarrierError
    id: Id
    may_ring: bool = Field(description="Nobody knows whether it was placed: do not place it again.")


class NotReady(Problem):
    """No call can be taken."""

    reasons: list[str]


class Health(Shape):
    """The process works."""

    status: Literal["ok"]


class Ready(Shape):
    """Calls can be taken."""

    status: Literal["ready"]


class FlowRow(Shape):
    """A flow's file: what serves, and what is wrong with the file as it is now."""

    name: str
    file: str
    version: str | None = Field(
        description="12 hex digits of the content's SHA-256; null: no version of it serves."
    )
    valid: bool
    errors: list[str]
    loaded_at: Moment | None = Field(description="When that was found; null: never yet.")


class SideRow(Shape):
    """One side of a trial."""

    flow: str
    share: float
    version: str | None
    calls: int
    errors: int
    gave_up: int
    stopped: str | None = Field(description="Why it takes no more calls; null: it does.")


class TrialRow(Shape):
    """Callers of a number shared among flows."""

    did: str
    sides: list[SideRow]


class Flows(Shape):
    """All flows of this server."""

    flows: list[FlowRow]
    dids_errors: list[str]
    trials: list[TrialRow]


class CallRow(Shape):
    """A call, in a list."""

    id: Id
    call_id: str = Field(description="The carrier's; empty: not known yet.")
    did: str
    mobile: str
    direction: Literal["incoming", "outgoing"]
    flow: str
    flow_version: str
    state: Literal["dialling", "live", "ended"]
    started_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    end_reason: str | None


class Calls(Shape):
    """A page of calls, newest first."""

    calls: list[CallRow]
    next: str | None = Field(description="Where the next page is; null: this is the last.")


class TurnRow(Shape):
    """What one side said."""

    at: Moment
    who: Literal["bot", "caller"]
    text: str
    state: str
    intent: str | None
    confidence: float | None
    how: str | None
    latency_ms: int | None


class EventRow(BaseModel):
    """Something happened in a call; its facts are further fields."""

    model_config = ConfigDict(extra="allow")

    at: Moment
    kind: str


class WholeCall(CallRow):
    """A call with all that is kept of it."""

    variables: dict[str, Any]
    slots: dict[str, Any]
    turns: list[TurnRow]
    events: list[EventRow]
    usage: list[dict[str, Any]]
    recording: str | None = Field(description="Where its recording is; null: there is none.")
    outcome: str | None = Field(description="Of an outgoing call: how dialling went.")


class HangingUp(Shape):
    """The call is being ended."""

    status: Literal["hanging up"]


class Placed(Shape):
    """The carrier has taken the call."""

    id: Id
    call_id: str = Field(description="The carrier's; empty: not known yet.")
    status: str


# -- what is streamed ------------------------------------------------------------------------------


class CallTold(Shape):
    """Something happened to a call."""

    at: Moment
    call: Id


class CallPlaced(CallTold):
    """The carrier is asked for a call."""

    did: str
    mobile: str
    flow: str


class CallStarted(CallTold):
    """A call begins."""

    call_id: str
    did: str
    mobile: str
    direction: Literal["incoming", "outgoing"]
    flow: str
    flow_version: str


class CallAnswered(CallTold):
    """The caller's side sounds."""


class StateEntered(CallTold):
    """A call is in another state of its flow."""

    state: str


class TurnTold(CallTold):
    """One side has said something; `number` counts a call's turns from 1."""

    number: int
    who: Literal["bot", "caller"]
    text: str
    state: str
    intent: str | None
    confidence: float | None
    how: str | None


class HangUpAsked(CallTold):
    """The operator has a call hung up."""


class CallEnded(CallTold):
    """A call has ended."""

    end_reason: str | None


class FlowLoaded(Shape):
    """A version of a flow serves from now on."""

    at: Moment
    flow: str
    version: str


class FlowRefused(Shape):
    """A flow's file was saved and is not good; what served before goes on serving."""

    at: Moment
    file: str
    problems: list[str]


class Gap(Shape):
    """What the reader saw last is older than what is kept: events between are lost to it."""

    after: int = Field(description="What the reader had seen.")
    oldest: int | None = Field(description="The oldest that is kept; null: there is none.")


EVENTS: dict[str, type[BaseModel]] = {
    "call_placed": CallPlaced,
    "call_started": CallStarted,
    "call_answered": CallAnswered,
    "state": StateEntered,
    "turn": TurnTold,
    "hang_up_asked": HangUpAsked,
    "call_ended": CallEnded,
    "flow_loaded": FlowLoaded,
    "flow_refused": FlowRefused,
    "gap": Gap,
}
"""By the kind of event, the shape of its data."""
