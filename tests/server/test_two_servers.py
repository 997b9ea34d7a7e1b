"""Two servers behind a load balancer, with one PostgreSQL: they show the whole."""

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets
from databases import postgres
from running import DID, until
from served import CONFIG, address_of, served

from runtime.store import migration

SAMPLE = Path(__file__).parents[2] / "deploy" / "haproxy.cfg"
CALLS = 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


@dataclass(frozen=True)
class Site:
    servers: tuple[str, str]
    balancer: str

    def calls(self, server: str, query: str = "") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = httpx2.get(f"{server}/v1/calls?limit=500{query}").json()[
            "calls"
        ]
        return rows

    def shows(self, server: str) -> set[str]:
        return {row["call_id"] for row in self.calls(server, "&state=live")}

    def live(self, server: str) -> int:
        text = httpx2.get(f"{server}/metrics").text
        [line] = [x for x in text.splitlines() if x.startswith("callwright_calls_live ")]
        return int(float(line.split()[1]))


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    if shutil.which("haproxy") is None:
        pytest.skip("no haproxy: apt-get install haproxy")
    with ExitStack() as stack:
        database = stack.enter_context(postgres())
        migration.upgrade(database)
        config = f"{CONFIG}\nstore: {{url: '{database.url}'}}\n"
        processes = []
        for name in ("one", "two"):
            home = folder / name
            home.mkdir()
            processes.append(stack.enter_context(served(home, "--port", "0", config=config)))
        servers = tuple(address_of(process) for process in processes)
        port = free_port()
        text = SAMPLE.read_text().replace("bind :8443", f"bind 127.0.0.1:{port}")
        for known, server in zip(("127.0.0.1:8081", "127.0.0.1:8082"), servers, strict=True):
            text = text.replace(known, server.removeprefix("http://"))
        (folder / "haproxy.cfg").write_text(text)
        balancer = subprocess.Popen(["haproxy", "-q", "-db", "-f", folder / "haproxy.cfg"])
        stack.callback(balancer.wait)
        stack.callback(balancer.kill)
        _until_up(port)
        yield Site(servers, f"127.0.0.1:{port}")


def _until_up(port: int) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail("the balancer never came up")


class Calls:
    """Callers who hold the line."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.sockets: list[websockets.ClientConnection] = []

    async def begin(self, count: int) -> None:
        for _ in range(count):
            url = f"ws://{self._site.balancer}/media/{DID}"
            one = await websockets.connect(url)
            call_id = f"carrier-{len(self.sockets)}"
            connected = {"event": "connected", "callId": call_id, "mobileNo": "9800000000"}
            await one.send(json.dumps(connected))
            assert json.loads(await one.recv())["event"] == "connected"
            self.sockets.append(one)

    async def end(self) -> None:
        for each in self.sockets:
            await each.close()


@pytest.mark.process
def test_calls_go_to_who_has_fewest_and_each_server_shows_all(tmp_path: Path):
    async def go(site: Site) -> None:
        calls = Calls(site)
        await calls.begin(CALLS)
        ask = asyncio.to_thread
        assert [await ask(site.live, each) for each in site.servers] == [CALLS // 2, CALLS // 2]
        everyone = {f"carrier-{n}" for n in range(CALLS)}
        for server in site.servers:
            # The store is written once in a while, not at each call's beginning.
            await until(lambda server=server: site.shows(server) == everyone)
        one, two = [await ask(site.calls, each) for each in site.servers]
        assert [row["id"] for row in one] == [row["id"] for row in two]
        whole = [httpx2.get(f"{server}/v1/calls/{one[0]['id']}").json() for server in site.servers]
        assert whole[0] == whole[1]
        assert whole[0]["turns"]
        await calls.end()

    with site(tmp_path) as made:
        asyncio.run(go(made))
