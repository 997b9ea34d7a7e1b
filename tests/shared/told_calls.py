"""Calls as the store is told of them."""

from runtime.store.changes import CallBegun, CallChanged, TurnSpoken

AT = 1_795_000_000.0


def begun(id_: str = "one", at: float = AT, **more: object) -> CallBegun:
    values = {
        **{"call_id": f"carrier-{id_}", "did": "8645012345", "mobile": "9800000000"},
        **{"direction": "incoming", "flow": "clinic", "flow_version": "abc", "state": "live"},
        **{"started_at": at, "variables": {"a": 1}, "slots": {}, "usage": []},
    }
    return CallBegun(id_, at, {**values, **more})


def spoken(number: int, text: str, call: str = "one") -> TurnSpoken:
    values = {"who": "bot", "text": text, "state": "menu", "intent": None, "confidence": None}
    return TurnSpoken(call, number, AT + number, {**values, "how": None})


def ended(call: str = "one") -> CallChanged:
    values = {"state": "ended", "ended_at": AT + 60, "end_reason": "hangup"}
    return CallChanged(call, AT + 60, values)
