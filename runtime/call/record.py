"""What is kept of a call: its facts, its turns and its events, in the shape of the contract."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zlib import crc32

import orjson

from runtime.flow.engine.effects import Say, Understood
from runtime.flow.engine.events import CallStarted

KEPT_CALLS = 1000
"""Ended calls kept in memory; live ones are always kept."""

KEPT_EVENTS = 2000
"""Events of one call: a call of many hours must not grow without end."""


def _time(at: float | None) -> str | None:
    return (
        None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    )


@dataclass(slots=True)
class Turn:
    """One side's words; `how` and `confidence` tell how the caller was understood."""

    at: float
    who: str
    text: str
    state: str
    intent: str | None = None
    confidence: float | None = None
    how: str | None = None
    latency_ms: int | None = None
    line: int | None = None
    """The number of the bot's line; not shown."""
    is_masked: bool = False
    """Its text is not what was said: a sensitive value was left out."""

    def as_json(self) -> dict[str, Any]:
        """Return the shape of `turns` in `GET /v1/calls/{id}`."""
        return {
            "at": _time(self.at),
            "who": self.who,
            "text": self.text,
            "state": self.state,
            "intent": self.intent,
            "confidence": self.confidence,
            "how": self.how,
            "latency_ms": self.latency_ms,
        }


@dataclass(slots=True)
class CallRecord:
    """One call; written by its session only."""

    call_id: str
    """The carrier's; `id` is ours."""
    did: str
    mobile: str
    flow: str
    flow_version: str
    started_at: float
    direction: str = "incoming"
    id: str = field(default_factory=lambda: uuid4().hex)
    state: str = "live"
    answered_at: float | None = None
    ended_at: float | None = None
    end_reason: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    slots: Mapping[str, object] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    """What each provider was asked for, and what it costs."""
    _sealed: bytes | None = field(default=None, repr=False)

    def as_started(self) -> CallStarted:
        """Return the call's beginning as its engine is told it."""
        return CallStarted(
            at=self.started_at,
            call_id=self.call_id,
            did=self.did,
            mobile=self.mobile,
            direction=self.direction,
            variables=self.variables,
            seed=crc32(self.id.encode()),
        )

    def note(self, at: float, kind: str, **facts: object) -> None:
        """Keep an event; nothing that was said belongs into one."""
        if len(self.events) < KEPT_EVENTS:
            self.events.append({"at": _time(at), "kind": kind, **facts})

    def knows(self, variables: Mapping[str, object], slots: Mapping[str, object]) -> None:
        """Keep the values that the call has now; sensitive ones are masked already."""
        self.variables, self.slots = variables, slots

    def bot_says(self, at: float, line: Say) -> None:
        """Add a turn of the bot's, without sensitive values."""
        turn = Turn(at, "bot", line.shown, line.state, line=line.number)
        self.turns.append(replace(turn, is_masked=line.is_sensitive))

    def caller_says(self, at: float, said: Understood) -> None:
        """Add a turn of the caller's, with how it was understood."""
        confidence = round(said.confidence, 3)
        turn = Turn(at, "caller", said.text, said.state, said.intent, confidence, said.how)
        self.turns.append(turn)

    def line_cut(self, line: int, heard: str) -> None:
        """Keep of a line of the bot's only what the caller has heard."""
        for turn in self.turns:
            if turn.line == line and not turn.is_masked:
                turn.text = heard

    def answered_after(self, seconds: float) -> None:
        """The newest turn of the bot's first sounded so long after the caller's last word."""
        newest = next((turn for turn in reversed(self.turns) if turn.who == "bot"), None)
        if newest is not None:
            newest.latency_ms = round(seconds * 1000)

    def summary(self) -> dict[str, Any]:
        """Return the shape of a row of `GET /v1/calls`."""
        return {
            "id": self.id,
            "call_id": self.call_id,
            "did": self.did,
            "mobile": self.mobile,
            "direction": self.direction,
            "flow": self.flow,
            "flow_version": self.flow_version,
            "state": self.state,
            "started_at": _time(self.started_at),
            "answered_at": _time(self.answered_at),
            "ended_at": _time(self.ended_at),
            "end_reason": self.end_reason,
        }

    def seal(self) -> None:
        """Nothing will be added: keep what was said and done as bytes.

        As single objects a thousand calls doubled the 0.1 s for which a full collection holds all
        live calls up (measured with 200 of them).
        """
        self._sealed = orjson.dumps(self.as_json(), default=str)
        self.variables, self.slots = {}, {}
        self.turns, self.events, self.usage = [], [], []

    def as_json(self) -> dict[str, Any]:
        """Return the shape of `GET /v1/calls/{id}`."""
        if self._sealed is not None:
            whole: dict[str, Any] = orjson.loads(self._sealed)
            return whole
        return {
            **self.summary(),
            "variables": dict(self.variables),
            "slots": dict(self.slots),
            "turns": [turn.as_json() for turn in self.turns],
            "events": list(self.events),
            "usage": list(self.usage),
        }


class CallLog:
    """The calls of this process, newest first when read."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, CallRecord] = OrderedDict()

    def add(self, record: CallRecord) -> None:
        """Keep a call that begins; forget the oldest ended one where there are too many."""
        self._calls[record.id] = record
        if len(self._calls) > KEPT_CALLS:
            ended = next((x.id for x in self._calls.values() if x.state == "ended"), None)
            if ended is not None:
                del self._calls[ended]

    def find(self, id_: str) -> CallRecord | None:
        """Return the call with that id of ours."""
        return self._calls.get(id_)

    def newest(self) -> Iterator[CallRecord]:
        """Iterate over all calls, the newest first."""
        return iter(reversed(list(self._calls.values())))
