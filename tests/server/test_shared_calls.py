"""Servers that share a PostgreSQL: each shows the calls of all, and can end them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import websockets
from databases import postgres
from running import DID, Carrier, Running, calling, running
from test_events_stream import reading

from runtime.outbound.outgoing_call import Dialling
from runtime.store import migration

pytestmark = pytest.mark.network


def shared(tmp_path: Path, talk: Callable[[Running, Running, Carrier], Awaitable[None]]) -> None:
    """Let `talk` go on with two servers, the first of which has a call."""

    async def run(url: str) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        store = {"url": url}
        async with (
            running(tmp_path / "one", store=store, server_name="one") as one,
            running(tmp_path / "two", store=store, server_name="two") as two,
            calling(one) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await talk(one, two, carrier)

    with postgres() as database:
        migration.upgrade(database)
        asyncio.run(run(database.url))


def test_each_shows_the_calls_of_both(tmp_path: Path):
    async def talk(one: Running, two: Running, carrier: Carrier) -> None:
        await one.house.store.writer.flushed()
        [seen] = (await two.get("/v1/calls?state=live")).json()["calls"]
        assert seen["call_id"] == carrier.call_id
        async with reading(two) as stream:
            await carrier.press(9)
            assert (await stream.until("turn"))["call"] == seen["id"]

    shared(tmp_path, talk)


def test_a_call_is_hung_up_at_whichever_server_is_asked(tmp_path: Path):
    async def talk(one: Running, two: Running, carrier: Carrier) -> None:
        await one.house.store.writer.flushed()
        [seen] = (await two.get("/v1/calls?state=live")).json()["calls"]
        path = f"/v1/calls/{seen['id']}"
        async with reading(one) as stream:
            assert (await two.delete(path)).status_code == 202
            assert (await stream.until("hang_up_asked"))["call"] == seen["id"]
            assert (await stream.until("call_ended"))["end_reason"] == "operator"
        assert await carrier.closed() == 1000
        assert (await two.delete(path)).status_code == 409
        assert (await one.delete(path)).status_code == 409

    shared(tmp_path, talk)


def test_a_call_that_one_has_placed_may_come_to_the_other(tmp_path: Path):
    async def talk(one: Running, two: Running, carrier: Carrier) -> None:
        call = Dialling("a" * 32, DID, "9811111111", "hello", "v", {}, "call.secret")
        await one.house.outgoing.calls.dial(call, time.time())
        async with websockets.connect(two.url(f"/media/{DID}?token=call.secret")) as socket:
            connected = {"event": "connected", "callId": "placed", "mobileNo": "9811111111"}
            await socket.send(json.dumps(connected))
            assert json.loads(await socket.recv())["event"] == "connected"
            await two.house.store.writer.flushed()
            for server in (one, two):
                seen = (await server.get(f"/v1/calls/{call.id}")).json()
                assert (seen["state"], seen["call_id"]) == ("live", "placed")
        assert (await two.ended_call(call.id))["outcome"] == "no_answer"

    shared(tmp_path, talk)
