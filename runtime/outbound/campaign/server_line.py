"""Calls placed through a running server's HTTP interface (`POST /v1/calls`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from runtime.outbound.campaign.outcome import Outcome, outcome_of
from runtime.outbound.campaign.placing import (
    Answer,
    Barred,
    Declined,
    Doubtful,
    Ended,
    Live,
    Missing,
    NotPlaced,
    Order,
    Placed,
)

OPT_OUT = "opt_out"
"""A slot or a variable of this name that is true, or a state of it entered, opts the callee out."""

BUSY_SECONDS = 5.0
"""After so long a server that takes no call now is asked again."""

AWAY_SECONDS = 10.0
"""And one that cannot be reached."""

CLOCKS_DIFFER = 5.0
"""Seconds by which the server's clock may be behind ours."""

NEWEST = 200
"""Calls among which a lost one is looked for; it was placed within the last half minute."""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A `Line` through the server that the client talks to."""

    client: httpx2.AsyncClient

    async def place(self, order: Order) -> Answer:
        """Place a call; asked once, whatever the answer."""
        body = {"mobile_number": order.mobile, "did": order.did, "variables": order.variables}
        if order.flow is not None:
            body["flow"] = order.flow
        try:
            answer = await self.client.post(
                "/v1/calls", json=body, headers={"idempotency-key": order.key}
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return NotPlaced("the server cannot be reached", AWAY_SECONDS)
        except httpx2.HTTPError as error:
            return Doubtful(f"no answer of the server: {type(error).__name__}")
        return _answer(answer, _content(answer))

    async def find(self, order: Order, since: float) -> str | None:
        """Look for an outgoing call to that number which began since then."""
        query: dict[str, str | int] = {"did": order.did, "limit": NEWEST}
        try:
            answer = await self.client.get("/v1/calls", params=query)
        except httpx2.HTTPError:
            return None
        for call in _content(answer).get("calls", []):
            match call:
                case {
                    "id": str(id_),
                    "direction": "outgoing",
                    "mobile": order.mobile,
                    "started_at": str(started),
                } if _seconds(started) >= since - CLOCKS_DIFFER:
                    return id_
                case _:
                    pass
        return None

    async def look(self, call: str) -> Ended | Live | Missing:
        """Tell how a call stands."""
        try:
            answer = await self.client.get(f"/v1/calls/{call}")
        except httpx2.HTTPError:
            return Live()
        if answer.status_code == httpx2.codes.NOT_FOUND:
            return Missing()
        content = _content(answer)
        return _ended(content) if content.get("state") == "ended" else Live()


def _content(answer: httpx2.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _answer(answer: httpx2.Response, content: Mapping[str, Any]) -> Answer:
    """Read what a server says to an order, by its status (docs/outgoing.md)."""
    status = answer.status_code
    why = str(content.get("detail") or f"the server answers {status}")
    match status, content:
        case 200 | 201 | 202, {"id": str(id_)}:
            return Placed(id_)
        case 502, {"may_ring": True, "id": str(id_)}:
            # The server does not know either whether it was placed, and will tell of it.
            return Placed(id_)
        case 502, {"error": {"code": code, "reason": reason}}:
            return Declined(f"the carrier refused it: {code} {reason}", Outcome.FAILED)
        case 401 | 403, _:
            return Barred("the server does not take the token: set api.token, or give --token")
        case 429 | 503, _:
            again = answer.headers.get("retry-after", "")
            return NotPlaced(why, float(again) if again.isdecimal() else BUSY_SECONDS)
        case _ if 400 <= status < 500:
            return Declined(why, Outcome.REFUSED)
        case _:
            return Doubtful(why)


def _ended(call: Mapping[str, Any]) -> Ended:
    outcome = call.get("outcome")
    if outcome is None:
        outcome = Outcome.ANSWERED if call.get("answered_at") else Outcome.FAILED
    slots = call.get("slots") or {}
    asked = any(values.get(OPT_OUT) is True for values in (slots, call.get("variables") or {}))
    entered = any(
        event.get("kind") == "entered" and event.get("state") == OPT_OUT
        for event in call.get("events") or []
    )
    kind = outcome_of(outcome)
    why = "" if kind is Outcome.ANSWERED else str(call.get("end_reason") or "")
    return Ended(kind, why, slots, asked or entered)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
