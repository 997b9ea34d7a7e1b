import asyncio
import contextlib
import json
import socket
import traceback

import pytest
from raw_http import DROP, HANG, Exchange, raw_server

from runtime.carrier.call_order import (
    CallOrder,
    CallRefused,
    CarrierError,
    CarrierUnreachable,
    UnknownWhetherPlaced,
    Webhook,
)
from runtime.carrier.phone_number import BadNumber
from runtime.carrier.rest import CarrierClient

pytestmark = pytest.mark.network

ORDER = CallOrder("98000 00001", "8645012345", "wss://b/media/1", Webhook("https://b/hook"))
GOOD = Exchange(200, (), (b'{"success":true,"response":{"callId":"c1","status":"initiated"}}',))


class Naps:
    """Sleeps that take no time."""

    def __init__(self):
        self.seconds = []

    async def __call__(self, seconds):
        self.seconds.append(seconds)


async def place(base_url, order=ORDER, **wishes):
    client = CarrierClient(base_url, "k3y\u00e9", **wishes)
    try:
        return await client.place(order)
    finally:
        await client.close()


def placed(*exchanges, **wishes):
    """Order one call of a server that answers so; return the requests that it got, and the end."""

    async def go():
        async with raw_server(*exchanges) as server:
            try:
                outcome = await place(server.base_url.removesuffix("/v1"), **wishes)
            except (BadNumber, CarrierError) as error:
                outcome = error
            return server.requests, outcome

    return asyncio.run(go())


@pytest.mark.parametrize(("as_string", "kind"), [(False, dict), (True, str)])
def test_an_order_is_posted_with_the_key(as_string, kind):
    [request], outcome = placed(GOOD, webhook_as_string=as_string)
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/voice-stream/call HTTP/1.1\r\n")
    assert b"\r\nx-metro-api-key: k3y\xc3\xa9\r\n" in head + b"\r\n"
    assert b"\r\ncontent-type: application/json\r\n" in head + b"\r\n"
    assert json.loads(body)["mobile_number"] == "9800000001"
    assert isinstance(json.loads(body)["webhook_details"], kind)
    assert outcome.call_id == "c1"


def test_a_bad_number_is_refused_before_anything_is_sent():
    requests, outcome = placed(order=CallOrder("1", "8645012345", "wss://b/media/1"))
    assert requests == []
    assert isinstance(outcome, BadNumber)


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(200, (), (DROP,)),
        Exchange(200, (), (b'{"success":', DROP)),
        Exchange(500, (), (b'{"success":false,"error":{"code":1500,"reason":"oh"}}',)),
        Exchange(503, (), ()),
        Exchange(200, (), (b"not JSON",)),
        Exchange(200, (), (b" " * 60_000, b" " * 60_000)),
    ],
    ids=["dropped", "broken", "500", "503", "unreadable", "endless"],
)
def test_what_may_have_arrived_is_not_sent_again_and_the_error_says_so(exchange):
    requests, outcome = placed(exchange)
    assert len(requests) == 1
    assert isinstance(outcome, UnknownWhetherPlaced)


def test_a_connection_that_breaks_before_any_answer_leaves_the_call_unknown():
    connections = []

    async def go():
        async def serve(reader, writer):
            connections.append(await reader.readuntil(b"\r\n\r\n"))
            writer.transport.abort()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(UnknownWhetherPlaced):
                await place(f"http://127.0.0.1:{port}")

    asyncio.run(go())
    assert len(connections) == 1


def test_silence_beyond_the_timeout_leaves_the_call_unknown():
    requests, outcome = placed(Exchange(200, (), (HANG,)), timeout=0.05)
    assert len(requests) == 1
    assert isinstance(outcome, UnknownWhetherPlaced)
    assert "within 0.05 s" in str(outcome)


def test_a_refusal_is_an_error_with_code_and_reason():
    refusal = b'{"success":false,"error":{"code":1022,"reason":"Organisation does not exists"}}'
    requests, outcome = placed(Exchange(400, (), (refusal,)))
    assert len(requests) == 1
    assert isinstance(outcome, CallRefused)
    assert (outcome.code, outcome.reason) == (1022, "Organisation does not exists")


def test_a_redirect_is_not_followed():
    requests, outcome = placed(Exchange(307, ("location: /elsewhere",), ()), GOOD)
    assert len(requests) == 1
    assert isinstance(outcome, CallRefused)


def test_each_order_has_a_connection_of_its_own():
    async def go():
        async with raw_server(GOOD, GOOD) as server:
            client = CarrierClient(server.base_url.removesuffix("/v1"), "k")
            await client.place(ORDER)
            await client.place(ORDER)
            await client.close()
            return server.connections

    assert asyncio.run(go()) == 2


@contextlib.contextmanager
def closed_port():
    """A port on which nothing listens, held so that nobody takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held


def test_a_refused_connection_is_tried_again_until_the_carrier_is_there():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"success":true,"response":{"callId":"c1"}}'
        writer.write(b"HTTP/1.1 200 X\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    async def go():
        with closed_port() as held:
            servers = []

            async def comes_up(seconds):
                servers.append((seconds, await asyncio.start_server(answer, sock=held)))

            initiated = await place(f"http://127.0.0.1:{held.getsockname()[1]}", sleep=comes_up)
            [(seconds, server)] = servers
            server.close()
            return seconds, initiated.call_id

    assert asyncio.run(go()) == (0.5, "c1")


def test_a_carrier_that_refuses_every_connection_has_placed_nothing():
    naps = Naps()
    with closed_port() as held, pytest.raises(CarrierUnreachable):
        asyncio.run(place(f"http://127.0.0.1:{held.getsockname()[1]}", sleep=naps))
    assert naps.seconds == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("base_url", ["http://nowhere.invalid", "ftp://127.0.0.1", "http://h:x"])
def test_what_cannot_be_connected_to_otherwise_is_not_tried_again(base_url):
    naps = Naps()
    with pytest.raises(CarrierUnreachable):
        asyncio.run(place(base_url, sleep=naps))
    assert naps.seconds == []


def test_a_key_that_no_header_holds_sends_nothing_and_is_not_shown():
    async def go():
        async with raw_server(GOOD) as server:
            client = CarrierClient(server.base_url.removesuffix("/v1"), "s3cret\r\nx: y")
            with pytest.raises(CarrierUnreachable) as unreachable:
                await client.place(ORDER)
            shown = "".join(traceback.format_exception(unreachable.value))
            assert "s3cret" not in shown
            await client.close()
            return server.requests

    assert asyncio.run(go()) == []
