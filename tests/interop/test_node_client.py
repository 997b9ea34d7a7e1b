"""The server against the WebSocket library of the carrier's own samples: Node's `ws`.

Is skipped where there is no `node`.
"""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from running import HELLO, running

HERE = Path(__file__).parent
NODE, NPM = shutil.which("node"), shutil.which("npm")

KEYS = {"buffer": "1", "base64": "9", "list": "1", "binary": "9"}
"""How the carrier might send its payloads, and what is pressed in that call."""

NOTICE = """
greeting: Hello.
states:
  notice:
    hangup: We are closed today.
"""

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(not (NODE and NPM), reason="node or npm is missing"),
]


async def call(url, form, keys=""):
    """Return what Node's carrier found in one call, and its exit status."""
    process = await asyncio.create_subprocess_exec(
        *(NODE, HERE / "carrier.mjs", url, f"--form={form}", f"--press={keys}", "--seconds=15"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return json.loads(out), process.returncode


@pytest.fixture(scope="module")
def calls(tmp_path_factory, node_packages):
    """One call in each form, all at the same time."""

    async def place():
        keypad, closed = tmp_path_factory.mktemp("keypad"), tmp_path_factory.mktemp("closed")
        async with running(keypad, HELLO) as asks, running(closed, NOTICE) as tells:
            found = await asyncio.gather(
                *(call(asks.url(), form, keys) for form, keys in KEYS.items()),
                call(tells.url(), "bare"),
            )
        return dict(zip((*KEYS, "bare"), found, strict=True))

    return asyncio.run(place())


@pytest.mark.parametrize("form", [*KEYS, "bare"])
def test_a_call_from_node_is_greeted_heard_and_closed_with_1000(calls, form):
    heard, status = calls[form]
    assert heard["faults"] == []
    assert status == 0
    assert (heard["closeCode"], heard["closeReason"]) == (1000, "hangup")
    assert heard["greetingSamples"] == len("Hello.") * 5 * 8
    assert heard["mediaMessages"] == (2 if form in KEYS else 1)
