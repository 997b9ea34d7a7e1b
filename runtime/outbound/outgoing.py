"""All that outgoing calls need of a server: the carrier's interface, their rows, and patience."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from sqlalchemy.exc import SQLAlchemyError

from runtime.carrier.rest import CarrierClient
from runtime.outbound.outgoing_call import OutgoingCalls
from runtime.outbound.placing import Placing
from runtime.settings import Carrier, Settings
from runtime.store.store import Store

GIVE_UP_EVERY = 2.0
"""Seconds between two looks for placed calls of which nothing is heard."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The outgoing calls of one server."""

    calls: OutgoingCalls
    placing: Placing | None
    """None: the settings have no key for the carrier's interface."""
    ring_seconds: float
    _carrier: CarrierClient | None
    _clock: Callable[[], float] = time

    @classmethod
    def of(cls, settings: Settings, store: Store, own_url: str) -> "Outgoing":
        """Put it together; `own_url` is how a carrier on this machine reaches the server."""
        calls = OutgoingCalls(store.engine, store.writer.server.id)
        carrier = _client(settings.carrier)
        public_url = settings.media.public_url or _as_ws(own_url)
        placing = Placing(calls, carrier, public_url=public_url) if carrier else None
        return cls(calls, placing, settings.carrier.ring_seconds, carrier)

    async def watch(self) -> None:
        """Give placed calls up of which nothing comes at all, neither WebSocket nor webhook."""
        is_away = False
        while True:
            await asyncio.sleep(GIVE_UP_EVERY)
            now = self._clock()
            try:
                await self.calls.give_up(now - self.ring_seconds, now)
                is_away = False
            except (SQLAlchemyError, TimeoutError) as error:
                if not is_away:
                    log.error("calls_not_given_up", extra={"why": type(error).__name__})
                is_away = True

    async def close(self) -> None:
        """Close; no call may be placed any more."""
        if self._carrier is not None:
            await self._carrier.close()


def _client(settings: Carrier) -> CarrierClient | None:
    if settings.api_key is None:
        return None
    return CarrierClient(
        settings.base_url,
        settings.api_key.get_secret_value(),
        webhook_as_string=settings.webhook_as_string,
        timeout=settings.timeout,
    )


def _as_ws(url: str) -> str:
    return "ws" + url.removeprefix("http")
