"""The stand-in carrier's webhooks: what becomes of a call, posted to whom the order named."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

import httpx2

from runtime.carrier.call_order import Webhook

log = logging.getLogger(__name__)


class Order(StrEnum):
    """In which order a call's events are posted."""

    HAPPENING = "happening"
    """As they happen."""
    REVERSED = "reversed"
    """All when the call is over, the last one first."""
    SHUFFLED = "shuffled"
    """All when the call is over, in any order."""


@dataclass(frozen=True, slots=True)
class WebhookManner:
    """How reliably events come."""

    order: Order = Order.HAPPENING
    delay: float = 0.0
    """Seconds: each event is late by anything up to it."""
    loss: float = 0.0
    """The share that never comes."""
    twice: float = 0.0
    """The share that comes twice."""


@dataclass(frozen=True, slots=True)
class WebhookPost:
    """Posts each event once and does not care what is answered."""

    client: httpx2.AsyncClient
    manner: WebhookManner
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)

    async def deliver(
        self, news: "asyncio.Queue[dict[str, Any] | None]", target: Webhook | None, chance: Random
    ) -> None:
        """Deliver a call's events until the queue says None."""
        held: list[dict[str, Any]] = []
        while (event := await news.get()) is not None:
            if target is None:
                continue
            if self.manner.order is Order.HAPPENING:
                await self._post(event, target, chance)
            else:
                held.append(event)
        if target is None:
            return
        if self.manner.order is Order.SHUFFLED:
            chance.shuffle(held)
        for event in reversed(held):
            await self._post(event, target, chance)

    async def _post(self, event: dict[str, Any], target: Webhook, chance: Random) -> None:
        # All drawn at once: what one event meets does not move what the next one meets.
        late, lost, doubled = chance.random(), chance.random(), chance.random()
        await self.sleep(self.manner.delay * late)
        if lost < self.manner.loss:
            return
        for _ in range(2 if doubled < self.manner.twice else 1):
            headers = {target.header: target.value} if target.header else {}
            try:
                answer = await self.client.request(
                    target.request_type, target.url, json=event, headers=headers
                )
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                facts = {"call": event["callId"], "why": type(error).__name__}
                log.warning("webhook_not_delivered", extra=facts | {"what": event["event"]})
                return
            if not answer.is_success:
                facts = {"call": event["callId"], "status": answer.status_code}
                log.warning("webhook_not_taken", extra=facts | {"what": event["event"]})
