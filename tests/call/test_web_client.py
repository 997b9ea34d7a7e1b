import asyncio
import gzip
import logging
import socket
import traceback
from collections.abc import AsyncGenerator

import pytest
from clinic_web import CLINIC, OTHER, PUBLIC, answered, clinic, failed, request
from web_service import Names, Received, reply

from runtime.call.public_network import PublicNetwork, system_names
from runtime.call.web_client import MAX_ANSWER_BYTES, WebClient
from runtime.flow.web import WebFailure, WebRequest

pytestmark = pytest.mark.network


def test_a_request_arrives_as_it_was_written_and_its_answer_comes_back():
    answer = reply(b'{"times": ["17:00"]}', 201, [("Content-Type", "application/json")])
    sent = request(method="POST", headers=[("X-Key", "k"), ("X-Name", "Zoë")], body=b"a=1")
    [came], [arrived] = answered(lambda _: answer, sent)
    assert (came.status, came.body) == (201, {"times": ["17:00"]})
    assert came.headers["content-type"] == "application/json"
    assert (arrived.method, arrived.target, arrived.body) == ("POST", "/times?day=friday", b"a=1")
    assert arrived.headers["host"] == CLINIC
    assert arrived.headers["x-key"] == "k"
    assert arrived.headers["x-name"].encode("latin-1").decode() == "Zoë"
    assert arrived.headers["user-agent"].startswith("callwright/")
    assert arrived.headers["content-length"] == "3"


def test_a_post_without_a_body_says_so_and_a_get_says_nothing():
    _, arrived = answered(lambda _: reply(), request(), request(method="POST"))
    lengths = [each.headers.get("content-length") for each in arrived]
    assert lengths == [None, "0"]


def test_the_host_is_told_with_its_port_and_an_address_in_its_brackets():
    names = Names({CLINIC: [(PUBLIC,)], "2606:4700::1111": [("2606:4700::1111",)]})
    sent = [request(f"http://{host}/") for host in (f"{CLINIC}:8080", "[2606:4700::1111]:8080")]
    _, arrived = answered(lambda _: reply(), *sent, names=names)
    hosts = [each.headers["host"] for each in arrived]
    assert hosts == ["clinic.example:8080", "[2606:4700::1111]:8080"]


def test_calls_share_connections_and_no_cookie_is_kept():
    async def run():
        answer = reply(headers=[("Set-Cookie", "who=caller-1")])
        async with clinic(lambda _: answer) as (service, client, _):
            for _ in range(3):
                await client.send(request())
            assert service.connections == 1
            assert not any("cookie" in each.headers for each in service.received)

    asyncio.run(run())


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    [came], _ = answered(lambda _: reply(), request())
    assert came.status == 200


def _counting_down(arrived: Received) -> bytes:
    left = int(arrived.target.strip("/"))
    if left == 0:
        return reply(b'"here"')
    return reply(status=307, headers=[("Location", f"/{left - 1}")])


def test_three_redirects_are_followed_and_a_fourth_is_not():
    [came], arrived = answered(_counting_down, request(f"http://{CLINIC}/3", "PUT", body=b"b"))
    assert came.body == "here"
    assert [(each.method, each.body) for each in arrived] == [("PUT", b"b")] * 4
    assert failed(_counting_down, request(f"http://{CLINIC}/4")).kind == "failed"


def test_a_redirect_to_another_host_takes_no_key_along():
    def answer(arrived: Received) -> bytes:
        if arrived.headers["host"] == CLINIC:
            return reply(status=303, headers=[("Location", "http://other.example/done")])
        return reply()

    names = Names({CLINIC: [(PUBLIC,)], "other.example": [(OTHER,)]})
    keys = [("Authorization", "Bearer k"), ("X-Key", "k"), ("Host", CLINIC)]
    _, (_, last) = answered(answer, request(headers=keys, method="POST", body=b"b"), names=names)
    assert (last.method, last.target, last.body) == ("GET", "/done", b"")
    assert last.headers["host"] == "other.example"
    assert "k" not in last.headers.values()
    assert "authorization" not in last.headers


@pytest.mark.parametrize("headers", [[], [("Location", "/on")]])
def test_what_is_no_redirect_is_an_answer(headers: list[tuple[str, str]]):
    status = 304 if headers else 302
    [came], _ = answered(lambda _: reply(b"", status, headers), request())
    assert came.status == status


def test_an_answer_may_have_a_megabyte_and_not_a_byte_more():
    [came], _ = answered(lambda _: reply(b"a" * MAX_ANSWER_BYTES), request())
    assert came.body == "a" * 1_000_000
    failure = failed(lambda _: reply(b"a" * (MAX_ANSWER_BYTES + 1)))
    assert failure.kind == "too_big"


def test_an_answer_without_end_is_stopped():
    async def endless(_: Received) -> AsyncGenerator[bytes, None]:
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        while True:
            yield b"10000\r\n" + b"a" * 0x10000 + b"\r\n"

    assert failed(endless).kind == "too_big"


def test_a_compressed_answer_is_unpacked_and_a_bomb_is_stopped():
    headers = [("Content-Encoding", "gzip")]
    [came], [arrived] = answered(
        lambda _: reply(gzip.compress(b'{"a": 1}'), 200, headers), request()
    )
    assert came.body == {"a": 1}
    assert arrived.headers["accept-encoding"] == "gzip, deflate"
    bomb = gzip.compress(bytes(5_000_000))
    assert len(bomb) < 10_000
    assert failed(lambda _: reply(bomb, 200, headers)).kind == "too_big"
    twice = [("Content-Encoding", "gzip, gzip")]
    assert failed(lambda _: reply(gzip.compress(bomb), 200, twice)).kind == "too_big"


async def _never(_: Received) -> AsyncGenerator[bytes, None]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    await asyncio.Event().wait()


async def _dripping(_: Received) -> AsyncGenerator[bytes, None]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
    while True:
        yield b"a"
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("answer", [_never, _dripping])
def test_the_timeout_is_for_the_whole_exchange(answer):
    failure = failed(answer, request(timeout=0.03))
    assert failure.kind == "timeout"
    assert failure.reason == "clinic.example did not answer within 0.03 s"


def test_a_slow_resolver_counts_too():
    async def asleep(host: str, port: int) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    assert failed(lambda _: reply(), request(timeout=0.01), names=asleep).kind == "timeout"


def test_connections_are_bounded_and_come_free_again():
    arrived_there = asyncio.Event()

    async def first_never(arrived: Received) -> AsyncGenerator[bytes, None]:
        if arrived.target == "/never":
            arrived_there.set()
            await asyncio.Event().wait()
        yield reply(headers=[("Connection", "close")])

    async def run():
        async with clinic(first_never, connections=1) as (service, client, _):
            async with asyncio.TaskGroup() as tasks:
                hanging = tasks.create_task(client.send(request(f"http://{CLINIC}/never")))
                await arrived_there.wait()
                with pytest.raises(WebFailure) as caught:
                    await client.send(request(timeout=0.01))
                assert caught.value.kind == "timeout"
                assert len(service.received) == 1
                hanging.cancel()
            assert (await client.send(request())).status == 200

    asyncio.run(run())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000,
        reply(b"not gzip", 200, [("Content-Encoding", "gzip")]),
        reply(b"", 200, [("Content-Encoding", ", ".join(["gzip"] * 9))]),
    ],
)
def test_a_broken_answer_is_a_failure(raw: bytes):
    async def answer(_: Received) -> AsyncGenerator[bytes, None]:
        yield raw

    assert failed(answer).kind == "failed"


def test_a_name_that_nobody_knows_and_a_closed_port_are_failures():
    async def unknown(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    assert failed(lambda _: reply(), names=unknown).reason == "clinic.example cannot be reached"
    assert failed(lambda _: reply(), request("http://a..b/"), names=system_names).kind == "failed"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"

        async def run():
            client = WebClient(PublicNetwork(allow_private=True))
            with pytest.raises(WebFailure, match=r"127\.0\.0\.1 cannot be reached"):
                await client.send(request(url))
            await client.close()

        asyncio.run(run())


SECRET = "s3cret"
SECRETIVE = WebRequest(
    "POST", f"http://{CLINIC}/?key={SECRET}", (("X-Key", SECRET),), SECRET.encode(), 5.0
)


def _line(record: logging.LogRecord) -> dict[str, object]:
    return {
        name: vars(record)[name]
        for name in ("method", "host", "status", "why")
        if hasattr(record, name)
    }


def test_the_log_tells_of_a_request_without_what_is_in_it(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    answered(lambda _: reply(), SECRETIVE)
    [record] = [each for each in caplog.records if each.name.startswith("runtime")]
    assert record.message == "web_request"
    assert _line(record) == {"method": "POST", "host": CLINIC, "status": 200}
    assert isinstance(vars(record)["ms"], int)
    assert any(each.name.startswith("httpcore2") for each in caplog.records)
    assert SECRET not in "".join(str(vars(each)) + each.getMessage() for each in caplog.records)


BAD_HEADER = WebRequest("GET", f"http://{CLINIC}/", (("X-Key", f"{SECRET}\r\nX: y"),), b"", 5.0)
BAD_NAME = WebRequest("GET", f"http://{CLINIC}/", ((f"Zoë {SECRET}", "k"),), b"", 5.0)
NO_ADDRESS = WebRequest("GET", f"http://user:{SECRET}@{CLINIC}/", (), b"", 5.0)
NO_PORT = WebRequest("GET", f"http://{CLINIC}:{SECRET}/", (), b"", 5.0)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        *((BAD_HEADER, reply()), (BAD_NAME, reply()), (NO_ADDRESS, reply()), (NO_PORT, reply())),
        (SECRETIVE, f"{SECRET}\r\n\r\n".encode()),
        (SECRETIVE, reply(b"a" * 1_000_001)),
        (SECRETIVE, reply(SECRET.encode(), 200, [("Content-Encoding", "gzip")])),
        (SECRETIVE, reply(b"", 302, [("Location", f"ftp://{CLINIC}/{SECRET}")])),
        (SECRETIVE, reply(b"", 302, [("Location", f"http://a:{SECRET}/")])),
    ],
)
def test_a_failure_is_told_without_any_secret(
    sent: WebRequest, answer: bytes, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    failure = failed(lambda _: answer, sent)
    told = "".join(traceback.format_exception(failure))
    assert len(failure.reason) < 100
    assert SECRET not in told
    [record] = caplog.records
    assert record.message == "web_request_failed"
    assert _line(record).get("why") == failure.kind
    assert SECRET not in str(vars(record))
