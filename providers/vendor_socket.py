"""Opening a WebSocket to a vendor, with what all of them have in common."""

import logging
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from providers.vendor_error import translated

PING_SECONDS: Final = 5.0
"""A peer that has vanished is noticed while nothing is sent, within twice this."""

GOODBYE_SECONDS: Final = 1.0
"""So long a vendor is given to answer that the connection is closed."""

LONGEST_MESSAGE: Final = 2**23
"""Bytes: some minutes of sound."""

# At its finest the library's log has the headers, and with them the key, and all that is said.
_QUIET: Final = logging.getLogger(__name__)
_QUIET.setLevel(logging.WARNING)


@cache
def certificates() -> ssl.SSLContext:
    """Those that vendors are known by, read once: it takes 20 ms, which not every call need pay."""
    return ssl.create_default_context()


async def connected(
    provider: str, url: str, headers: Mapping[str, str], *, seconds: float
) -> ClientConnection:
    """Return an open WebSocket; `url` begins with http:// or https://. Raises `ProviderError`."""
    with translated(provider):
        return await connect(
            url.replace("http", "ws", 1),
            additional_headers=headers,
            ssl=certificates() if url.startswith("https://") else None,
            # Telephone sound does not get shorter.
            compression=None,
            open_timeout=seconds,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=GOODBYE_SECONDS,
            max_size=LONGEST_MESSAGE,
            logger=_QUIET,
        )
