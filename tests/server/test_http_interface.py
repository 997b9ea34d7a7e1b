import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from running import HELLO, SPEECH, calling, running, until

from runtime.carrier import wav

pytestmark = pytest.mark.network


def test_health_and_ready_say_that_calls_can_be_taken(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path) as server:
            health = await server.get("/health")
            assert (health.status_code, health.json()) == (200, {"status": "ok"})
            assert (await server.get("/ready")).status_code == 200

    asyncio.run(ask())


def test_a_call_is_listed_shown_and_hung_up_by_the_operator(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            [row] = (await server.get("/v1/calls?state=live")).json()["calls"]
            assert (row["call_id"], row["state"], row["flow"]) == ("carrier-1", "live", "hello")
            assert (await server.delete(f"/v1/calls/{row['id']}")).status_code == 202
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert record["end_reason"] == "operator"
            assert (await server.delete(f"/v1/calls/{row['id']}")).status_code == 409
            assert set(record) == {
                *("id", "call_id", "did", "mobile", "direction", "flow", "flow_version"),
                *("state", "started_at", "answered_at", "ended_at", "end_reason"),
                *("variables", "slots", "turns", "events", "usage", "recording", "outcome"),
            }

    asyncio.run(ask())


def test_flows_are_listed_with_what_is_wrong_with_them(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path, flows={"broken.yaml": "greeting: ["}) as server:
            broken, good = (await server.get("/v1/flows")).json()["flows"]
            assert (good["name"], good["file"], good["valid"]) == ("hello", "hello.yaml", True)
            assert len(good["version"]) == 12
            assert datetime.fromisoformat(good["loaded_at"]).tzinfo is not None
            assert (broken["version"], broken["valid"]) == (None, False)
            assert "broken.yaml" in broken["errors"][0]

    asyncio.run(ask())


def test_calls_are_filtered_and_paged_newest_first(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path) as server:
            for number in range(3):
                async with calling(server) as carrier:
                    carrier.call_id = f"carrier-{number}"
                    await carrier.connect()
                    await carrier.next("connected")
            first = (await server.get("/v1/calls?limit=2&did=%2B918645012345")).json()
            assert [row["call_id"] for row in first["calls"]] == ["carrier-2", "carrier-1"]
            rest = (await server.get(first["next"])).json()
            assert [row["call_id"] for row in rest["calls"]] == ["carrier-0"]
            assert rest["next"] is None
            assert (await server.get("/v1/calls?limit=3")).json()["next"] is None
            assert (await server.get("/v1/calls?flow=other")).json()["calls"] == []

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/calls/none", 404),
        ("/nowhere", 404),
        ("/v1/calls?limit=0", 422),
        ("/v1/calls?limit=many", 422),
        ("/v1/calls?state=gone", 422),
        ("/v1/calls?before=none", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem_document(tmp_path: Path, path: str, status: int):
    async def ask() -> None:
        async with running(tmp_path) as server:
            answer = await server.get(path)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == status

    asyncio.run(ask())


def test_with_a_token_only_its_bearer_sees_the_calls(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path, api={"token": "t0"}) as server:
            refused = await server.get("/v1/calls")
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            right = await server.get("/v1/calls", headers={"Authorization": "Bearer t0"})
            assert right.status_code == 200
            assert (await server.get("/health")).status_code == 200

    asyncio.run(ask())


def test_the_figures_count_calls_by_how_they_ended(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path) as server:
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                live = (await server.get("/metrics")).text
                assert "callwright_calls_live 1.0" in live
            await server.ended_call()
            figures = (await server.get("/metrics")).text
            assert 'callwright_calls_ended_total{reason="caller_hung_up"} 1.0' in figures
            assert "callwright_calls_live 0.0" in figures

    asyncio.run(ask())


def test_a_recording_is_given_out(tmp_path: Path):
    async def ask() -> None:
        async with (
            running(tmp_path, HELLO, recordings={"default": "always"}) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.media(SPEECH)
            [row] = (await server.get("/v1/calls?state=live")).json()["calls"]
            path = f"/v1/calls/{row['id']}/recording.wav"
            shelf = server.house.equipment.recording_shelf
            assert shelf is not None
            assert (await server.delete(f"/v1/calls/{row['id']}")).status_code == 202
            assert await carrier.closed() == 1000
            await server.ended_call()
            await until(lambda: shelf.find(row["id"]))
            answer = await server.get(path)
            assert answer.headers["content-type"] == "audio/wav"
            left, right = wav.read_channels(answer.content)
            assert left.startswith(SPEECH[:160])
            assert len(left) == len(right)

    asyncio.run(ask())


@pytest.mark.parametrize("id_", ["0" * 32, "nobody"])
def test_without_a_recording_there_is_none(tmp_path: Path, id_: str):
    async def ask() -> None:
        async with running(tmp_path) as server:
            answer = await server.get(f"/v1/calls/{id_}/recording.wav")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"

    asyncio.run(ask())
