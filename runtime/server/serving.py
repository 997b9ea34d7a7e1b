"""Runs the house under uvicorn: one process, one port, and an orderly end."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from typing import Literal

import uvicorn

from runtime.server.app import House
from runtime.server.collector import Collector
from runtime.server.http_protocol import HttpProtocol
from runtime.settings import MediaPath

LARGEST_MESSAGE = 1_000_000
"""Bytes of a frame from the carrier; beyond it uvicorn closes with 1009 (carrier's document)."""

PROVEN = {"uvicorn": "0.54.", "websockets": "17."}
"""The versions with whose internals the direct media path was compared (tests/server)."""

HOLD_SECONDS = 0.0001
"""For which another thread (the store's, a model's) may keep the event loop waiting for the
interpreter's lock, each time that the loop comes back from its sockets. With Python's own 5 ms a
turn, some six ways through the loop, was up to 24 ms late while the store wrote (`bench/soak.py`).
"""

STOCK: Literal["websockets-sansio"] = "websockets-sansio"
"""uvicorn's own WebSocket."""

log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; raises `OSError` where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where a socket names its protocol; without that the
    # greeting waits 40 ms for the caller's side to acknowledge what was sent before it.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


class _Server(uvicorn.Server):
    """uvicorn's server; the house, not uvicorn, decides when it stops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`."""
        yield


def configured(house: House, media_path: MediaPath) -> uvicorn.Config:
    """Return how uvicorn serves the house's calls."""
    return uvicorn.Config(
        house.app,
        ws=direct_or_stock() if media_path == "direct" else STOCK,
        http=HttpProtocol,
        ws_max_size=LARGEST_MESSAGE,
        # The carrier does not compress; offering it costs 41 kB a call.
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )


def direct_or_stock() -> Literal["websockets-sansio"] | type[asyncio.Protocol]:
    """Return the direct media path, or uvicorn's own where this one cannot be relied on."""
    unproven = [
        f"{name} {version(name)}"
        for name, proven in PROVEN.items()
        if not version(name).startswith(proven)
    ]
    try:
        if unproven:
            raise ImportError(f"not tried with {' and '.join(unproven)}")
        from runtime.server.media_protocol import MediaProtocol
    except ImportError as error:
        log.warning("media_path_is_stock", extra={"why": str(error)})
        return STOCK
    return MediaProtocol


async def serve(
    house: House,
    listening: socket.socket,
    *,
    drain: float,
    media_path: MediaPath,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT: drain, then end; a second signal ends at once.

    A signal that comes while the flows are still being loaded ends that, and all. Closes
    `listening`.
    """
    stop, at_once, is_loaded = asyncio.Event(), asyncio.Event(), asyncio.Event()
    server = _Server(configured(house, media_path))

    async def live() -> None:
        async with house.open(), asyncio.TaskGroup() as tasks:
            is_loaded.set()
            sys.setswitchinterval(HOLD_SECONDS)
            collector = Collector(lambda: len(house.switchboard))
            collector.settle()
            watching = tasks.create_task(collector.watch())
            serving = tasks.create_task(server.serve([listening]))
            ready()
            await _either(serving, stop)
            draining = tasks.create_task(house.switchboard.drain(drain))
            await _either(draining, at_once)
            if not draining.done():
                draining.cancel()
                await house.switchboard.end_all()
            # uvicorn would wait for those who read along.
            house.events.close()
            server.should_exit = True
            watching.cancel()

    with closing(listening):
        async with asyncio.TaskGroup() as tasks:
            living = tasks.create_task(live())

            def signalled() -> None:
                (at_once if stop.is_set() else stop).set()
                if not is_loaded.is_set():
                    living.cancel()

            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, signalled)


async def _either(task: "asyncio.Task[None]", event: asyncio.Event) -> None:
    """Wait until the task is done or the event is set."""
    coming = asyncio.create_task(event.wait())
    await asyncio.wait([task, coming], return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
