"""The server's end: what a signal makes of the calls that are live, over real sockets."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from running import DID, DIDS, HELLO, SILENCE, Carrier, Running, Speech, calling, until

from providers.scripted import ScriptedTextToSpeech
from runtime.call.record import CallRecord
from runtime.flow.phrases import phrase
from runtime.server import switchboard
from runtime.server.app import House
from runtime.server.collector import NEVER
from runtime.server.serving import listen, serve
from runtime.settings import Settings

pytestmark = pytest.mark.network

LAST = phrase("server_shutdown", "en")
LONG = f"phrases: {{server_shutdown: {'We are leaving now ' * 300}}}\n{HELLO}"
"""Its last line takes 11 s."""
QUICK = ScriptedTextToSpeech(milliseconds_per_character=2)


@pytest.fixture(autouse=True)
def _interpreter_as_it_was() -> Iterator[None]:
    thresholds, held = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(held)


def house_in(folder: Path, speech: Speech, flow: str = HELLO) -> House:
    home = folder / "flows"
    home.mkdir()
    (home / "hello.yaml").write_text(flow)
    (home / "dids.yaml").write_text(DIDS)
    return House.build(
        Settings(**{"speech": {"activity": "energy"}}),
        *(home, home / "dids.yaml", folder / "data"),
        build=speech.build,
        load_embeddings=speech.load_embeddings,
    )


@asynccontextmanager
async def serving(
    folder: Path, *, drain: float, tts: Any = QUICK, flow: str = HELLO
) -> AsyncIterator[Running]:
    """Serve as `callwright serve` does; when the block ends, the server must have ended."""
    house = house_in(folder, Speech(tts=tts), flow)
    listening = listen("127.0.0.1", 0)
    host, port = listening.getsockname()
    ready = asyncio.Event()
    ending = asyncio.create_task(
        serve(house, listening, drain=drain, media_path="direct", ready=ready.set)
    )
    await ready.wait()
    server = Running(house, f"{host}:{port}", folder / "flows")
    await until(lambda: not ending.done() and house.shelf.dids.entries)
    yield server
    async with asyncio.timeout(20):
        await ending


def send(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


async def pick_up(carrier: Carrier) -> None:
    """Begin a call, and hear its greeting and its first question."""
    await carrier.connect()
    await carrier.next("connected")
    await carrier.next("greeting")
    await carrier.media(SILENCE)
    await carrier.next("media")
    await carrier.server.has_been_heard(2)


async def newest(server: Running) -> dict[str, Any]:
    return (await server.kept_calls())[0]


def heard_lines(record: dict[str, Any]) -> list[int]:
    return [x["line"] for x in record["events"] if x["kind"] == "played_out"]


def test_what_is_loaded_is_not_looked_at_by_the_collector_and_only_the_young_by_itself(
    tmp_path: Path,
):
    async def start() -> None:
        gc.unfreeze()
        async with serving(tmp_path, drain=0):
            assert gc.get_freeze_count() > 10_000
            assert gc.get_threshold()[1:] == (NEVER, NEVER)
            send()

    asyncio.run(start())


def test_no_thread_keeps_the_calls_waiting_for_long(tmp_path: Path):
    async def start() -> None:
        async with serving(tmp_path, drain=0):
            assert sys.getswitchinterval() <= 0.001
            send()

    asyncio.run(start())


def test_live_calls_may_end_and_no_other_begins(tmp_path: Path):
    async def call() -> None:
        async with serving(tmp_path, drain=600) as server, calling(server) as carrier:
            await pick_up(carrier)
            send()
            await until(lambda: server.house.switchboard.draining)
            ready = await server.get("/ready")
            assert (ready.status_code, ready.json()["reasons"]) == (503, ["draining"])
            assert (await server.get("/health")).status_code == 200
            async with calling(server) as another:
                assert await another.closed() == 1008
            await carrier.press(9)
            assert await carrier.closed() == 1000
            assert (await newest(server))["turns"][-1]["text"] == "Bye."

    asyncio.run(call())


@pytest.mark.parametrize("own", ["", "We are leaving."])
def test_after_the_drain_each_call_hears_a_last_line_to_its_end_and_is_closed_with_1001(
    tmp_path: Path, own: str
):
    flow = f"phrases: {{server_shutdown: {own}}}\n{HELLO}" if own else HELLO

    async def call() -> None:
        async with serving(tmp_path, drain=0, flow=flow) as server:
            async with calling(server) as one, calling(server) as other:
                for carrier in (one, other):
                    await pick_up(carrier)
                send()
                # Neither a key nor speech interrupts it.
                await one.next("media")
                await one.press(9)
                assert [await one.closed(), await other.closed()] == [1001, 1001]
            for kept in await server.kept_calls():
                assert kept["end_reason"] == "server_shutdown"
                assert kept["turns"][-1]["text"] == (own or LAST)
                assert heard_lines(kept) == [1, 2, 3]

    asyncio.run(call())


def test_the_last_line_has_been_synthesised_before_it_is_needed(tmp_path: Path):
    voice = ScriptedTextToSpeech(milliseconds_per_character=2)

    async def call() -> None:
        async with serving(tmp_path, drain=0, tts=voice) as server:
            async with calling(server) as carrier:
                await pick_up(carrier)
                spoken = len(voice.spoken)
                send()
                assert await carrier.closed() == 1001
            assert len(voice.spoken) == spoken
            assert (await newest(server))["turns"][-1]["text"] == LAST

    asyncio.run(call())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_calls_at_once_that_may_still_talk(tmp_path: Path, number: int):
    async def call() -> None:
        async with serving(tmp_path, drain=600) as server, calling(server) as carrier:
            await pick_up(carrier)
            send()
            await until(lambda: server.house.switchboard.draining)
            send(number)
            assert await carrier.closed() == 1001
            kept = await newest(server)
            assert kept["end_reason"] == "server_shutdown"
            assert kept["turns"][-1]["text"] == "What next?"

    asyncio.run(call())


def test_a_second_signal_ends_calls_at_once_that_say_their_last_line(tmp_path: Path):
    async def call() -> None:
        async with serving(tmp_path, drain=0, flow=LONG) as server:
            async with calling(server) as carrier:
                await pick_up(carrier)
                send()
                await carrier.next("media")
                send()
                assert await carrier.closed() == 1001
            assert heard_lines(await newest(server)) == [1, 2]

    asyncio.run(call())


def test_a_last_line_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(switchboard, "LAST_LINE_SECONDS", 0.2)

    async def call() -> None:
        async with serving(tmp_path, drain=0, flow=LONG) as server:
            async with calling(server) as carrier:
                await pick_up(carrier)
                send()
                assert await carrier.closed() == 1001
            kept = await newest(server)
            assert kept["end_reason"] == "server_shutdown"
            assert heard_lines(kept) == [1, 2]

    asyncio.run(call())


def test_a_call_that_nobody_has_answered_yet_ends_without_a_word(tmp_path: Path):
    async def call() -> None:
        async with serving(tmp_path, drain=0) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            send()
            assert await carrier.closed() == 1001
            assert carrier.heard[2:] == []
            assert (await newest(server))["end_reason"] == "server_shutdown"

    asyncio.run(call())


class SlowToStart(ScriptedTextToSpeech):
    """A voice that never has its model loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loading = asyncio.Event()

    async def warm(self) -> None:
        self.loading.set()
        await asyncio.Event().wait()


def test_a_signal_while_the_flows_are_loaded_ends_all(tmp_path: Path):
    async def start() -> None:
        voice = SlowToStart()
        house = house_in(tmp_path, Speech(tts=voice))
        ending = asyncio.create_task(
            serve(
                *(house, listen("127.0.0.1", 0)),
                drain=600,
                media_path="direct",
                ready=lambda: pytest.fail("it was ready"),
            )
        )
        await voice.loading.wait()
        send()
        async with asyncio.timeout(5):
            await ending
        with pytest.raises(RuntimeError, match="shutdown"):
            house.equipment.interpreters.submit(int)

    asyncio.run(start())


class Staying:
    """A call that is still live when its server's house is left."""

    def __init__(self, house: House, told: list[str]) -> None:
        self.record = CallRecord("c", DID, "1", "hello", "v", 0.0)
        self._house = house
        self._told = told

    def end(self, reason: str) -> None:
        self._told.append(reason)
        asyncio.get_running_loop().call_soon(self._house.switchboard.disconnect, self)


def test_the_calls_end_before_what_they_use_is_closed(tmp_path: Path):
    async def leave() -> None:
        told: list[str] = []
        house = house_in(tmp_path, Speech())
        close = house.equipment.meter.close
        house.equipment.meter.close = lambda: told.append("closed")  # type: ignore[method-assign]
        async with house.open():
            house.switchboard.connect(Staying(house, told))  # type: ignore[arg-type]
        close()
        assert told == ["server_shutdown", "closed"]
        assert len(house.switchboard) == 0

    asyncio.run(leave())
