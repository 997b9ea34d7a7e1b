"""An author's system as the open internet shows it, and what a client gets from it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from web_service import Detour, Names, Received, Resolve, WebService, public, web_service

from runtime.call.web_client import WebClient
from runtime.flow.web import WebAnswer, WebFailure, WebRequest

CLINIC, PUBLIC, OTHER = "clinic.example", "93.184.216.34", "93.184.216.35"


def request(
    url: str = f"http://{CLINIC}/times?day=friday",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    timeout: float = 5.0,
) -> WebRequest:
    return WebRequest(method, url, tuple(headers), body, timeout)


@asynccontextmanager
async def clinic(
    answer, names: Resolve | None = None, *, tls=(None, None), **more: int
) -> AsyncIterator[tuple[WebService, WebClient, Detour]]:
    """An author's system behind public addresses, and a client that keeps all its rules."""
    served, trusted = tls
    async with web_service(answer, served) as service:
        detour = Detour(service)
        network = public(detour, names or Names({CLINIC: [(PUBLIC,)]}))
        client = WebClient(network, tls=trusted, **more)
        try:
            yield service, client, detour
        finally:
            await client.close()


def answered(answer, *requests: WebRequest, **more) -> tuple[list[WebAnswer], list[Received]]:
    """Send the requests one after the other; returns the answers and what arrived."""

    async def run() -> tuple[list[WebAnswer], list[Received]]:
        async with clinic(answer, **more) as (service, client, _):
            return [await client.send(each) for each in requests], service.received

    return asyncio.run(run())


def failed(answer, sent: WebRequest | None = None, **more) -> WebFailure:
    with pytest.raises(WebFailure) as caught:
        answered(answer, sent or request(), **more)
    return caught.value
