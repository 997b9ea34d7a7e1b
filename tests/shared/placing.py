"""A server and the stand-in carrier, with one person on all its lines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from running import DID, Running, running

from runtime.carrier.stand_in.exchange import Exchange
from runtime.carrier.stand_in.person import Answer, Entry, People, Person
from runtime.carrier.stand_in.server import Rules, standing_in
from runtime.carrier.stand_in.webhooks import WebhookManner
from runtime.server.serving import listen

MOBILE = "9811111111"

BOT = """
greeting: Hello {{ name }}.
variables: {name: nobody}
start: bye
states:
  bye:
    hangup: Bye.
"""


@dataclass
class Placed:
    server: Running
    exchange: Exchange

    async def place(self, **more: Any) -> httpx2.Response:
        body = {"mobile_number": f"+91 {MOBILE}", "did": DID}
        headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
        return await self.server.post("/v1/calls", json={**body, **more}, headers=headers)

    async def call(self, id_: str) -> dict[str, Any]:
        return (await self.server.get(f"/v1/calls/{id_}")).json()

    async def outcome(self, id_: str) -> tuple[str, str]:
        """Return what became of a call and why it ended, once both are known."""
        call = await self.server.ended_call(id_)
        return call["outcome"], call["end_reason"]


@asynccontextmanager
async def placing(
    folder: Path,
    person: Person,
    manner: WebhookManner | None = None,
    bot: str = BOT,
    **settings: Any,
) -> AsyncIterator[Placed]:
    """A server, and a carrier on whose lines that person is."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    own = {"base_url": f"http://127.0.0.1:{port}", "api_key": "key"}
    carrier = {**own, **settings.pop("carrier", {})}
    people = People((Entry(person, weight=1.0),), 0)
    rules = Rules("key", frozenset(), manner or WebhookManner(), speed=20.0)
    async with (
        running(folder, bot, carrier=carrier, **settings) as server,
        standing_in(people, rules, listening) as exchange,
    ):
        yield Placed(server, exchange)


def person(*answers: Answer, **more: Any) -> Person:
    return Person("x", answers or (Answer.PERSON,), rings=0.1, **more)
