"""How an ASGI app gets a WebSocket's messages as function calls, where the server can do that."""

from collections.abc import Callable
from typing import Final, Protocol

LISTEN: Final = "callwright.listen"
"""The key in `scope["extensions"]` under which a server that can do it has its `Listen`."""


class Listener(Protocol):
    """Who gets the messages, one by one, as they come from the socket."""

    def on_text(self, text: str) -> None:
        """Take a text message."""

    def on_binary(self, frame: bytes) -> None:
        """Take a binary message."""


Listen = Callable[[Listener], None]
"""Gives the listener all messages from now on, first those that wait for `receive`.

`receive` then brings the end only, or raises what the listener raised.
"""
