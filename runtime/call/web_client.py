"""Sends authors' requests to their systems, safely: see docs/settings.md, `requests`."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from functools import cache

import httpcore2
import httpx2

from runtime.call.hop import Hop, first_hop, next_hop
from runtime.call.public_network import PublicNetwork
from runtime.flow.web import WebAnswer, WebFailure, WebRequest, read_answer

log = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 1_000_000
MAX_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_IDLE_SECONDS = 5.0
"""Servers close idle connections too; a short life of ours makes it rare that both do at once."""


class WebClient:
    """One for a process: calls share its connections. No cookies, no proxies, no retries."""

    def __init__(
        self,
        network: httpcore2.AsyncNetworkBackend | None = None,
        *,
        connections: int = 100,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        # The pool without httpx2's client, which logs whole URLs, and keeps cookies.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or _system_tls(),
            max_connections=connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=network or PublicNetwork(),
        )

    async def send(self, request: WebRequest) -> WebAnswer:
        """Return the answer, whatever its status; raises `WebFailure` where there is none."""
        started = time.monotonic()
        facts: dict[str, object] = {"method": request.method}
        try:
            hop = first_hop(request)
            facts["host"] = hop.host
            answer = await self._within(request.timeout, hop)
        except WebFailure as failure:
            facts |= {"why": failure.kind, "ms": _milliseconds_since(started)}
            log.warning("web_request_failed", extra=facts)
            raise
        facts |= {"status": answer.status, "ms": _milliseconds_since(started)}
        log.info("web_request", extra=facts)
        return answer

    async def close(self) -> None:
        """Close all connections; nothing may be sent any more."""
        await self._pool.aclose()

    async def _within(self, seconds: float, hop: Hop) -> WebAnswer:
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(hop)
        except TimeoutError:
            reason = f"{hop.host} did not answer within {seconds:g} s"
            raise WebFailure(reason, "timeout") from None

    async def _follow(self, hop: Hop) -> WebAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            result = await self._exchange(hop)
            if isinstance(result, WebAnswer):
                return result
            hop = result
        raise WebFailure(f"it was redirected more than {MAX_REDIRECTS} times", "failed")

    async def _exchange(self, hop: Hop) -> WebAnswer | Hop:
        """Return the answer, or where it leads."""
        with _told_plainly(hop.host):
            async with self._pool.stream(
                hop.method,
                httpcore2.URL(
                    scheme=hop.url.raw_scheme,
                    host=hop.url.raw_host,
                    port=hop.url.port,
                    target=hop.url.raw_path,
                ),
                headers=_headers(hop),
                content=hop.body if hop.body or hop.method in _WITH_A_BODY else None,
            ) as arriving:
                response = httpx2.Response(
                    arriving.status, headers=arriving.headers, stream=_Content(arriving)
                )
                location = response.headers.get("location")
                if response.status_code in _REDIRECTS and location is not None:
                    return next_hop(hop, response.status_code, location)
                content = await _content(response, hop.host)
                return read_answer(response.status_code, response.headers.multi_items(), content)


@cache
def _system_tls() -> ssl.SSLContext:
    """Return the system's certificates, or those of `SSL_CERT_FILE`; 17 ms to read."""
    return httpcore2.default_ssl_context()


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _headers(hop: Hop) -> list[tuple[bytes, bytes]]:
    try:
        given = [(name.encode("ascii"), value.encode()) for name, value in hop.headers]
    except UnicodeEncodeError:
        raise WebFailure("a header's name has letters that no header has", "failed") from None
    if any(name.lower() == b"host" for name, _ in given):
        return given
    return [(b"Host", hop.url.netloc), *given]


class _Content(httpx2.AsyncByteStream):
    """The bytes of an answer as they arrive."""

    def __init__(self, arriving: httpcore2.Response) -> None:
        self._arriving = arriving

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._arriving.aiter_stream()) as pieces:
            async for piece in pieces:
                yield piece


async def _content(response: httpx2.Response, host: str) -> bytes:
    content = bytearray()
    # Decoded in pieces of at most a megabyte: a compressed bomb is stopped at its first.
    async with aclosing(response.aiter_bytes()) as pieces:
        async for piece in pieces:
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                raise WebFailure(f"the answer of {host} is larger than 1 MB", "too_big")
    return bytes(content)


@contextmanager
def _told_plainly(host: str) -> Iterator[None]:
    """Turn what the libraries raise into a `WebFailure`.

    `from None`: the libraries' own messages quote headers and addresses.
    """
    try:
        yield
    except httpcore2.TimeoutException:
        raise WebFailure(f"{host} did not answer in time", "timeout") from None
    except httpcore2.ConnectError as error:
        if isinstance(error.__context__, ssl.SSLError):
            reason = f"the certificate of {host} is not to be trusted"
        else:
            reason = f"{host} cannot be reached"
        raise WebFailure(reason, "failed") from None
    except httpcore2.LocalProtocolError:
        raise WebFailure("the request's headers hold what HTTP does not allow", "failed") from None
    except (httpcore2.NetworkError, OSError):
        raise WebFailure(f"the connection with {host} broke off", "failed") from None
    except (httpcore2.ProtocolError, httpx2.DecodingError):
        raise WebFailure(f"the answer of {host} is not to be understood", "failed") from None
