"""A real server on a free port with scripted speech, and a carrier to call it with."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import httpx2
import numpy as np
import websockets
from databases import fresh_tables
from uvicorn.server import ServerState

from providers import registry
from providers.base import ProviderMissing
from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.audio import mulaw
from runtime.call.record import CallRecord
from runtime.carrier import rtp, wav
from runtime.server.app import House
from runtime.server.serving import configured, listen
from runtime.settings import Settings
from runtime.store.archive import Wanted

DID = "8645012345"

HELLO = """
greeting: Hello.
start: menu
intents:
  book: {words: [book], digit: 1}
states:
  menu:
    ask: What next?
    on: {book: bye, "9": bye}
  bye:
    hangup: Bye.
"""

DIDS = f"dids: {{{DID}: hello.yaml}}\n"


async def until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that a real server does in its own time."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - no event tells it to a test outside
            await asyncio.sleep(0.001)


@dataclass
class Speech:
    """The providers of a test's server: one of a kind, or several by name; a `None` is missing.

    A language model is built as its settings say.
    """

    stt: Any = field(default_factory=lambda: ScriptedSpeechToText("book"))
    tts: Any = field(default_factory=lambda: ScriptedTextToSpeech(milliseconds_per_character=5))
    embed: Any = None

    def build(self, kind: str, name: str, options: Mapping[str, Any]) -> Any:
        if kind == "llm":
            return registry.build("llm", name, options)
        provider = getattr(self, kind)
        if isinstance(provider, dict):
            provider = provider[name]
        if provider is None:
            raise ProviderMissing(f"{kind} 'local' needs: pip install 'callwright[local]'")
        return provider

    def load_embeddings(self) -> Any:
        if self.embed is None:
            raise ProviderMissing("embeddings need: pip install 'callwright[local]'")
        return self.embed


@dataclass
class Running:
    house: House
    address: str
    flows: Path

    def url(self, path: str = f"/media/{DID}") -> str:
        return f"ws://{self.address}{path}"

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(verify=False) as client:
            return await client.get(f"http://{self.address}{path}", **more)

    async def post(self, path: str, **more: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(verify=False) as client:
            return await client.post(f"http://{self.address}{path}", **more)

    async def delete(self, path: str) -> httpx2.Response:
        async with httpx2.AsyncClient(verify=False) as client:
            return await client.delete(f"http://{self.address}{path}")

    async def has_been_heard(self, line: int) -> None:
        """Wait until the newest call's caller has heard that line of ours."""
        record = self.newest_record()
        await until(lambda: any(x.get("line") == line for x in record.events))

    async def kept_calls(self) -> list[dict[str, Any]]:
        """Return all calls as they are kept, newest first; the server may have stopped."""
        store = self.house.store
        await store.writer.flushed()
        rows = await store.archive.page(Wanted(), limit=100)
        calls = [await store.archive.find(row["id"]) for row in rows]
        await store.engine.dispose()
        return [call for call in calls if call is not None]

    def newest_record(self) -> CallRecord:
        """Return what the newest live call's session knows."""
        return list(self.house.switchboard.sessions)[-1].record

    async def ended_call(self, id_: str | None = None, seconds: float = 5) -> dict[str, Any]:
        """Return the newest call, or that one, once it has ended."""
        async with asyncio.timeout(seconds):
            while True:
                rows = (await self.get("/v1/calls?state=ended&limit=10")).json()["calls"]
                ended = [row["id"] for row in rows if id_ in (None, row["id"])]
                if ended:
                    return (await self.get(f"/v1/calls/{ended[0]}")).json()
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running(
    folder: Path,
    flow: str = HELLO,
    *,
    dids: str = DIDS,
    flows: Mapping[str, str] = MappingProxyType({}),
    providers: Speech | None = None,
    named: Mapping[str, Any] = MappingProxyType({}),
    server_name: str = "this server",
    **settings: Any,
) -> AsyncIterator[Running]:
    """Serve `flow` as hello.yaml, and `flows` by their names; stops when the block ends.

    `named` is the setting `providers`, such as {"llm": {"big": {"use": "openai", "model": "x"}}}.
    Servers that share a database have names of their own.
    """
    home = folder / "flows"
    home.mkdir(exist_ok=True)
    for name, text in {"hello.yaml": flow, **flows, "dids.yaml": dids}.items():
        (home / name).write_text(text)
    # A clear tone is speech enough for the light detector; no test here hears words.
    if named:
        settings["providers"] = named
    settings.setdefault("store", {"url": f"sqlite:///{fresh_tables(folder)}"})
    made = Settings(**{"speech": {"activity": "energy"}, **settings})
    speech = providers or Speech()
    # One cache for all servers of a run: the same sentences need not be made for each.
    data = folder.parent / "data"
    listening = listen("127.0.0.1", 0)
    house = House.build(
        *(made, home, home / "dids.yaml", data),
        server=server_name,
        build=speech.build,
        load_embeddings=speech.load_embeddings,
        settle=0.015,
        linger=0.0,
        own_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
    )
    config = configured(house, made.server.media_path)
    config.load()
    state = ServerState()

    def connection() -> asyncio.Protocol:
        protocol: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
            config=config, server_state=state, app_state={}
        )
        return protocol

    # uvicorn's own protocols without its `Server`, which looks every 0.1 s whether to stop.
    async with house.open():
        server = await asyncio.get_running_loop().create_server(connection, sock=listening)
        host, port = listening.getsockname()
        try:
            yield Running(house, f"{host}:{port}", home)
        finally:
            await house.switchboard.end_all()
            server.close()
            for each in list(state.connections):
                each.shutdown()


_NOISE = np.random.default_rng(1).normal(0, 0.1, 8000)
SPEECH = mulaw.encode(_NOISE)
"""A second of loud noise: activity, but no telephone key."""
SILENCE = bytes([mulaw.SILENCE]) * 160


@dataclass
class Carrier:
    """The carrier's side of one call, as fast as the socket takes it."""

    socket: websockets.ClientConnection
    server: Running
    call_id: str = "carrier-1"
    sequence: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, message: Any) -> None:
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def connect(self, **more: Any) -> None:
        await self.send(
            {"event": "connected", "callId": self.call_id, "mobileNo": "9800000000", **more}
        )

    async def media(self, audio: bytes) -> None:
        """Send mu-law in packets of 20 ms, no faster than it can be listened to."""
        for start in range(0, len(audio), 160):
            if self.sequence % 80 == 79:
                await self._all_heard()
            packet = rtp.write(
                rtp.RtpPacket(
                    0, False, self.sequence, self.sequence * 160, 7, audio[start : start + 160]
                )
            )
            self.sequence += 1
            payload = {"type": "Buffer", "data": list(packet)}
            message = {"event": "media", "callId": self.call_id, "payload": payload}
            try:
                await self.send({**message, "timestamp": self.sequence * 20})
            except websockets.ConnectionClosed:
                # The bot may end the call while its caller is still silent; `closed` tells how.
                return

    async def _all_heard(self) -> None:
        equipment = self.server.house.equipment
        sessions = list(self.server.house.switchboard.sessions)
        record = sessions[-1].record if sessions else None
        sent = self.sequence * 0.02 - 0.1

        def all_heard() -> bool:
            session = record and self.server.house.switchboard.session(record.id)
            # A call that has ended meanwhile hears no more.
            return session is None or (
                session.heard_seconds >= sent and not equipment.meter.waiting
            )

        await until(all_heard)

    async def say(self, seconds: float = 1.0) -> None:
        """Speak, and be silent long enough to have ended."""
        await self.media(SPEECH[: int(seconds * 8000)] + SILENCE * 60)

    async def say_on(self, seconds: int) -> None:
        """Speak on, with the short pauses that speech has."""
        await self.media((SPEECH[:4000] + SILENCE * 25) * seconds)

    async def press(self, digit: int) -> None:
        for end in (0x0A, 0x8A):
            body = bytes([digit, end, 0x03, 0x20])
            packet = rtp.RtpPacket(101, False, self.sequence, self.sequence * 160, 7, body)
            self.sequence += 1
            payload = {"type": "Buffer", "data": list(rtp.write(packet))}
            await self.send({"event": "media", "callId": self.call_id, "payload": payload})

    async def next(self, event: str) -> dict[str, Any]:
        """Return the next message, which must be that event."""
        async with asyncio.timeout(5):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        assert message["event"] == event, message["event"]
        self.heard.append(message)
        return message

    async def closed(self) -> int:
        """Return the code that the server closes with; what it says before is kept."""
        async with asyncio.timeout(8):
            with suppress(websockets.ConnectionClosedError):
                async for text in self.socket:
                    self.heard.append(json.loads(text))
            await self.socket.wait_closed()
        assert self.socket.close_code is not None
        return self.socket.close_code

    def sound(self, message: dict[str, Any]) -> bytes:
        return wav.read(bytes(message["payload"]["data"]))


@asynccontextmanager
async def calling(server: Running, path: str = f"/media/{DID}") -> AsyncIterator[Carrier]:
    async with websockets.connect(server.url(path), max_size=2_000_000) as socket:
        yield Carrier(socket, server)


def quoted(text: str) -> str:
    return quote(text, safe="")
