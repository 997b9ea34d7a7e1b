"""The stand-in carrier as a server: the REST API of the carrier's document."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from random import Random

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from runtime.carrier.call_order import KEY_HEADER, PATH
from runtime.carrier.rest import system_tls
from runtime.carrier.stand_in.exchange import Exchange, PhoneCall
from runtime.carrier.stand_in.person import People, RestFault
from runtime.carrier.stand_in.refusal import Refusal, failure, read_order, success
from runtime.carrier.stand_in.webhooks import WebhookManner, WebhookPost

_WEBHOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How a stand-in carrier behaves."""

    api_key: str = field(default="", repr=False)
    """Without one, any key is right."""
    dids: frozenset[str] = frozenset()
    """Those that it knows; without any, all."""
    webhooks: WebhookManner = field(default_factory=WebhookManner)
    answer_delay: float = 0.0
    """Seconds by which an order's answer is late, while the call goes on already."""
    errors: float = 0.0
    """The share of orders that are answered with 500, and not carried out."""
    seed: int = 0
    speed: float = 1.0


@dataclass(slots=True)
class RestApi:
    """Takes orders for calls."""

    exchange: Exchange
    people: People
    rules: Rules
    _errors: Random = field(init=False)

    def __post_init__(self) -> None:
        self._errors = Random(f"{self.rules.seed}/errors")

    @property
    def app(self) -> Starlette:
        """The routes, those of the document first."""
        return Starlette(
            routes=[
                Route(PATH, self._order, methods=["POST"]),
                Route("/stand-in/calls", self._list),
            ]
        )

    async def _order(self, request: Request) -> Response:
        body, key = await request.body(), request.headers.get(KEY_HEADER, "")
        rules = self.rules
        try:
            order = read_order(body, key, right_key=rules.api_key, dids=rules.dids)
        except Refusal as refusal:
            return _answer(refusal.status, failure(refusal.code, refusal.reason))
        if self._errors.random() < rules.errors:
            fault = RestFault()
            return _answer(fault.status, failure(fault.code, fault.reason))
        reached = self.people.reach(order.mobile)
        fault_or_none = reached.fault
        if fault_or_none is None:
            call = self.exchange.set_up(order, reached)
            await asyncio.sleep(rules.answer_delay)
            return _answer(200, success(call.call_id))
        if fault_or_none.places:
            self.exchange.set_up(order, reached)
        return await _at_fault(fault_or_none)

    async def _list(self, _: Request) -> Response:
        calls = [asdict(call) for call in self.exchange.calls]
        return JSONResponse({"calls": calls})


async def _at_fault(fault: RestFault) -> Response:
    await asyncio.sleep(fault.delay)
    if fault.breaks:
        return StreamingResponse(_broken(), 200, {"content-length": "100"}, "application/json")
    return _answer(fault.status, failure(fault.code, fault.reason))


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"success":'
    # Less than announced: uvicorn closes the connection.


def _answer(status: int, body: bytes) -> Response:
    return Response(body, status, media_type="application/json")


class _Server(uvicorn.Server):
    """uvicorn's server; whoever opened it decides when it stops."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def standing_in(
    people: People,
    rules: Rules,
    listening: socket.socket,
    tell: Callable[[PhoneCall], None] = lambda _: None,
) -> AsyncIterator[Exchange]:
    """Stand in for the carrier on a bound socket until the block ends, and then break calls off."""
    client = httpx2.AsyncClient(timeout=_WEBHOOK_SECONDS, trust_env=False, verify=system_tls())
    async with client, asyncio.TaskGroup() as tasks:
        post = WebhookPost(client, rules.webhooks)
        exchange = Exchange(post, tasks, rules.seed, tell, rules.speed)
        config = uvicorn.Config(
            RestApi(exchange, people, rules).app,
            lifespan="off",
            access_log=False,
            log_config=None,
            # An answer that is broken off on purpose is an error to uvicorn.
            log_level="critical",
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        serving = tasks.create_task(server.serve([listening]))
        try:
            yield exchange
        finally:
            server.should_exit = True
            exchange.break_off()
            await serving
