"""The carrier's webhooks: what they say of a call, as far as it is understood.

Their form is not in the carrier's document, so that names are looked for in several places. The
body itself is kept whole.
"""

from dataclasses import dataclass
from typing import Any

import orjson

OUTCOMES = {
    **dict.fromkeys(("busy", "user_busy"), "busy"),
    **dict.fromkeys(("no_answer", "noanswer", "not_answered", "unanswered"), "no_answer"),
    **dict.fromkeys(("timeout", "missed", "cancelled", "canceled"), "no_answer"),
    **dict.fromkeys(("failed", "failure", "rejected", "unreachable"), "failed"),
    **dict.fromkeys(("invalid", "error"), "failed"),
}
"""Carriers' words for calls that nobody answered, and ours."""

_WORDS = ("outcome", "status", "callStatus", "call_status", "event", "state", "reason")
_IDS = ("callId", "call_id", "callid", "id")
_WITHIN = ("data", "response", "call")


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """What a webhook says."""

    call_id: str
    """The carrier's; "" where it names none."""
    outcome: str | None
    """busy | no_answer | failed: the call ended without being answered; else None."""


def read_webhook(body: bytes) -> CarrierEvent:
    """Return what a webhook says; of what is not understood, nothing."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    fields: dict[str, Any] = content if isinstance(content, dict) else {}
    for name in _WITHIN:
        if isinstance(inner := fields.get(name), dict):
            fields = {**inner, **fields}
    call_id = next((x for name in _IDS if isinstance(x := fields.get(name), str)), "")
    words = (_plain(x) for name in _WORDS if isinstance(x := fields.get(name), str))
    return CarrierEvent(call_id, next((OUTCOMES[word] for word in words if word in OUTCOMES), None))


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
