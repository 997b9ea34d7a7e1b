"""An outgoing call as it is ordered from the carrier: the REST API's bodies, written and read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from runtime.carrier.phone_number import ten_digits

PATH = "/v1/voice-stream/call"
KEY_HEADER = "x-metro-api-key"

_MOVED = (301, 307, 308)
"""What a server says that has done nothing; after 302 and 303 the request may have been obeyed."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where the carrier tells what becomes of the call."""

    url: str
    request_type: str = "POST"
    header: str = ""
    """The name of a header that the carrier sends with each event, and its value."""
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A call to be placed."""

    mobile: str
    """As people write numbers; `write` makes ten digits of both."""
    did: str
    ws_url: str = field(repr=False)
    """Where the call's sound goes, token included."""
    webhook: Webhook | None = None


@dataclass(frozen=True, slots=True)
class CallInitiated:
    """The carrier sets the call up."""

    call_id: str
    """The carrier's."""
    status: str
    message: str


class CarrierError(Exception):
    """The carrier has not said that it sets the call up."""


class CallRefused(CarrierError):  # noqa: N818 - it reads as what happened
    """The carrier will not place this call; `code` is its own, else the HTTP status."""

    def __init__(self, code: int | str, reason: str) -> None:
        super().__init__(f"the carrier refused the call: {reason} (code {code})")
        self.code = code
        self.reason = reason


class CarrierUnreachable(CarrierError):  # noqa: N818 - it reads as what happened
    """Nothing was sent, so no call was placed."""


class UnknownWhetherPlaced(CarrierError):  # noqa: N818 - it reads as what happened
    """The order may have reached the carrier: the phone may ring. Never order the call again.

    `code` and `reason` are the carrier's where it gave any.
    """

    def __init__(self, why: str, code: int | str = "", reason: str = "") -> None:
        told = f" It said: {reason} (code {code})." if reason else ""
        super().__init__(f"unknown whether the call was placed: {why}.{told}")
        self.why = why
        self.code = code
        self.reason = reason


def write(order: CallOrder, *, webhook_as_string: bool = False) -> bytes:
    """Return the request's body; raises `BadNumber`.

    The carrier's table wants `webhook_details` as a JSON string, its samples show an object.
    """
    body: dict[str, Any] = {
        "mobile_number": ten_digits(order.mobile, "mobile_number"),
        "did": ten_digits(order.did, "did"),
        "ws_url": order.ws_url,
    }
    if order.webhook is not None:
        details = _details(order.webhook)
        body["webhook_details"] = orjson.dumps(details).decode() if webhook_as_string else details
    return orjson.dumps(body)


def _details(webhook: Webhook) -> dict[str, str]:
    details = {"url": webhook.url, "request_type": webhook.request_type}
    if webhook.header:
        details |= {"api_key": webhook.header, "api_value": webhook.value}
    return details


def read_answer(status: int, body: bytes) -> CallInitiated:
    """Return what the carrier has begun; raises `CallRefused` or `UnknownWhetherPlaced`."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    match answer:
        case {"success": True, "response": {"callId": str(call_id), **rest}} if call_id:
            if HTTPStatus(200) <= status < HTTPStatus(300):
                return CallInitiated(
                    call_id, str(rest.get("status", "")), str(rest.get("message", ""))
                )
            raise UnknownWhetherPlaced(f"it answered success with the HTTP status {status}")
        case {"success": False, "error": {**error}}:
            code, reason = _told(error, status)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise UnknownWhetherPlaced(f"it answered with {status}", code, reason)
            raise CallRefused(code, reason)
    if status in _MOVED:
        raise CallRefused(status, "it has moved to another address: see carrier.base_url")
    # 408: a request that did not arrive in time may have arrived in part.
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:
        raise CallRefused(status, "no reason that can be read")
    raise UnknownWhetherPlaced(f"its answer of status {status} is not that of its document")


def _told(error: Mapping[Any, Any], status: int) -> tuple[int | str, str]:
    code, reason = error.get("code"), error.get("reason")
    return (
        code if isinstance(code, int | str) and code != "" else status,
        reason if isinstance(reason, str) and reason else "no reason given",
    )
