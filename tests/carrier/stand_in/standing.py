"""A stand-in carrier on a free port, a bot's server to call, and somebody who takes webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from running import until
from websockets.asyncio.server import serve

from runtime.carrier import messages
from runtime.carrier.call_order import CallInitiated, CallOrder, Webhook
from runtime.carrier.messages import AudioPayload
from runtime.carrier.rest import CarrierClient
from runtime.carrier.stand_in.exchange import Exchange
from runtime.carrier.stand_in.person import Entry, People, Person
from runtime.carrier.stand_in.server import Rules, standing_in
from runtime.server.serving import listen

MOBILE = "9800000001"
DID = "8645012345"


@dataclass
class Bot:
    """Greets every call; after `stays` frames it closes with `code`, or leaves that to others."""

    stays: int = 10
    code: int = 1000
    frames: dict[str, int] = field(default_factory=dict)
    """Of media, by call; a call is here from its `connected` on."""
    url: str = ""

    async def __call__(self, socket: Any) -> None:
        call_id = json.loads(await socket.recv())["callId"]
        self.frames[call_id] = 0
        await socket.send(messages.connected(call_id))
        await socket.send(messages.greeting(call_id, AudioPayload.of(b"\x21" * 480)))
        async for _ in socket:
            self.frames[call_id] += 1
            if self.frames[call_id] == self.stays:
                await socket.close(self.code)


@dataclass
class Hook:
    """Keeps the events that are posted to it, in the order of their coming."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    status: int = 200

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        self.heads.append(head)
        self.events.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\n" % self.status)
        writer.write(b"connection: close\r\n\r\n")
        writer.close()


@dataclass
class Standing:
    """All of them, and our client."""

    client: CarrierClient
    bot: Bot
    hook: Hook
    exchange: Exchange
    base_url: str

    async def place(self, mobile: str = MOBILE, ws_url: str = "") -> CallInitiated:
        webhook = Webhook(self.hook.url, "POST", "X-From-Carrier", "s3cret")
        return await self.client.place(CallOrder(mobile, DID, ws_url or self.bot.url, webhook))

    async def ended(self, calls: int = 1) -> None:
        """Wait until so many calls have ended and all is posted."""
        await until(lambda: sum(call.state == "ended" for call in self.exchange.calls) == calls)
        await until(lambda: not self.exchange.is_busy)


@asynccontextmanager
async def standing(
    person: Person | None = None, *, bot: Bot | None = None, hook: Hook | None = None, **rules: Any
) -> AsyncIterator[Standing]:
    """Have `person` at every number, forty times faster than life."""
    bot, hook = bot or Bot(), hook or Hook()
    people = People([Entry(person or Person("somebody", rings=0.4), weight=1)])
    listening = listen("127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with serve(bot, "127.0.0.1", 0) as bots:
        bot.url = f"ws://127.0.0.1:{bots.sockets[0].getsockname()[1]}/media"
        hooks = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
        hook.url = f"http://127.0.0.1:{hooks.sockets[0].getsockname()[1]}/webhooks/carrier"
        client = CarrierClient(base_url, "k3y")
        async with hooks, standing_in(people, Rules(speed=40, **rules), listening) as exchange:
            yield Standing(client, bot, hook, exchange, base_url)
        await client.close()
