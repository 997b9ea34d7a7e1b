"""What the stand-in carrier's REST API accepts, and the errors with which it refuses the rest."""

import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from runtime.carrier.call_order import CallOrder, Webhook

UNKNOWN_ORGANISATION = 1022
"""The only code that the carrier's document has; the others are the stand-in's own."""

_TEN_DIGITS = re.compile(r"[0-9]{10}")


class Refusal(Exception):  # noqa: N818 - it reads as what is answered
    """An order is not accepted."""

    def __init__(self, status: int, code: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason


def failure(code: int, reason: str) -> bytes:
    """Return the body of an answer that refuses."""
    return orjson.dumps({"success": False, "error": {"code": code, "reason": reason}})


def success(call_id: str) -> bytes:
    """Return the body of an answer to an order that is carried out."""
    response = {"message": "Call setup in progress", "status": "initiated", "callId": call_id}
    return orjson.dumps({"success": True, "response": response})


def read_order(body: bytes, key: str, *, right_key: str, dids: frozenset[str]) -> CallOrder:
    """Return the call to be placed; raises `Refusal`.

    Without a `right_key` any key is right, without `dids` every DID is known.
    """
    if not key or (right_key and key != right_key):
        raise Refusal(400, 1001, "Invalid API key")
    try:
        order = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, 1002, "The body is not JSON") from None
    if not isinstance(order, dict):
        raise Refusal(400, 1002, "The body is not a JSON object")
    mobile, did, ws_url = (order.get(name) for name in ("mobile_number", "did", "ws_url"))
    if not (isinstance(mobile, str) and _TEN_DIGITS.fullmatch(mobile)):
        raise Refusal(400, 1003, "mobile_number must be a valid 10 digit mobile number")
    if not (isinstance(did, str) and _TEN_DIGITS.fullmatch(did)):
        raise Refusal(400, 1004, "did must be a valid 10 digit DID number")
    if not (isinstance(ws_url, str) and _is_address(ws_url, ("ws", "wss"))):
        raise Refusal(400, 1005, "ws_url must be a WebSocket URL")
    webhook = _webhook(order.get("webhook_details"))
    if dids and did not in dids:
        raise Refusal(400, UNKNOWN_ORGANISATION, "Organisation does not exists")
    return CallOrder(mobile, did, ws_url, webhook)


def _webhook(details: Any) -> Webhook | None:
    """Return it from the string of the document's table, or from the object of its samples."""
    if details is None:
        return None
    refusal = Refusal(400, 1006, "webhook_details must have a url")
    if isinstance(details, str):
        try:
            details = orjson.loads(details)
        except orjson.JSONDecodeError:
            raise refusal from None
    match details:
        case {"url": str(url), **rest} if _is_address(url, ("http", "https")):
            texts = {name: value for name, value in rest.items() if isinstance(value, str)}
            return Webhook(
                url,
                texts.get("request_type", "POST"),
                texts.get("api_key", ""),
                texts.get("api_value", ""),
            )
    raise refusal


def _is_address(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)
