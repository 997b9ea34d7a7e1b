"""Connections to public addresses only."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

import httpcore2

from runtime.call.public_address import is_public
from runtime.flow.web import WebFailure

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Return the addresses of a name."""

_NEXT_ADDRESS_AFTER = 1.0
"""Seconds: a dead IPv6 route must not take the time of the IPv4 address after it."""


async def system_names(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, which reads an IP in any spelling (decimal, hex, short) too."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class PublicNetwork(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, and connects to the very address that it has checked.

    A name that changes its address between a check and a connection (DNS rebinding) gains nothing
    by it. TLS comes later, on the connection, and goes by the name.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Resolve = system_names,
        wire: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._wire = wire or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the name's public addresses that takes it."""
        *firsts, last = await self._addresses(host, port)
        for address in firsts:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await self._wire.connect_tcp(
                    address, port, _NEXT_ADDRESS_AFTER, local_address, socket_options
                )
        return await self._wire.connect_tcp(last, port, timeout, local_address, socket_options)

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: no name at all, such as 'a..b'
            raise httpcore2.ConnectError from error
        if not found:
            raise httpcore2.ConnectError
        if self._allow_private:
            return found
        public = tuple(address for address in found if is_public(address))
        if not public:
            raise WebFailure(
                f"{host} has no public address; requests.allow_private would allow it", "refused"
            )
        return public
