"""One step of a request's way: the request itself, then each redirect."""

from dataclasses import dataclass
from importlib.metadata import version

import httpx2

from runtime.flow.web import WebFailure, WebRequest

Headers = tuple[tuple[str, str], ...]

_DEFAULTS: Headers = (
    ("Accept", "application/json, */*;q=0.5"),
    ("Accept-Encoding", "gzip, deflate"),
    ("User-Agent", f"callwright/{version('callwright')}"),
)
_PORTS = {"http": 80, "https": 443}

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding", "digest", "last-modified"})
"""With `content-…`, what goes when a redirect drops the body (RFC 9110, 15.4)."""

_HARMLESS = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "user-agent"}
)
"""What another host may see. A key may be in any other header, whatever its name."""


@dataclass(frozen=True, slots=True)
class Hop:
    """What is sent to one address."""

    method: str
    url: httpx2.URL
    headers: Headers
    body: bytes

    @property
    def host(self) -> str:
        """The host's name, in ASCII."""
        return self.url.raw_host.decode("ascii")

    @property
    def port(self) -> int:
        """The port, also where the URL has none."""
        return _port(self.url)


def first_hop(request: WebRequest) -> Hop:
    """Return the request as it is first sent; raises `WebFailure`."""
    given = {name.lower() for name, _ in request.headers}
    defaults = tuple(pair for pair in _DEFAULTS if pair[0].lower() not in given)
    return Hop(request.method, _address(request.url), request.headers + defaults, request.body)


def next_hop(hop: Hop, status: int, location: str) -> Hop:
    """Return where a redirect leads; raises `WebFailure` where it may not lead."""
    try:
        url = _address(str(hop.url.join(location)))
    except httpx2.InvalidURL:
        raise WebFailure(f"{hop.host} redirects to what is no web address", "failed") from None
    if (hop.url.scheme, url.scheme) == ("https", "http"):
        raise WebFailure(f"{hop.host} redirects from https to http", "refused")
    method, headers, body = hop.method, hop.headers, hop.body
    if _becomes_get(status, method):
        method, body = "GET", b""
        headers = tuple(pair for pair in headers if not _is_of_the_body(pair[0].lower()))
    onward = Hop(method, url, headers, body)
    if _same_house(hop, onward):
        return onward
    kept = tuple(pair for pair in headers if pair[0].lower() in _HARMLESS)
    return Hop(method, url, kept, body)


def _address(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        raise WebFailure("the request's address is no web address", "failed") from None
    if url.scheme not in _PORTS:
        raise WebFailure("a request's address begins with https:// or http://", "refused")
    if not url.raw_host or not 0 < _port(url) < 65536:
        raise WebFailure("the request's address is no web address", "failed")
    if url.userinfo:
        raise WebFailure(
            "a request's address takes no user and password: use the header Authorization",
            "refused",
        )
    return url


def _port(url: httpx2.URL) -> int:
    return _PORTS[url.scheme] if url.port is None else url.port


def _becomes_get(status: int, method: str) -> bool:
    # RFC 9110, 15.4: 303 asks for it; after 301 and 302 it is what everybody does with a POST.
    return (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST")


def _is_of_the_body(name: str) -> bool:
    return name.startswith("content-") or name in _OF_THE_BODY


def _same_house(one: Hop, other: Hop) -> bool:
    if one.host != other.host:
        return False
    if one.url.scheme == other.url.scheme:
        return one.port == other.port
    # The usual way from http to https on the same machine.
    return (one.port, other.port) == (_PORTS["http"], _PORTS["https"])
