"""Placing one call: kept first, then ordered from the carrier, so that none is lost sight of."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from secrets import token_urlsafe
from time import time
from typing import Protocol
from urllib.parse import quote
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from runtime.carrier.call_order import (
    CallInitiated,
    CallOrder,
    CallRefused,
    CarrierUnreachable,
    UnknownWhetherPlaced,
    Webhook,
)
from runtime.carrier.phone_number import ten_digits
from runtime.carrier.token import CALL_PREFIX, webhook_value
from runtime.outbound.outgoing_call import Dialling, OutgoingCalls, Placed

WEBHOOK_HEADER = "X-Callwright-Webhook"
WEBHOOK_PATH = "/webhooks/carrier"

TOKEN_BYTES = 24

ANY_ROOM = nullcontext()

log = logging.getLogger(__name__)


class Carrier(Protocol):
    """Orders calls: see `runtime.carrier.rest.CarrierClient`."""

    async def place(self, order: CallOrder) -> CallInitiated:
        """Order a call; raises `CallRefused`, `CarrierUnreachable`, `UnknownWhetherPlaced`."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that somebody wants; the numbers as people write them."""

    mobile: str
    did: str
    flow: str
    """The name of a flow that serves, and its version now."""
    flow_version: str
    variables: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    """The same key twice is the same call: it is placed once."""


class NotPlaced(Exception):  # noqa: N818 - it reads as what happened
    """The carrier has not said that it sets the call up; `id` is the call's, ours."""

    def __init__(self, id_: str, code: int | str, reason: str, *, may_ring: bool) -> None:
        super().__init__(reason)
        self.id = id_
        self.code = code
        self.reason = reason
        self.may_ring = may_ring
        """Nobody knows whether it was placed: it must not be placed again."""


class Placing:
    """Places calls for this server."""

    def __init__(
        self,
        calls: OutgoingCalls,
        carrier: Carrier,
        *,
        public_url: str,
        clock: Callable[[], float] = time,
    ) -> None:
        """`public_url` is what the carrier reaches this server by, such as wss://bots.example."""
        self._calls = calls
        self._carrier = carrier
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def place(self, wish: Wish, room: AbstractAsyncContextManager[None] = ANY_ROOM) -> Placed:
        """Have a call placed; it is known to the store from here on, whatever happens.

        Raises `BadNumber` before anything is kept, and `NotPlaced`. `room` is held until the call
        is kept, and may raise an error of its own.
        """
        mobile, did = ten_digits(wish.mobile, "mobile_number"), ten_digits(wish.did, "did")
        token = CALL_PREFIX + token_urlsafe(TOKEN_BYTES)
        call = Dialling(
            uuid4().hex, did, mobile, wish.flow, wish.flow_version, wish.variables, token, wish.key
        )
        async with room:
            before = await self._calls.dial(call, self._clock())
        if before is not None:
            return _answered_before(before)
        log.info("call_placing", extra={"call": call.id, "did": did, "flow": wish.flow})
        try:
            initiated = await self._carrier.place(self._order(call))
        except CallRefused as refusal:
            error = {"code": refusal.code, "reason": refusal.reason}
            ending = self._calls.not_placed(call.id, "refused", error, self._clock())
            await _kept(call.id, ending)
            raise NotPlaced(call.id, refusal.code, refusal.reason, may_ring=False) from refusal
        except CarrierUnreachable as away:
            error = {"code": "unreachable", "reason": str(away)}
            ending = self._calls.not_placed(call.id, "failed", error, self._clock())
            await _kept(call.id, ending)
            raise NotPlaced(call.id, "unreachable", str(away), may_ring=False) from away
        except UnknownWhetherPlaced as unknown:
            code, reason = unknown.code or "unknown", str(unknown)
            await _kept(call.id, self._calls.unknown(call.id, {"code": code, "reason": reason}))
            raise NotPlaced(call.id, code, reason, may_ring=True) from unknown
        await _kept(call.id, self._calls.initiated(call.id, initiated.call_id))
        return Placed(call.id, initiated.call_id, "initiated")

    async def placed_before(self, key: str) -> Placed | None:
        """Return the call that this key has placed, if any; raises `NotPlaced` as `place` did."""
        before = await self._calls.with_key(key)
        return None if before is None else _answered_before(before)

    def _order(self, call: Dialling) -> CallOrder:
        value = webhook_value(call.id, call.token)
        return CallOrder(
            mobile=call.mobile,
            did=call.did,
            ws_url=f"{self._public_url}/media/{call.did}?token={quote(call.token, safe='')}",
            webhook=Webhook(
                _as_http(self._public_url) + WEBHOOK_PATH, header=WEBHOOK_HEADER, value=value
            ),
        )


def _answered_before(before: Placed) -> Placed:
    """Answer a call's key as the call itself was answered."""
    if before.error is None:
        return before
    code, reason = before.error["code"], str(before.error["reason"])
    raise NotPlaced(before.id, code, reason, may_ring=before.status == "unknown")


async def _kept(id_: str, telling: Awaitable[None]) -> None:
    """Keep what the carrier has said, if that can be.

    Should the database be away just then, who waits must not be told to try again: it may ring.
    """
    try:
        await telling
    except SQLAlchemyError as error:
        log.error("answer_unkept", extra={"call": id_, "why": type(error).__name__})


def _as_http(url: str) -> str:
    """A WebSocket's address and a webhook's differ in the scheme only."""
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url
