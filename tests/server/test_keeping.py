import asyncio
from pathlib import Path

import pytest
from running import calling, running

pytestmark = pytest.mark.network


def test_an_old_call_goes_with_its_recording(tmp_path: Path):
    async def go() -> None:
        store = {"keep_days": 1e-9, "url": f"sqlite:///{tmp_path}/own.sqlite"}
        recorded = {"default": "always"}
        async with running(tmp_path, store=store, recordings=recorded) as server:
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                await carrier.next("greeting")
                await carrier.media(bytes([0xFF]) * 800)
            call = await server.ended_call()
            sound = await server.get(call["recording"])
            assert sound.status_code == 200
            await server.house.keeping.prune()
            assert (await server.get(f"/v1/calls/{call['id']}")).status_code == 404
            assert (await server.get(call["recording"])).status_code == 404

    asyncio.run(go())


def test_the_figures_tell_how_far_the_store_is_behind(tmp_path: Path):
    async def go() -> None:
        async with running(tmp_path) as server:
            figures = (await server.get("/metrics")).text
            assert "callwright_store_waiting 0.0" in figures
            assert "callwright_store_lost 0.0" in figures

    asyncio.run(go())
