"""Each statement of the writer's once, and undone, before there are calls.

The first of a kind takes the interpreter some milliseconds to make, and all of them some tens: as
much as callers would notice.
"""

from collections.abc import Callable
from uuid import uuid4

from sqlalchemy import Connection, Engine

from runtime.store.changes import (
    CallBegun,
    CallChanged,
    FlowSeen,
    Noted,
    OutcomeKnown,
    StepKept,
    TurnChanged,
    TurnSpoken,
    Writable,
)
from runtime.store.rows import Rows

_CALL = {
    **dict.fromkeys(("call_id", "did", "mobile", "flow", "flow_version"), ""),
    **{"direction": "incoming", "state": "live", "started_at": 0.0},
    **dict.fromkeys(("variables", "slots", "usage"), ""),
}
_TURN = {"who": "bot", "text": "", "state": "", "intent": None, "confidence": None, "how": None}
_VALUES: dict[str, object] = {"variables": {}, "slots": {}}
_END: dict[str, object] = {"state": "ended", "ended_at": 0.0, "end_reason": ""}


def rehearse(engine: Engine, server: str, write: Callable[[Connection, Rows], None]) -> None:
    """Write what calls bring, in transactions that are undone."""
    call = uuid4().hex
    first: list[Writable] = [
        FlowSeen("", call[:12], 0.0, {}),
        CallBegun(call, 0.0, _CALL),
        TurnSpoken(call, 1, 0.0, _TURN),
        Noted(call, 1, 0.0, "entered", {}),
        StepKept(call, 1, ""),
    ]
    kinds: tuple[tuple[dict[str, object], dict[str, object]], ...] = (
        ({"answered_at": 0.0}, {"text": ""}),
        (_VALUES, {"latency_ms": 0}),
        ({**_VALUES, **_END}, {"text": "", "latency_ms": 0}),
        (_END, {"text": ""}),
    )
    with engine.connect() as connection:
        write(connection, Rows(server).take(first))
        for values, said in kinds:
            later = CallChanged(call, 0.0, values), TurnChanged(call, 1, said)
            write(connection, Rows(server).take((*later, OutcomeKnown(call, ""))))
        connection.rollback()
