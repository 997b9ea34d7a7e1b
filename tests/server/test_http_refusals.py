"""Whatever is wrong is answered with a problem document, and tells nothing of our inside."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from databases import postgres
from running import Running, running
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.server.asking import LARGEST_BODY, body_of, json_of
from runtime.server.border import Border
from runtime.server.problems import Json, Refused, on_refused
from runtime.server.shapes import PlaceCall
from runtime.store import migration


def served(tmp_path: Path, talk: Callable[[Running], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        async with running(tmp_path, **settings) as server:
            await talk(server)

    asyncio.run(run())


async def request(server: Running, method: str, path: str, **more: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(verify=False) as client:
        return await client.request(method, f"http://{server.address}{path}", **more)


def the_problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """Check that it is a problem document of that status; return it."""
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert (answer.status_code, content["status"]) == (status, status)
    assert content["title"]
    assert content["detail"]
    return content


BAD_QUERIES: list[Any] = [
    ("lmit=5", "lmit"),
    ("limit=0", "limit"),
    ("limit=501", "limit"),
    ("limit=-1", "limit"),
    ("limit=1.0", "limit"),
    ("limit=%201", "limit"),
    ("limit=1_0", "limit"),
    ("limit=" + "9" * 5000, "limit"),
    ("limit=", "limit"),
    ("limit=5&limit=6", "limit"),
    ("state=Live", "state"),
    ("state=", "state"),
    ("did=", "did"),
    ("did=%00", "did"),
    ("did=" + "x" * 201, "did"),
    ("flow=a%0Ab", "flow"),
    ("flow=%FF", "query"),
    ("flow=%ED%A0%80", "query"),
    ("before=../x", "before"),
    ("&".join(f"a{n}=1" for n in range(60)), "query"),
]


@pytest.mark.network
def test_a_parameter_that_is_not_understood_is_named(tmp_path: Path):
    async def talk(server: Running) -> None:
        for query, field in BAD_QUERIES:
            answer = await server.get(f"/v1/calls?{query}")
            assert the_problem(answer, 422)["field"] == field

    served(tmp_path, talk)


BAD_PLACES: list[Any] = [
    ("?after=x", {}, "after"),
    ("?after=9223372036854775808", {}, "after"),
    ("?wait=-1", {}, "wait"),
    ("?since=1", {}, "since"),
    ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
    ("", {"Last-Event-ID": ""}, "Last-Event-ID"),
    ("", {"Last-Event-ID": "9" * 19 + "0"}, "Last-Event-ID"),
]


@pytest.mark.network
def test_nor_does_a_stream_guess(tmp_path: Path):
    async def talk(server: Running) -> None:
        for query, headers, field in BAD_PLACES:
            answer = await server.get(f"/v1/events{query}", headers=headers)
            assert the_problem(answer, 422)["field"] == field

    served(tmp_path, talk)


NOT_THERE: list[Any] = [
    ("GET", "/v1/calls/", 404),
    ("GET", "/v1/calls/%00", 404),
    ("GET", "/v1/calls/%FF%FE", 404),
    ("GET", "/v1/calls/a%2Fb", 404),
    ("GET", "/v1/calls/" + "a" * 3000, 404),
    ("DELETE", "/v1/calls/nobody", 404),
    ("GET", "/v1", 404),
    ("GET", "/media/8645012345", 404),
    ("POST", "/v1/flows", 405),
    ("PATCH", "/v1/calls/nobody", 405),
    ("TRACE", "/health", 405),
    ("PROPFIND", "/v1/events", 405),
]


@pytest.mark.network
def test_what_is_not_there_is_a_problem(tmp_path: Path):
    async def talk(server: Running) -> None:
        for method, path, status in NOT_THERE:
            answer = await request(server, method, path)
            the_problem(answer, status)
            if status == 405:
                assert "GET" in answer.headers["allow"]

    served(tmp_path, talk)


@pytest.mark.network
def test_options_tells_what_a_path_takes_and_head_has_the_headers_of_get(tmp_path: Path):
    async def talk(server: Running) -> None:
        options = await request(server, "OPTIONS", "/v1/calls/some")
        assert (options.status_code, options.content) == (204, b"")
        assert options.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
        for path in ("/health", "/metrics", "/v1/flows", "/v1/calls", "/v1/openapi.json"):
            head, get = await request(server, "HEAD", path), await server.get(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-type"] == get.headers["content-type"]
        stream = await request(server, "HEAD", "/v1/events")
        assert (stream.status_code, stream.content) == (200, b"")
        assert server.house.events.readers == 0

    served(tmp_path, talk)


TOKENS: list[Any] = [
    (None, "Bearer"),
    ("t0", "Bearer"),
    ("Basic t0", "Bearer"),
    ("Bearer", 'Bearer error="invalid_token"'),
    ("Bearer t1", 'Bearer error="invalid_token"'),
    ("Bearer t0t0", 'Bearer error="invalid_token"'),
    (b"Bearer \xff", 'Bearer error="invalid_token"'),
    ("bearer t0", None),
    ("Bearer t0", None),
]


@pytest.mark.network
def test_the_token_is_asked_for_below_v1_and_nowhere_else(tmp_path: Path):
    async def talk(server: Running) -> None:
        for given, challenge in TOKENS:
            headers = {} if given is None else {"Authorization": given}
            for path in ("/v1/flows", "/v1/calls", "/v1/openapi.json", "/v1/nowhere", "/v1"):
                answer = await server.get(path, headers=headers)
                if challenge is None:
                    assert answer.status_code == (404 if path in ("/v1", "/v1/nowhere") else 200)
                else:
                    the_problem(answer, 401)
                    assert answer.headers["www-authenticate"] == challenge
            for path in ("/health", "/ready", "/metrics"):
                assert (await server.get(path)).status_code == 200
            # However the path is spelt.
            for path in ("/v1%2Fcalls", "/%761/calls"):
                assert (await server.get(path)).status_code == 401

    served(tmp_path, talk, api={"token": "t0"})


@pytest.mark.network
def test_where_postgresql_is_away_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async def talk(url: str, gone: Callable[[], None]) -> None:
        async with running(tmp_path, store={"url": url}) as server:
            assert (await server.get("/v1/calls")).status_code == 200
            await asyncio.to_thread(gone)
            for path in ("/v1/calls?did=1234", "/v1/calls/some", "/v1/events"):
                answer = await server.get(path)
                the_problem(answer, 503)
                assert answer.headers["retry-after"] == "5"
            assert (await server.get("/health")).status_code == 200
            assert (await server.get("/v1/flows")).status_code == 200

    with postgres() as database:
        migration.upgrade(database)
        asyncio.run(talk(database.url, lambda: drop(database.url)))
    assert "database_away" in [record.getMessage() for record in caplog.records]
    assert "1234" not in caplog.text


def drop(url: str) -> None:
    """Take a database away from under those who use it."""
    import psycopg

    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
        connection.execute(f"CREATE DATABASE {name} ALLOW_CONNECTIONS false")  # type: ignore[call-overload]


def test_a_fault_of_ours_tells_nothing_of_itself(caplog: pytest.LogCaptureFixture):
    async def broken(request: Request) -> Response:
        raise ValueError("what somebody said")

    answer = asked(broken, "GET")
    assert "somebody" not in the_problem(answer, 500)["detail"]
    [record] = [x for x in caplog.records if x.getMessage() == "request_failed"]
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("content", "media_type", "status", "field"),
    [
        (b"{", "application/json", 400, None),
        (b"", "application/json", 400, None),
        (b'"\xff"', "application/json", 400, None),
        (b"NaN", "application/json", 400, None),
        (b"{}", "text/plain", 415, None),
        (b"{}", None, 415, None),
        (b" " * (LARGEST_BODY + 1), "application/json", 413, None),
        (b"[]", "application/json", 422, "body"),
        (b"{}", "application/json", 422, "mobile_number"),
        (b'{"mobile_number":9800000000,"did":"1"}', "application/json", 422, "mobile_number"),
        (b'{"mobile_number":"1","did":"1","x":1}', "application/json", 422, "x"),
        (b'{"mobile_number":"1","did":"1"}', "Application/JSON; charset=utf-8", 200, None),
    ],
)
def test_a_body_is_read_strictly(content: bytes, media_type: str | None, status: int, field):
    async def place(request: Request) -> Response:
        return Json((await body_of(request, PlaceCall)).model_dump())

    headers = {"content-type": media_type} if media_type else {}
    answer = asked(place, "POST", content=content, headers=headers)
    if status != 200:
        assert the_problem(answer, status).get("field") == field
    else:
        assert answer.json()["variables"] == {}


def test_a_webhook_may_be_any_json():
    async def hook(request: Request) -> Response:
        return Json({"read": await json_of(request)})

    headers = {"content-type": "application/json"}
    for content, read in ((b"null", None), (b'["x"]', ["x"]), (b"1.5", 1.5)):
        answer = asked(hook, "POST", content=content, headers=headers)
        assert answer.json() == {"read": read}


def asked(answer: Any, method: str, **more: Any) -> httpx2.Response:
    """Ask an app of one route, with the house's border around it."""
    app = Starlette(
        routes=[Route("/", answer, methods=[method])],
        middleware=[Middleware(Border, token=None)],
        exception_handlers={Refused: on_refused},
    )

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, verify=False) as client:
            return await client.request(method, "http://house/", **more)

    return asyncio.run(ask())
