"""A campaign of 20 calls, from the list to the results: `make demo-outbound`.

The server, the stand-in carrier and the campaign are processes of their own, as an operator runs
them. With --kill the campaign's worker is killed in the middle (`kill -9`) and started again.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent / "outbound"
CALLWRIGHT = (sys.executable, "-c", "from runtime.cli import app; app()")
START_SECONDS = 60.0
KILL_AFTER = 7
"""Calls that the carrier has placed when the worker is killed."""


def main() -> None:
    """Demonstrate; end with 1 if a number was called too often or forgotten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kill", action="store_true", help="kill the worker in the middle")
    with TemporaryDirectory(prefix="callwright-demo-") as data, ExitStack() as processes:
        failed = demonstrate(Path(data), processes, kill=parser.parse_args().kill)
    sys.exit(1 if failed else 0)


def demonstrate(data: Path, processes: ExitStack, *, kill: bool) -> bool:
    """Run it all; return whether something is not as it should be."""
    server, carrier = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    environment = {
        **os.environ,
        "CALLWRIGHT_MEDIA__PUBLIC_URL": server.replace("http", "ws"),
        "CALLWRIGHT_CARRIER__BASE_URL": carrier,
    }
    people = ("--people", str(HERE / "people.yaml"), "--speech", "babble", "--api-key")
    stand_in = ("carrier", "--port", port_of(carrier), *people, "demonstration")
    serve = (
        "serve",
        "--flows",
        str(HERE / "flows"),
        "--port",
        port_of(server),
        "--data",
        str(data),
    )
    config = ("--config", str(HERE / "callwright.yaml"))
    for command, url in ((stand_in, f"{carrier}/stand-in/calls"), (serve, f"{server}/ready")):
        log = data / f"{command[0]}.log"
        wait_for(url, processes.enter_context(running((*command, *config), environment, log)), log)
    campaign = ("campaign", "run", str(HERE / "deliveries.csv"), "--server", server)
    work = (*campaign, "--data", str(data), *config)
    if kill:
        with running(work, environment, None) as worker:
            while worker.poll() is None and len(placed(carrier)) < KILL_AFTER:
                time.sleep(0.1)
        print(f"--- the worker was killed after {len(placed(carrier))} calls; again:", flush=True)
    status = subprocess.run((*CALLWRIGHT, *work), env=environment, check=False).returncode
    results = ("campaign", "results", "deliveries", "--data", str(data), *config)
    subprocess.run((*CALLWRIGHT, *results), env=environment, check=True)
    printed = subprocess.run(
        (*CALLWRIGHT, *results, "--json"), env=environment, check=True, capture_output=True
    )
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    return tell(rows, placed(carrier)) or status != 0


def tell(rows: list[dict], calls: list[dict]) -> bool:
    """Hold the results against what the carrier has seen; return whether they differ."""
    attempts = {row["mobile"]: row["attempts"] for row in rows if row["mobile"]}
    at_carrier = Counter(call["mobile"] for call in calls)
    twice = [mobile for mobile, count in at_carrier.items() if count > attempts.get(mobile, 0)]
    open_rows = [row["line"] for row in rows if row["status"] not in ("ended", "bad")]
    print(f"\n{len(rows)} rows: {dict(Counter(row['outcome'] or row['status'] for row in rows))}")
    print(f"{sum(attempts.values())} attempts, {len(calls)} calls at the carrier;", end=" ")
    print(f"called more often than tried: {twice or 'none'}; forgotten: {open_rows or 'none'}")
    return bool(twice or open_rows)


@contextmanager
def running(
    command: tuple[str, ...], environment: dict[str, str], log: Path | None
) -> Iterator[subprocess.Popen]:
    """Run a process while the block runs, then kill it: it has nothing to lose."""
    with ExitStack() as files:
        out = files.enter_context(log.open("w")) if log else None
        with subprocess.Popen(
            (*CALLWRIGHT, *command), env=environment, stdout=out, stderr=out
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Wait until something answers there; end with the log where nothing does."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"{url} did not come up:\n{log.read_text()}")


def placed(carrier: str) -> list[dict]:
    """Return the calls that the carrier has been asked for."""
    with urllib.request.urlopen(f"{carrier}/stand-in/calls", timeout=5) as answer:
        found = json.load(answer)
    return found["calls"] if isinstance(found, dict) else found


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens."""
    with ExitStack() as sockets:
        held = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]


def port_of(url: str) -> str:
    """Return the port at the address's end."""
    return url.rpartition(":")[2]


if __name__ == "__main__":
    main()
