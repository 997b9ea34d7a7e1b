"""Changes become rows: each batch touches a row once, however often it was changed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, assert_never

import orjson
from sqlalchemy import String, Table

from runtime.store import tables
from runtime.store.changes import (
    CallBegun,
    CallChanged,
    FlowSeen,
    Noted,
    OutcomeKnown,
    StepKept,
    Told,
    TurnChanged,
    TurnSpoken,
    Writable,
)

Row = dict[str, Any]

JSON_COLUMNS = ("variables", "slots", "usage")

SUMMARY = ("call_id", "did", "mobile", "direction", "flow", "flow_version")
"""What `/v1/events` tells of a call that begins or ends, besides its id."""


def as_text(value: object) -> str:
    """Return a value as JSON; what JSON has no form for (a date) is its own text."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        # Half a surrogate pair, or a number beyond 64 bits.
        text = json.dumps(value, default=str, ensure_ascii=False)
        # Python writes NaN and Infinity, which are no JSON.
        finite = json.loads(text, parse_constant=lambda _: None)
        return clean(json.dumps(finite, ensure_ascii=False))


def as_time(at: float | None) -> str | None:
    """Return POSIX seconds as the HTTP interface shows them."""
    return (
        None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    )


@dataclass(slots=True)
class Rows:
    """The rows of one batch, in the order in which their tables must be written."""

    server: str
    versions: dict[tuple[str, str], Row] = field(default_factory=dict)
    begun: dict[str, Row] = field(default_factory=dict)
    changed: dict[str, Row] = field(default_factory=dict)
    outcomes: dict[str, Row] = field(default_factory=dict)
    spoken: dict[tuple[str, int], Row] = field(default_factory=dict)
    amended: dict[tuple[str, int], Row] = field(default_factory=dict)
    noted: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    feed: list[Row] = field(default_factory=list)

    def take(self, changes: Iterable[Writable]) -> "Rows":
        """Add what the changes make; returns itself."""
        for change in changes:
            self._take(change)
        return self

    def _take(self, change: Writable) -> None:  # noqa: C901 - one row a change
        match change:
            case CallBegun(id=id_, at=at, values=values):
                self.begun[id_] = _columns(tables.calls, {**values, "id": id_})
                self.begun[id_]["server"] = self.server
                self._tell(at, "call_started", {"call": id_, **_some(values, SUMMARY)})
            case CallChanged(id=id_, values=values):
                row = self.begun.get(id_) or self.changed.setdefault(id_, {})
                row.update(_columns(tables.calls, values))
                self._call_changed(change)
            case OutcomeKnown(id=id_, outcome=outcome):
                self.outcomes[id_] = {"outcome": outcome}
            case TurnSpoken(call=call, number=number, at=at, values=values):
                key: Row = {"call": call, "number": number}
                self.spoken[call, number] = _columns(tables.turns, {**values, **key, "at": at})
                self._tell(at, "turn", {"at": as_time(at), **key, **values})
            case TurnChanged(call=call, number=number, values=values):
                row = self.spoken.get((call, number)) or self.amended.setdefault((call, number), {})
                row.update(_columns(tables.turns, values))
            case Noted(call=call, number=number, at=at, kind=kind, facts=facts):
                event = as_text({"at": as_time(at), "kind": kind, **facts})
                self.noted.append({"call": call, "number": number, "event": clean(event)})
                if kind == "entered":
                    self._tell(at, "state", {"call": call, **facts})
            case StepKept(call=call, number=number, step=step):
                self.steps.append({"call": call, "number": number, "step": step})
            case FlowSeen(name=name, version=version, at=at, files=files):
                seen = {"name": name, "version": version, "seen_at": at, "files": as_text(files)}
                self.versions[name, version] = _columns(tables.flow_versions, seen)
            case Told(at=at, kind=kind, data=data):
                self._tell(at, kind, data)
            case _:
                assert_never(change)

    def _call_changed(self, change: CallChanged) -> None:
        if "answered_at" in change.values:
            self._tell(change.at, "call_answered", {"call": change.id})
        if change.values.get("state") == "ended":
            reason = change.values.get("end_reason")
            self._tell(change.at, "call_ended", {"call": change.id, "end_reason": reason})

    def _tell(self, at: float, kind: str, data: Mapping[str, object]) -> None:
        self.feed.append({"at": at, "kind": kind, "data": clean(as_text(data))})


def _some(values: Mapping[str, object], names: Iterable[str]) -> Row:
    return {name: values[name] for name in names if name in values}


def _columns(table: Table, values: Mapping[str, object]) -> Row:
    """Return the values as their columns take them."""
    row: Row = {}
    for name, value in values.items():
        if name in JSON_COLUMNS:
            row[name] = clean(as_text(value))
        elif isinstance(value, str):
            kind = table.c[name].type
            length = kind.length if isinstance(kind, String) else None
            # A carrier may send a call id of any length.
            row[name] = clean(value)[:length]
        else:
            row[name] = value
    return row


def clean(text: str) -> str:
    """Return a text as any database takes it.

    PostgreSQL keeps no NUL; nor does it, or SQLite, keep half a surrogate pair.
    """
    if text.isascii():
        return text.replace("\0", "")
    return text.replace("\0", "").encode("utf-8", "replace").decode()
