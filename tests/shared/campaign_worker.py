"""`callwright campaign run` as a process of its own, and what it has kept."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from runtime.outbound.campaign.register import Register, Result, Standing
from runtime.store.campaign_tables import campaign_attempts
from runtime.store.database import Database

ROOT = Path(__file__).parents[2]
DID = "8645012345"
WORKER = """
from runtime.outbound.campaign import attempt_queue, caller, worker
caller.SEARCH_SECONDS = 2.0  # the call servers of tests show a call at once
caller.SETTLE_SECONDS = caller.FIRST_PAUSE = attempt_queue.POLL_SECONDS = worker.TICK = 0.1
from runtime.cli.campaign import campaign
campaign()
"""
ALWAYS = "windows: 00:00-24:00\n"


def numbers(count: int) -> list[str]:
    return [str(9_800_000_000 + place) for place in range(count)]


@dataclass
class Campaign:
    """A campaign in a folder; its database is a SQLite file there, or the one given."""

    folder: Path
    server: str
    database: Database
    name: str = "may"

    def write(self, mobiles: Sequence[str], plan: str) -> None:
        lines = ["mobile,name", *(f"{mobile},caller {mobile[-2:]}" for mobile in mobiles)]
        (self.folder / f"{self.name}.csv").write_text("\n".join(lines) + "\n")
        (self.folder / f"{self.name}.yaml").write_text(f"did: {DID}\n{ALWAYS}{plan}")

    @contextmanager
    def working(self, *options: str) -> Iterator["subprocess.Popen[str]"]:
        """Start a worker; one that still runs at the block's end is killed."""
        command = ["run", f"{self.name}.csv", "--server", self.server, "--data", "."]
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, *command, *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CALLWRIGHT_STORE__URL": self.database.url},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as worker:
            try:
                yield worker
            finally:
                worker.kill()

    def run(self, *options: str) -> tuple[int, str]:
        """Work to the end; return the exit status and what was printed."""
        with self.working(*options) as worker:
            printed, _ = worker.communicate(timeout=100)
        return worker.returncode, printed

    def standing(self) -> Standing:
        return self._asked(lambda register: register.standing(self.name))

    def results(self) -> list[Result]:
        return self._asked(lambda register: list(register.results(self.name)))

    def pause(self) -> bool:
        return self._asked(lambda register: register.pause(self.name))

    def resume(self, at: float) -> bool:
        return self._asked(lambda register: register.resume(self.name, at))

    def cancel(self) -> bool:
        return self._asked(lambda register: register.cancel(self.name))

    def attempts(self) -> list[Any]:
        engine = self.database.engine()
        try:
            with engine.connect() as connection:
                return list(connection.execute(select(campaign_attempts)).all())
        finally:
            engine.dispose()

    def _asked(self, ask: Any) -> Any:
        engine = self.database.engine()
        try:
            return ask(Register(engine))
        finally:
            engine.dispose()
