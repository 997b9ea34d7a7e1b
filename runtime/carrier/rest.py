"""Orders calls from the carrier over its REST API, and none of them twice."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

import httpx2

from runtime.carrier.call_order import (
    KEY_HEADER,
    PATH,
    CallInitiated,
    CallOrder,
    CarrierError,
    CarrierUnreachable,
    UnknownWhetherPlaced,
    read_answer,
    write,
)

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before a connection that was refused is tried again."""

_CONNECT_SECONDS = 5.0
_LARGEST_ANSWER = 100_000
_JSON = (b"content-type", b"application/json")
_NO_CONNECTION = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.InvalidURL,
    httpx2.UnsupportedProtocol,
)


class CarrierClient:
    """One for a process. Only a refused connection is tried again: nothing was sent over it."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        webhook_as_string: bool = False,
        timeout: float = 15.0,
        pauses: tuple[float, ...] = PAUSES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`timeout` is the seconds that the carrier has to answer once it is connected."""
        self._url = base_url.rstrip("/") + PATH
        self._webhook_as_string = webhook_as_string
        self._timeout = timeout
        self._pauses = pauses
        self._sleep = sleep
        loopback = urlsplit(base_url).hostname in ("localhost", "127.0.0.1", "::1")
        self._client = httpx2.AsyncClient(
            # As bytes: text beyond ASCII would be an error that shows the key.
            headers=[(KEY_HEADER.encode(), api_key.encode()), _JSON],
            timeout=httpx2.Timeout(timeout, connect=_CONNECT_SECONDS),
            # A kept connection may close as we write on it, and then nobody knows what arrived.
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=not loopback,
            verify=system_tls(),
        )

    async def place(self, order: CallOrder) -> CallInitiated:
        """Have the call placed, and return as soon as the carrier sets it up.

        Raises `BadNumber` before anything is sent; `CallRefused` and `CarrierUnreachable` where no
        call was placed; `UnknownWhetherPlaced` where one may have been, as it may have been where
        this is cancelled. Events and the WebSocket may come before this returns.
        """
        body = write(order, webhook_as_string=self._webhook_as_string)
        started = time.monotonic()
        try:
            initiated = await self._until_connected(body)
        except CarrierError as error:
            facts = {"why": type(error).__name__, "code": getattr(error, "code", "")}
            log.warning("call_not_initiated", extra=facts | {"ms": _milliseconds_since(started)})
            raise
        facts = {"call": initiated.call_id, "ms": _milliseconds_since(started)}
        log.info("call_initiated", extra=facts)
        return initiated

    async def close(self) -> None:
        """Close; no call may be ordered any more."""
        await self._client.aclose()

    async def _until_connected(self, body: bytes) -> CallInitiated:
        for pause in self._pauses:
            try:
                return await self._order(body)
            except CarrierUnreachable as error:
                if not _was_refused(error):
                    raise
                await self._sleep(pause)
        return await self._order(body)

    async def _order(self, body: bytes) -> CallInitiated:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS + self._timeout):
                return read_answer(*await self._exchange(body))
        except _NO_CONNECTION as error:
            raise CarrierUnreachable(f"the carrier cannot be reached: {error}") from error
        except httpx2.LocalProtocolError:
            # `from None`: the library's message shows the key.
            raise CarrierUnreachable("the API key holds what no HTTP header may") from None
        except httpx2.ProxyError as error:
            raise UnknownWhetherPlaced("the proxy did not let it through") from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            why = f"the carrier did not answer within {self._timeout:g} s"
            raise UnknownWhetherPlaced(why) from error
        except httpx2.HTTPError as error:
            raise UnknownWhetherPlaced("the connection with the carrier broke off") from error

    async def _exchange(self, body: bytes) -> tuple[int, bytes]:
        async with self._client.stream("POST", self._url, content=body) as response:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > _LARGEST_ANSWER:
                    raise UnknownWhetherPlaced("its answer is too large")
            return response.status_code, bytes(content)


@cache
def system_tls() -> ssl.SSLContext:
    """Return the system's certificates, or those of `SSL_CERT_FILE`; 17 ms to read."""
    return httpx2.create_ssl_context()


def _was_refused(error: BaseException | None) -> bool:
    """Tell whether a machine said that nothing listens there."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
