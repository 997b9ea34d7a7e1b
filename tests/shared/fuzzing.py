"""Schemathesis against the real server: requests made of its own OpenAPI document, and beside it.

python tests/shared/fuzzing.py --examples 300     (`make fuzz-api`)
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databases import postgres, postgres_is_there
from placing import person, placing
from running import SILENCE, Running, calling

from runtime.carrier.stand_in.person import Answer
from runtime.server.logs import set_up_logs
from runtime.store import migration
from runtime.store.changes import CallBegun, CallChanged, Noted, TurnSpoken

TOKEN = "fuzz-token"
AT = 1_795_000_000.0
HERE = Path(__file__).parent

NOT_OURS = ("use_after_free", "ensure_resource_availability")
"""They take a call for a document that is stored and deleted. But what DELETE ends is the line, and
what is kept of the call stays; a call that was just placed has no recording yet."""


def _keep_calls(server: Running) -> None:
    put = server.house.store.writer.put
    for number in range(5):
        id_, at = f"{number:032x}", AT + number
        facts = {
            **{"call_id": f"c{number}", "did": "8645012345", "mobile": "9800000000"},
            **{"direction": "incoming", "flow": "hello", "flow_version": "0123456789ab"},
            **{"state": "live", "started_at": at, "usage": []},
            **{"variables": {"odd": [1, None, "\ud800 é"]}, "slots": {"big": 2**70}},
        }
        put(CallBegun(id_, at, facts))
        put(Noted(id_, 1, at, "entered", {"state": "menu"}))
        said = {"who": "caller", "text": "book\n\0", "state": "menu", "intent": "book"}
        put(TurnSpoken(id_, 1, at, {**said, "confidence": 0.5, "how": "words"}))
        put(CallChanged(id_, at + 9, {"answered_at": at + 1}))
        ended = {"state": "ended", "ended_at": at + 9, "end_reason": "hangup"}
        put(CallChanged(id_, at + 9, ended))


async def fuzz(
    folder: Path, examples: int, *, seed: int | None = None, **settings: Any
) -> tuple[int, str]:
    """Run it; returns its exit status and what it prints."""
    settings |= {"api": {"token": TOKEN}, "server": {"max_calls": 1_000_000}}
    settings["recordings"] = {"default": "always"}
    async with (
        placing(folder, person(Answer.FAILED), **settings) as here,
        calling(here.server) as carrier,
    ):
        server = here.server
        _keep_calls(server)
        await carrier.connect()
        await carrier.next("connected")
        await carrier.media(SILENCE * 20)
        seeded = [] if seed is None else ["--seed", str(seed)]
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            *(f"http://{server.address}/v1/openapi.json", "--checks", "all"),
            *("--exclude-checks", ",".join(NOT_OURS)),
            *("--header", f"Authorization: Bearer {TOKEN}"),
            *("--max-examples", str(examples), *seeded, "--no-color"),
            *("--suppress-health-check", "all", "--request-timeout", "20"),
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzzing_hooks", "PYTHONPATH": _path()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await program.communicate()
        return program.returncode or 0, printed.decode(errors="replace")


@contextmanager
def settings_for(kind: str) -> Iterator[dict[str, Any]]:
    """Give settings with a database of that kind: sqlite or postgresql."""
    if kind == "sqlite":
        yield {}
        return
    with postgres() as database:
        migration.upgrade(database)
        yield {"store": {"url": database.url}}


def _path() -> str:
    return os.pathsep.join((str(HERE), os.environ.get("PYTHONPATH", "")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=300, help="requests of an operation")
    parser.add_argument("--seed", type=int, help="to have the same requests again")
    given = parser.parse_args()
    set_up_logs("text")
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    status, kinds = 0, ["sqlite", *["postgresql"] * postgres_is_there()]
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder, settings_for(kind) as settings:
            found, printed = asyncio.run(
                fuzz(Path(folder), given.examples, seed=given.seed, **settings)
            )
        print(f"{kind}:\n{printed}")
        status = status or found
    return status


if __name__ == "__main__":
    sys.exit(main())
