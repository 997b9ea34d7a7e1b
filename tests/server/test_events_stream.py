import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from running import HELLO, Running, calling, running, until

from runtime.server.shapes import EVENTS
from runtime.store.changes import CallBegun, CallChanged, Told

pytestmark = pytest.mark.network


@dataclass
class Stream:
    """One who reads along; what he has read, by id, kind and data."""

    lines: AsyncIterator[str]
    events: list[tuple[str | None, str, dict[str, Any]]] = field(default_factory=list)
    last_id: str = ""
    comments: int = 0

    async def until(self, kind: str) -> dict[str, Any]:
        """Read on to the next event of that kind."""
        async with asyncio.timeout(5):
            while True:
                event = await self.next()
                assert event is not None, f"the stream ended without {kind}"
                if event[1] == kind:
                    return event[2]

    async def next(self) -> tuple[str | None, str, dict[str, Any]] | None:
        """Return the next event; None when the stream has ended."""
        block: dict[str, str] = {}
        async for line in self.lines:
            name, _, value = line.partition(": ")
            if line:
                block[name] = value
                self.comments += not name
                continue
            self.last_id = block.get("id", self.last_id)
            if "data" in block:
                event = (block.get("id"), block["event"], json.loads(block["data"]))
                self.events.append(event)
                return event
            block = {}
        return None

    async def rest(self) -> list[str]:
        """Read to the end; return the kinds."""
        async with asyncio.timeout(5):
            while await self.next() is not None:
                pass
        return [kind for _, kind, _ in self.events]


@asynccontextmanager
async def reading(server: Running, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    async with (
        httpx2.AsyncClient(verify=False, timeout=10) as client,
        client.stream(
            "GET", f"http://{server.address}/v1/events{query}", headers=headers
        ) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "text/event-stream"
        yield Stream(answer.aiter_lines())


def served(
    tmp_path: Path, talk: Callable[[Running], Awaitable[None]], flow: str = HELLO, **settings: Any
) -> None:
    async def run() -> None:
        async with running(tmp_path, flow, **settings) as server:
            await talk(server)

    asyncio.run(run())


async def one_call(server: Running, path: str | None = None) -> None:
    async with calling(server, *([path] if path else [])) as carrier:
        await carrier.connect()
        await carrier.next("connected")


def begun(id_: str, **more: object) -> CallBegun:
    values = {
        **{"call_id": f"carrier-{id_}", "did": "8645012345", "mobile": "9800000000"},
        **{"direction": "incoming", "flow": "hello", "flow_version": "abc", "state": "live"},
        **{"started_at": 1.0, "variables": {}, "slots": {}, "usage": []},
    }
    return CallBegun(id_, 1.0, {**values, **more})


def test_a_reader_sees_a_call_from_its_start_to_its_end_and_a_flow_that_is_saved(tmp_path: Path):
    async def talk(server: Running) -> None:
        async with reading(server) as stream:
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                started = await stream.until("call_started")
                assert (started["call_id"], started["flow"]) == ("carrier-1", "hello")
                await carrier.press(9)
            ended = await stream.until("call_ended")
            assert ended["call"] == started["call"]
            (server.flows / "hello.yaml").write_text(HELLO.replace("Hello.", "Good day."))
            assert (await stream.until("flow_loaded"))["flow"] == "hello"
            (server.flows / "hello.yaml").write_text("greeting: [")
            assert (await stream.until("flow_refused"))["file"] == "hello.yaml"
        seen = {kind for _, kind, _ in stream.events}
        assert {"state", "turn", "call_answered"} <= seen
        ids = [int(id_ or 0) for id_, _, _ in stream.events]
        assert ids == sorted(set(ids))
        for _, kind, data in stream.events:
            Draft202012Validator(EVENTS[kind].model_json_schema()).validate(data)

    served(tmp_path, talk)


@pytest.mark.parametrize("by", ["header", "parameter"])
def test_a_reader_takes_up_where_it_stopped(tmp_path: Path, by: str):
    async def talk(server: Running) -> None:
        await one_call(server)
        await server.ended_call()
        async with reading(server, "?after=0&wait=0") as stream:
            kinds = await stream.rest()
        assert kinds[:2] == ["flow_loaded", "call_started"]
        assert kinds[-1] == "call_ended"
        seen = str(stream.events[2][0])
        query, headers = "?wait=0", {"Last-Event-ID": seen}
        if by == "parameter":
            query, headers = f"?wait=0&after={seen}", {}
        async with reading(server, query, **headers) as stream:
            assert await stream.rest() == kinds[3:]

    served(tmp_path, talk)


def test_a_reader_that_was_told_nothing_yet_knows_where_to_go_on(tmp_path: Path):
    async def talk(server: Running) -> None:
        await server.house.store.writer.flushed()
        async with reading(server, "?wait=0") as stream:
            assert await stream.rest() == []
        await one_call(server)
        await server.ended_call()
        async with reading(server, f"?wait=0&after={stream.last_id}") as stream:
            assert (await stream.rest())[0] == "call_started"

    served(tmp_path, talk)


WANTED = [
    ("did=%2B91+86450+12345", ["one", "two"]),
    ("flow=hello", ["one", "three"]),
    ("did=8645012345&flow=hello", ["one"]),
    ("call=two", ["two"]),
    ("call=nobody", []),
]


def test_only_what_is_wanted_is_sent_kept_or_live(tmp_path: Path):
    async def talk(server: Running) -> None:
        writer = server.house.store.writer
        writer.put(begun("one"))
        writer.put(begun("two", flow="other"))
        writer.put(begun("three", did="1"))
        await writer.flushed()
        for query, calls in WANTED:
            await wanted(server, query, calls)

    served(tmp_path, talk)


async def wanted(server: Running, query: str, calls: list[str]) -> None:
    writer = server.house.store.writer
    async with reading(server, f"?after=0&wait=0&{query}") as stream:
        await stream.rest()
    # What belongs to no call is of no DID, but of a flow.
    assert list(dict.fromkeys(x["call"] for _, _, x in stream.events if "call" in x)) == calls
    reloads = [kind for _, kind, x in stream.events if "call" not in x]
    assert reloads == (["flow_loaded"] if query == "flow=hello" else [])
    async with reading(server, f"?{query}") as stream:
        for id_ in ("one", "two", "three"):
            writer.put(CallChanged(id_, 2.0, {"state": "ended", "end_reason": "hangup"}))
        assert [(await stream.until("call_ended"))["call"] for _ in calls] == calls


def test_a_reader_whose_place_is_not_kept_any_more_is_told(tmp_path: Path):
    async def talk(server: Running) -> None:
        store = server.house.store
        for number in range(9):
            store.writer.put(Told(float(number), "flow_loaded", {"flow": "x", "version": "y"}))
        await store.writer.flushed()
        async with store.engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM feed WHERE id <= 5")
        for after, told in (("3", True), ("5", False), ("7", False), ("99", True), ("0", False)):
            async with reading(server, f"?wait=0&after={after}") as stream:
                kinds = await stream.rest()
            assert ("gap" in kinds, after) == (told, after)
            if told:
                assert stream.events[0][2] == {"after": int(after), "oldest": 6}
        # Who saw more than there is goes on with what comes from now on.
        assert int(stream.last_id) == 10

    served(tmp_path, talk)


def test_a_reader_that_is_too_slow_is_cut_off_and_resumes(tmp_path: Path):
    async def talk(server: Running) -> None:
        events = server.house.events
        reader, writer = await asyncio.open_connection(*server.address.split(":"))
        writer.write(b"GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"retry: 2000")
        # It reads no more; what it is sent fills the system's buffers, and then ours.
        for number in range(2_300):
            text = "x" * (100_000 if number < 130 else 1)
            facts = {"flow": f"{number}", "version": text}
            server.house.store.writer.put(Told(1.0, "flow_loaded", facts))
        await until(lambda: not events.readers, 20)
        raw = await reader.read()
        assert b'"flow":"0"' in raw
        assert b'"flow":"2299"' not in raw
        writer.close()

    served(tmp_path, talk)
