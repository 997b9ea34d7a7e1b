"""What is left of calls whose server was killed in their midst."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import websockets
from running import DID
from served import address_of, served

CALLS = 50

COUNTING = """
greeting: Hello.
start: one
intents:
  more: {words: [more], digit: 1}
states:
  one: {ask: One?, on: {more: two}}
  two: {ask: Two?, on: {more: one}}
"""


class Caller:
    """Presses a key as soon as it is asked something, and remembers when it was asked."""

    def __init__(self, number: int) -> None:
        self.call_id = f"carrier-{number}"
        self.asked_at: list[float] = []

    async def talk(self, address: str) -> None:
        url = f"{address.replace('http', 'ws')}/media/{DID}"
        async with websockets.connect(url) as socket:
            connected = {"event": "connected", "callId": self.call_id, "mobileNo": "9800000000"}
            await socket.send(json.dumps(connected))
            sequence = 0
            await self._send(socket, bytes([0xFF]) * 160)
            try:
                async for message in socket:
                    if json.loads(message)["event"] != "media":
                        continue
                    self.asked_at.append(time.monotonic())
                    await asyncio.sleep(0.2)
                    sequence += 1
                    header = bytes([0x80, 101]) + sequence.to_bytes(2) + bytes(8)
                    stamp = (sequence * 160).to_bytes(4)
                    await self._send(socket, header[:4] + stamp + header[8:] + b"\x01\x8a\x03\x20")
            except websockets.ConnectionClosed:
                return

    async def _send(self, socket: websockets.ClientConnection, payload: bytes) -> None:
        media = {"event": "media", "callId": self.call_id, "payload": list(payload)}
        await socket.send(json.dumps({**media, "timestamp": 0}))


@pytest.mark.process
def test_after_a_kill_every_call_is_there_to_its_last_second_and_ended_as_server_lost(
    tmp_path: Path,
):
    async def live(address: str, killed: Any) -> tuple[list[Caller], float]:
        callers = [Caller(number) for number in range(CALLS)]
        async with asyncio.TaskGroup() as tasks:
            for caller in callers:
                tasks.create_task(caller.talk(address))
            async with asyncio.timeout(60):
                while any(len(caller.asked_at) < 4 for caller in callers):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            killed()
            return callers, time.monotonic()

    with served(tmp_path, "--port", "0", flow=COUNTING) as process:
        address = address_of(process)
        callers, killed_at = asyncio.run(live(address, lambda: process.send_signal(signal.SIGKILL)))
        assert process.wait(10) == -signal.SIGKILL
    with served(tmp_path, "--port", "0", flow=COUNTING) as process:
        address = address_of(process)
        rows = httpx2.get(f"{address}/v1/calls?limit=500").json()["calls"]
        calls = [httpx2.get(f"{address}/v1/calls/{row['id']}").json() for row in rows]
    by_carrier = {call["call_id"]: call for call in calls}
    assert by_carrier.keys() == {caller.call_id for caller in callers}
    for caller in callers:
        call = by_carrier[caller.call_id]
        assert (call["state"], call["end_reason"]) == ("ended", "server_lost")
        asked = [turn for turn in call["turns"] if turn["text"] in ("One?", "Two?")]
        known = [at for at in caller.asked_at if at < killed_at - 1.0]
        assert len(asked) >= len(known)
        assert call["ended_at"] >= call["turns"][-1]["at"]
