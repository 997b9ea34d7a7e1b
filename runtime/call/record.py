"""What is kept of a call: its facts, its turns and its events, told to the store as they come."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4
from zlib import crc32

from runtime.flow.engine.effects import Effect, Say, Understood
from runtime.flow.engine.events import CallStarted, Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.store.changes import (
    CallBegun,
    CallChanged,
    Noted,
    OutcomeKnown,
    Stepped,
    TurnChanged,
    TurnSpoken,
)
from runtime.store.writer import Keep, KeepNothing

KEPT_EVENTS = 2000
"""Events of one call: a call of many hours must not grow without end."""


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


@dataclass(slots=True)
class CallRecord:
    """One call; written by its session only, and told to the store."""

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
    recording: str | None = None
    """Its file's path below the data folder; there is none where the disk refused it."""
    variables: Mapping[str, object] = field(default_factory=dict)
    slots: Mapping[str, object] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    """As `events` of `GET /v1/calls/{id}`, with POSIX seconds."""
    usage: list[dict[str, Any]] = field(default_factory=list)
    """What each provider was asked for, and what it costs."""
    steps: int = 0
    """Of the engine, so far."""
    keep: Keep = field(default_factory=KeepNothing, repr=False)

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

    def begun(self) -> None:
        """The call begins."""
        names = ("call_id", "did", "mobile", "direction", "flow", "flow_version", "state")
        values = {name: getattr(self, name) for name in names}
        known = {"variables": self.variables, "slots": self.slots, "usage": self.usage}
        values |= {"started_at": self.started_at, **known}
        self.keep.put(CallBegun(self.id, self.started_at, values))

    def answered(self, at: float) -> None:
        """The caller's side sounds: the call was answered."""
        self.answered_at = at
        self.keep.put(CallChanged(self.id, at, {"answered_at": at}))

    def ended(self, at: float, reason: str) -> None:
        """The caller has gone."""
        self.state, self.ended_at, self.end_reason = "ended", at, reason
        values = {"state": "ended", "ended_at": at, "end_reason": reason}
        self.keep.put(CallChanged(self.id, at, values))

    def recorded(self, at: float, path: str) -> None:
        """The call is recorded from here on, into that file below the data folder."""
        self.recording = path
        self.keep.put(CallChanged(self.id, at, {"recording": path}))

    def taken_by(self, who: str) -> None:
        """Keep who has taken an outgoing call: a `person` or a `machine`."""
        if who == "machine":
            self.keep.put(OutcomeKnown(self.id, "voicemail"))

    def note(self, at: float, kind: str, **facts: object) -> None:
        """Keep an event; nothing that was said belongs into one."""
        if len(self.events) < KEPT_EVENTS:
            self.events.append({"at": at, "kind": kind, **facts})
            self.keep.put(Noted(self.id, len(self.events), at, kind, facts))

    def stepped(
        self,
        flow: Flow,
        before: CallState | None,
        event: Event,
        effects: tuple[Effect, ...],
        after: CallState,
    ) -> None:
        """Keep a step of the engine's, for replay."""
        self.steps += 1
        self.keep.put(Stepped(self.id, self.steps, flow, before, event, effects, after))

    def knows(
        self, at: float, variables: Mapping[str, object], slots: Mapping[str, object]
    ) -> None:
        """Keep the values that the call has now; sensitive ones are masked already."""
        if variables != self.variables or slots != self.slots:
            self.variables, self.slots = variables, slots
            values = {"variables": variables, "slots": slots}
            self.keep.put(CallChanged(self.id, at, values))

    def spent(self, at: float, usage: list[dict[str, Any]]) -> None:
        """Keep what providers were asked for so far."""
        self.usage = usage
        self.keep.put(CallChanged(self.id, at, {"usage": usage}))

    def bot_says(self, at: float, line: Say) -> None:
        """Add a turn of the bot's, without sensitive values."""
        turn = Turn(at, "bot", line.shown, line.state, line=line.number)
        self._add(replace(turn, is_masked=line.is_sensitive))

    def caller_says(self, at: float, said: Understood) -> None:
        """Add a turn of the caller's, with how it was understood."""
        confidence = round(said.confidence, 3)
        self._add(Turn(at, "caller", said.text, said.state, said.intent, confidence, said.how))

    def line_cut(self, line: int, heard: str) -> None:
        """Keep of a line of the bot's only what the caller has heard."""
        for number, turn in enumerate(self.turns, start=1):
            if turn.line == line and not turn.is_masked:
                turn.text = heard
                self.keep.put(TurnChanged(self.id, number, {"text": heard}))

    def answered_after(self, seconds: float) -> None:
        """The newest turn of the bot's first sounded so long after the caller's last word."""
        for number in range(len(self.turns), 0, -1):
            turn = self.turns[number - 1]
            if turn.who == "bot":
                turn.latency_ms = round(seconds * 1000)
                self.keep.put(TurnChanged(self.id, number, {"latency_ms": turn.latency_ms}))
                return

    def _add(self, turn: Turn) -> None:
        self.turns.append(turn)
        names = ("who", "text", "state", "intent", "confidence", "how")
        values = {name: getattr(turn, name) for name in names}
        self.keep.put(TurnSpoken(self.id, len(self.turns), turn.at, values))
