import asyncio
import base64
import json
from pathlib import Path

import pytest
from running import DID, HELLO, SILENCE, Carrier, calling, running

from runtime.call.session import CallSession
from runtime.carrier.token import did_token

pytestmark = pytest.mark.network

both_ways = pytest.mark.parametrize(
    "way", [{"media_path": "direct"}, {"media_path": "stock"}], ids=["direct", "stock"]
)
"""Settings of the server: how frames reach the call."""


@both_ways
def test_a_call_goes_from_greeting_to_a_goodbye_that_is_heard_before_1000(
    tmp_path: Path, way: dict[str, str]
):
    async def call() -> None:
        async with (
            running(tmp_path, server=way) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            assert await carrier.next("connected") == {
                "event": "connected",
                "data": {"callId": "carrier-1"},
            }
            greeting = await carrier.next("greeting")
            assert greeting["callId"] == "carrier-1"
            assert len(carrier.sound(greeting)) == len("Hello.") * 5 * 8
            await carrier.media(SILENCE)
            await carrier.next("media")
            await server.has_been_heard(2)
            await carrier.say()
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert record["end_reason"] == "hangup"
            assert [(turn["who"], turn["text"]) for turn in record["turns"]] == [
                ("bot", "Hello."),
                ("bot", "What next?"),
                ("caller", "book"),
                ("bot", "Bye."),
            ]

    asyncio.run(call())


@pytest.mark.parametrize(
    "wrap",
    [
        lambda audio: {"type": "Buffer", "data": list(audio)},
        lambda audio: base64.b64encode(audio).decode(),
        list,
    ],
    ids=["buffer", "base64", "list"],
)
def test_every_form_of_payload_is_heard(tmp_path: Path, wrap):
    async def call() -> None:
        async with running(tmp_path) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.send({"event": "media", "payload": wrap(SILENCE)})
            await carrier.next("media")

    asyncio.run(call())


@both_ways
def test_a_binary_frame_is_heard_as_the_payload_of_media(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with (
            running(tmp_path, server=way) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.send(SILENCE)
            await carrier.next("media")

    asyncio.run(call())


def test_a_key_pressed_while_we_speak_stops_us_and_is_understood(tmp_path: Path):
    flow = HELLO.replace("What next?", "What next? " + "Please choose. " * 40)

    async def call() -> None:
        async with running(tmp_path, flow) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.media(SILENCE)
            await carrier.next("media")
            await carrier.press(1)
            assert await carrier.closed() == 1000
            assert "interrupt" in [message["event"] for message in carrier.heard]
            record = await server.ended_call()
            cut = record["turns"][1]["text"]
            assert len(cut) < len("What next? " + "Please choose. " * 40)
            assert record["turns"][2]["how"] == "digit"

    asyncio.run(call())


def test_speech_while_we_speak_sends_an_interrupt(tmp_path: Path):
    flow = HELLO.replace("What next?", "Please choose. " * 60)

    async def call() -> None:
        async with running(tmp_path, flow) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.media(SILENCE)
            await carrier.next("media")
            await carrier.say()
            assert await carrier.closed() == 1000
            assert "interrupt" in [message["event"] for message in carrier.heard]

    asyncio.run(call())


async def _first(carrier: Carrier, *messages: object) -> int:
    for message in messages:
        await carrier.send(message)
    return await carrier.closed()


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("not json", 1002),
        ("[]", 1002),
        ('{"event":"media"}', 1002),
        ('{"event":"connected"}', 1002),
        ('{"event":"connected","callId":"","mobileNo":"1"}', 1002),
        (b"\xff\xff", 1002),
    ],
)
def test_a_first_message_that_is_no_connected_is_closed_with_1002(tmp_path: Path, first, code):
    async def call() -> None:
        async with running(tmp_path) as server, calling(server) as carrier:
            assert await _first(carrier, first) == code

    asyncio.run(call())


@both_ways
def test_four_frames_that_are_no_json_are_forgiven_and_the_fifth_closes_with_1002(
    tmp_path: Path, way: dict[str, str]
):
    async def call() -> None:
        async with (
            running(tmp_path, server=way) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            for _ in range(4):
                await carrier.send("{")
            await carrier.send({"event": "no such event"})
            await carrier.send({"event": "media", "payload": "no audio!"})
            await carrier.media(SILENCE)
            await carrier.next("media")
            await carrier.send("[1]")
            assert await carrier.closed() == 1002

    asyncio.run(call())


@both_ways
def test_a_frame_above_1_mb_is_closed_with_1009(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with (
            running(tmp_path, server=way) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.send(json.dumps({"event": "media", "payload": "A" * 1_100_000}))
            assert await carrier.closed() == 1009
            assert (await server.ended_call())["end_reason"] == "caller_hung_up"

    asyncio.run(call())


def test_a_connection_that_never_registers_is_closed_with_1008(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("runtime.server.media.REGISTRATION_SECONDS", 0.05)

    async def call() -> None:
        async with running(tmp_path) as server, calling(server) as carrier:
            assert await carrier.closed() == 1008

    asyncio.run(call())


def test_a_call_that_has_gone_silent_is_ended(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("runtime.server.switchboard.IDLE_SECONDS", 0.05)
    monkeypatch.setattr("runtime.server.switchboard.LOOK_SECONDS", 0.02)

    async def call() -> None:
        async with running(tmp_path) as server, calling(server) as carrier:
            await carrier.connect()
            assert await carrier.closed() == 1000
            assert (await server.ended_call())["end_reason"] == "idle"

    asyncio.run(call())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/media/9999999999", 1008),
        ("/media", 1008),
        ("/media?did=9999999999", 1008),
    ],
)
def test_a_did_that_names_nothing_is_closed_with_1008(tmp_path: Path, path: str, code: int):
    async def call() -> None:
        async with running(tmp_path) as server, calling(server, path) as carrier:
            await carrier.connect()
            assert await carrier.closed() == code

    asyncio.run(call())


@pytest.mark.parametrize(
    ("path", "agent"),
    [
        ("/media/+918645012345", {}),
        ("/media?flow=hello", {}),
        (f"/media?did={DID}", {}),
        ("/media", {"agent": "hello"}),
    ],
)
def test_a_flow_is_found_by_did_query_or_agent(tmp_path: Path, path: str, agent: dict[str, str]):
    async def call() -> None:
        async with running(tmp_path) as server, calling(server, path) as carrier:
            await carrier.connect(**agent)
            await carrier.next("connected")
            await carrier.next("greeting")

    asyncio.run(call())


def test_the_default_of_the_dids_answers_what_nothing_else_does(tmp_path: Path):
    async def call() -> None:
        dids = "default: hello.yaml\n"
        async with running(tmp_path, dids=dids) as server, calling(server, "/media") as carrier:
            await carrier.connect()
            await carrier.next("connected")

    asyncio.run(call())


def test_with_a_secret_only_the_right_token_gets_a_call(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path, media={"secret": "s3"}) as server:
            for token in ("", "?token=", "?token=wrong", f"?token={did_token('s3', '8645012346')}"):
                async with calling(server, f"/media/{DID}{token}") as carrier:
                    assert await carrier.closed() == 1008
            right = did_token("s3", DID)
            async with calling(server, f"/media/{DID}?token={right}") as carrier:
                await carrier.connect()
                await carrier.next("connected")

    asyncio.run(call())


def test_a_call_beyond_the_limit_is_closed_with_1008(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path, server={"max_calls": 1}) as server, calling(server) as first:
            await first.connect()
            await first.next("connected")
            async with calling(server) as second:
                assert await second.closed() == 1008

    asyncio.run(call())


@both_ways
def test_a_carrier_that_vanishes_ends_the_call_as_hung_up(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with running(tmp_path, server=way) as server:
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                carrier.socket.transport.abort()
            record = await server.ended_call()
            assert record["end_reason"] == "caller_hung_up"
            assert record["turns"][0]["text"] == "Hello."

    asyncio.run(call())


@both_ways
def test_the_server_shutting_down_closes_live_calls_with_1001(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with (
            running(tmp_path, server=way) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await server.house.switchboard.drain(0)
            assert await carrier.closed() == 1001
            assert (await server.get("/ready")).status_code == 503

    asyncio.run(call())


@both_ways
def test_fragments_and_pings_between_frames_are_taken_in_order(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with running(tmp_path, server=way) as server, calling(server) as carrier:
            await carrier.send({"event": "connected", "callId": "c", "mobileNo": "1"})
            await carrier.next("connected")
            await carrier.next("greeting")
            for _ in range(3):
                await carrier.send("{")
            # The fourth and the fifth that are no JSON, the fourth in pieces with a ping behind it.
            await carrier.socket.send(["{", "{", "{"])
            await (await carrier.socket.ping(b"there?"))
            await carrier.media(SILENCE)
            await carrier.next("media")
            await carrier.socket.send([b"\xff" * 80, b"\xff" * 80])
            await carrier.send("{")
            assert await carrier.closed() == 1002

    asyncio.run(call())


@both_ways
def test_text_that_is_no_utf8_is_closed_with_1007(tmp_path: Path, way: dict[str, str]):
    async def call() -> None:
        async with running(tmp_path, server=way) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.socket.send(b"\xff\xfe", text=True)
            assert await carrier.closed() == 1007
            assert (await server.ended_call())["end_reason"] == "caller_hung_up"

    asyncio.run(call())


@both_ways
def test_a_fault_in_hearing_ends_that_call_and_no_other(
    tmp_path: Path, way: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    def fail(self: CallSession, frame: bytes) -> None:
        raise ZeroDivisionError

    async def call() -> None:
        async with running(tmp_path, server=way) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            with monkeypatch.context() as broken:
                broken.setattr(CallSession, "on_binary", fail)
                await carrier.send(SILENCE)
                assert await carrier.closed() == 1006
            assert (await server.ended_call())["end_reason"] == "fault"
            async with calling(server) as another:
                await another.connect()
                await another.next("connected")

    asyncio.run(call())
