"""A WebSocket server in a thread of its own: a command that is tested has a loop of its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve


@contextmanager
def threaded(bot: Callable[[ServerConnection], Awaitable[None]]) -> Iterator[str]:
    """Serve while the block runs; gives HOST:PORT."""
    listening, stop, address = threading.Event(), asyncio.Event(), dict[str, Any]()

    async def run() -> None:
        async with serve(bot, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            address.update(port=port, loop=asyncio.get_running_loop())
            listening.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    listening.wait()
    try:
        yield f"127.0.0.1:{address['port']}"
    finally:
        address["loop"].call_soon_threadsafe(stop.set)
        thread.join()
