import asyncio
from pathlib import Path

import pytest
from running import DID, HELLO, SILENCE, Carrier, Running, calling, running, until

pytestmark = pytest.mark.network


def _greeting(server: Running) -> str:
    loaded = server.house.shelf.by_name("hello")
    assert loaded is not None
    assert loaded.flow.greeting is not None
    [wording] = loaded.flow.greeting.text.in_language("en")
    return wording.source


async def _greeted(carrier: Carrier) -> int:
    await carrier.connect()
    await carrier.next("connected")
    return len(carrier.sound(await carrier.next("greeting")))


def test_a_saved_greeting_is_heard_by_the_next_call_while_the_last_one_keeps_its_version(
    tmp_path: Path,
):
    async def call() -> None:
        async with running(tmp_path) as server:
            async with calling(server) as before:
                assert await _greeted(before) == len("Hello.") * 40
                changed = HELLO.replace("greeting: Hello.", "greeting: Good morning.")
                changed = changed.replace("ask: What next?", "ask: Something else entirely?")
                (server.flows / "hello.yaml").write_text(changed)
                await until(lambda: _greeting(server) == "Good morning.")
                async with calling(server) as after:
                    assert await _greeted(after) == len("Good morning.") * 40
                await before.media(SILENCE)
                question = before.sound(await before.next("media"))
                assert len(question) == len("What next?") * 40
            versions = {
                row["flow_version"] for row in (await server.get("/v1/calls")).json()["calls"]
            }
            assert len(versions) == 2

    asyncio.run(call())


def test_a_bad_file_leaves_the_last_good_version_serving_and_says_why(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path) as server:
            (server.flows / "hello.yaml").write_text(HELLO.replace('9": bye', '9": byee'))
            await until(lambda: bool(server.house.shelf.shelved[0].problems))
            [row] = (await server.get("/v1/flows")).json()["flows"]
            assert not row["valid"]
            assert "Did you mean 'bye'?" in row["errors"][0]
            assert row["version"] is not None
            async with calling(server) as carrier:
                assert await _greeted(carrier) == len("Hello.") * 40
            (server.flows / "hello.yaml").write_text(HELLO)
            await until(lambda: not server.house.shelf.shelved[0].problems)

    asyncio.run(call())


def test_a_did_moves_to_another_flow_when_the_dids_are_saved(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path) as server:
            other = HELLO.replace("greeting: Hello.", "greeting: The other one.")
            (server.flows / "other.yaml").write_text(other)
            (server.flows / "dids.yaml").write_text(f"dids: {{{DID}: other.yaml}}\n")
            await until(
                lambda: (
                    (found := server.house.shelf.for_did(DID)) is not None
                    and found.loaded.flow.name == "other"
                )
            )
            async with calling(server) as carrier:
                assert await _greeted(carrier) == len("The other one.") * 40

    asyncio.run(call())


def test_bad_dids_leave_the_last_good_ones_serving(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path) as server:
            (server.flows / "dids.yaml").write_text("dids: {12: hello.yaml}\n")
            await until(lambda: bool(server.house.shelf.dids_problems))
            async with calling(server) as carrier:
                assert await _greeted(carrier) == len("Hello.") * 40
            flows = (await server.get("/v1/flows")).json()
            assert "12" in flows["dids_errors"][0]

    asyncio.run(call())


def test_a_flow_whose_file_is_deleted_takes_no_more_calls(tmp_path: Path):
    async def call() -> None:
        async with running(tmp_path) as server:
            (server.flows / "hello.yaml").unlink()
            await until(lambda: not server.house.shelf.shelved)
            async with calling(server) as carrier:
                await carrier.connect()
                assert await carrier.closed() == 1008

    asyncio.run(call())
