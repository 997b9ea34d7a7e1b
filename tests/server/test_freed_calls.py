"""An ended call is freed at once: nothing of it waits for the garbage collector.

A full collection holds all live calls up, for the longer the more of ended ones it finds.
"""

import asyncio
import gc
import socket
import types
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from running import DID, SILENCE, Carrier, Running, Speech, calling, running, until
from websockets.server import ServerProtocol

from bench.frames import Opcode, client_frame, handshake
from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.carrier.carrier_messages import connected
from runtime.server import switchboard

pytestmark = pytest.mark.network

uvloop = pytest.importorskip("uvloop", reason="asyncio's own transports hold themselves")

FLOW = """
greeting: Hello.
start: menu
intents:
  book: {words: [book], digit: 1}
  ask_it: {words: [assistant], digit: 2}
  leave: {words: [message], digit: 3}
  look: {words: [look], digit: 4}
slots:
  day: {type: date, ask: Which day?}
requests:
  find: {get: 'http://127.0.0.1:PORT/', timeout: 20s, hold: One moment.}
states:
  menu:
    ask: What next? I can book, and you may ask me, or leave a message, or have me look it up.
    on: {book: book, ask_it: assistant, leave: message, look: find, "9": bye}
  book: {collect: [day], next: bye}
  assistant: {prompt: Be brief., say: Yes?, on: {book: bye}, give_up: bye}
  message: {record: Speak., next: bye}
  find: {request: find, on: {error: bye}, next: bye}
  bye: {hangup: Bye.}
"""


@dataclass
class Served(Running):
    """A server, and the authors' service that it may ask: it takes connections, and is silent."""

    service: socket.socket


Life = Callable[[Served, Carrier], Awaitable[None]]


async def plays_out(server: Served, carrier: Carrier) -> None:
    await carrier.press(9)
    await carrier.closed()


async def hangs_up(server: Served, carrier: Carrier) -> None:
    await carrier.socket.close()


async def vanishes(server: Served, carrier: Carrier) -> None:
    carrier.socket.transport.abort()


async def says_something(server: Served, carrier: Carrier) -> None:
    await server.has_been_heard(2)
    await carrier.say()
    await until(lambda: session_of(server).state.misses)
    await carrier.socket.close()


async def interrupts(server: Served, carrier: Carrier) -> None:
    await carrier.say_on(2)
    await carrier.socket.close()


async def is_hung_up(server: Served, carrier: Carrier) -> None:
    server.house.switchboard.hang_up(server.newest_record().id)
    await carrier.closed()


async def is_left(server: Served, carrier: Carrier) -> None:
    session_of(server).take_leave()
    await carrier.closed()


async def breaks_the_protocol(server: Served, carrier: Carrier) -> None:
    for _ in range(5):
        await carrier.send("{")
    await carrier.closed()


async def talks_to_a_model(server: Served, carrier: Carrier) -> None:
    await carrier.press(2)
    await until(lambda: session_of(server).state.state == "assistant")
    await until(lambda: not session_of(server).state.speaking)
    await carrier.say()
    await until(lambda: session_of(server).state.errand)
    await carrier.socket.close()


async def leaves_a_message(server: Served, carrier: Carrier) -> None:
    await carrier.press(3)
    await until(lambda: session_of(server).state.is_recording)
    await carrier.say()
    await carrier.socket.close()


async def waits_for_a_web_service(server: Served, carrier: Carrier) -> None:
    await carrier.press(4)
    loop = asyncio.get_running_loop()
    asking, _ = await loop.sock_accept(server.service)
    with asking:
        await loop.sock_recv(asking, 1)
        await carrier.socket.close()


LIVES = (
    *(plays_out, hangs_up, vanishes, says_something, interrupts, is_hung_up, is_left),
    *(breaks_the_protocol, talks_to_a_model, leaves_a_message, waits_for_a_web_service),
)


def session_of(server: Served) -> Any:
    return server.house.switchboard.session(server.newest_record().id)


@asynccontextmanager
async def serving(folder: Path, way: str) -> AsyncIterator[Served]:
    """Serve `FLOW`."""
    model = {"use": "scripted", "delay_seconds": 30}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        async with running(
            folder,
            FLOW.replace("PORT", str(silent.getsockname()[1])),
            providers=Speech(
                ScriptedSpeechToText("and then"), ScriptedTextToSpeech(milliseconds_per_character=5)
            ),
            named={"stt": {"local": {}}, "tts": {"local": {}}, "llm": {"model": model}},
            defaults={"llm": ["model"]},
            server={"media_path": way},
            requests={"allow_private": True},
        ) as server:
            yield Served(server.house, server.address, server.flows, silent)


async def lead(server: Served, life: Life) -> "tuple[ref[Any], Carrier]":
    """Lead a call to its end; return what tells whether it still exists, and its other side."""
    async with calling(server) as carrier:
        await carrier.connect()
        await carrier.next("connected")
        await carrier.next("greeting")
        await carrier.media(SILENCE)
        await carrier.next("media")
        session = ref(session_of(server))
        await life(server, carrier)
    await until(lambda: not len(server.house.switchboard))
    # The socket's last callbacks.
    for _ in range(20):
        await asyncio.sleep(0)
    return session, carrier


@contextmanager
def uncollected() -> Iterator[list[object]]:
    """Keep the collector from work; what it would have found is in the list when the block ends."""
    gc.collect()
    gc.disable()
    found: list[object] = []
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("way", ["direct", "stock"])
@pytest.mark.parametrize("life", LIVES)
def test_an_ended_call_leaves_nothing_to_the_collector(
    tmp_path: Path, way: str, life: Life, monkeypatch: pytest.MonkeyPatch
):
    # Every call is looked after while it is live, which must not hold it.
    monkeypatch.setattr(switchboard, "LOOK_SECONDS", 0.001)

    async def live() -> None:
        async with serving(tmp_path, way) as server:
            # What is made once and kept, such as caches, is made by the first call.
            await lead(server, life)
            with uncollected() as found:
                # What the caller's own side leaves is not ours to free.
                session, _carrier = await lead(server, life)
                assert session() is None
            left = Counter(map(_named, filter(_is_a_calls, found)))
            assert not left

    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        runner.run(live())


def test_who_leaves_with_his_close_frame_and_waits_for_no_answer_leaves_nothing(tmp_path: Path):
    async def leave(server: Served) -> None:
        host, _, port = server.address.rpartition(":")
        with await asyncio.to_thread(socket.create_connection, (host, int(port))) as caller:
            caller.sendall(handshake(host, int(port), f"/media/{DID}"))
            await asyncio.to_thread(caller.recv, 1000)
            caller.sendall(client_frame(Opcode.TEXT, connected("a-call", "9800000001").encode()))
            await until(lambda: len(server.house.switchboard))
            await asyncio.to_thread(caller.recv, 1, socket.MSG_PEEK)
            caller.sendall(client_frame(Opcode.CLOSE, (1000).to_bytes(2)))
            # What is left unread makes this no end but a reset.
        await until(lambda: not len(server.house.switchboard))
        for _ in range(20):
            await asyncio.sleep(0)

    async def live() -> None:
        async with serving(tmp_path, "direct") as server:
            await leave(server)
            with uncollected():
                await leave(server)
                # The collector would close its generators, and so never list it.
                left = [thing for thing in gc.get_objects() if type(thing) is ServerProtocol]
            assert not left

    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        runner.run(live())


def _is_a_calls(thing: object) -> bool:
    """Whether it may belong to a call: the store makes statements, and looks on its own account."""
    return type(thing) not in PLAIN and not type(thing).__module__.startswith("sqlalchemy.")


PLAIN = (dict, list, set, frozenset, tuple)
"""They say nothing of whose they are; what makes a call's cycles is never of these alone."""


def _named(thing: object) -> str:
    # `type` and not `isinstance`: a weak proxy would ask what it stood for.
    if type(thing) is types.FrameType:
        return f"frame of {thing.f_code.co_qualname}"
    name = thing.__qualname__ if type(thing) in NAMED else ""  # type: ignore[attr-defined]
    return f"{type(thing).__module__}.{type(thing).__qualname__} {name}".strip()


NAMED = (types.FunctionType, types.MethodType, types.CoroutineType, types.GeneratorType)
