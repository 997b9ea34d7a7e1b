"""A server that places calls as ours does (`POST /v1/calls`), and counts what it was asked for."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime.server.serving import listen


@dataclass
class PlacedCall:
    id: str
    mobile: str
    did: str
    at: float
    outcome: str
    seconds: float
    facts: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        is_over = time.time() >= self.at + self.seconds
        return {
            "id": self.id,
            "direction": "outgoing",
            "mobile": self.mobile,
            "did": self.did,
            "started_at": datetime.fromtimestamp(self.at, UTC).isoformat(),
            "state": "ended" if is_over else "live",
            "outcome": self.outcome if is_over else None,
            **self.facts,
        }


@dataclass
class CallServer:
    """Its calls last `seconds` and end as `outcome` says of the number and of how often it came."""

    outcome: Callable[[str, int], str] = lambda mobile, times: "answered"
    seconds: float = 0.3
    answer_after: float = 0.0
    """Seconds from placing a call until the order is answered."""
    facts: Callable[[str], dict[str, Any]] = lambda mobile: {}
    refusal: Callable[[str], Response | None] = lambda mobile: None
    token: str = ""
    calls: list[PlacedCall] = field(default_factory=list)
    address: str = ""

    @property
    def orders(self) -> Counter[str]:
        """How often each number was called."""
        return Counter(call.mobile for call in self.calls)

    def most_at_once(self) -> int:
        """Return how many calls were live together, at the most."""
        edges = [(call.at, 1) for call in self.calls]
        edges += [(call.at + call.seconds, -1) for call in self.calls]
        live = most = 0
        for _, change in sorted(edges):
            live += change
            most = max(most, live)
        return most

    async def place(self, request: Request) -> Response:
        if request.headers.get("authorization", "") != (self.token and f"Bearer {self.token}"):
            return JSONResponse({"detail": "give the token"}, 401)
        order = await request.json()
        mobile = order["mobile_number"]
        refusal = self.refusal(mobile)
        if refusal is not None:
            return refusal
        outcome = self.outcome(mobile, self.orders[mobile])
        call = PlacedCall(
            *(uuid4().hex, mobile, order["did"], time.time(), outcome, self.seconds),
            self.facts(mobile),
        )
        self.calls.append(call)
        await asyncio.sleep(self.answer_after)
        return JSONResponse({"id": call.id, "call_id": "", "status": "initiated"}, 202)

    async def listed(self, request: Request) -> Response:
        newest = [call.as_json() for call in reversed(self.calls)]
        return JSONResponse({"calls": newest[: int(request.query_params["limit"])]})

    async def one(self, request: Request) -> Response:
        found = [call for call in self.calls if call.id == request.path_params["id"]]
        return JSONResponse(found[0].as_json()) if found else JSONResponse({}, 404)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/calls", self.place, methods=["POST"]),
                Route("/v1/calls", self.listed),
                Route("/v1/calls/{id}", self.one),
            ]
        )


@contextmanager
def serving(server: CallServer) -> Iterator[CallServer]:
    """Serve on a free port, in a thread, while the block runs."""
    listening = listen("127.0.0.1", 0)
    server.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(server.app(), log_level="critical", lifespan="off")
    config.timeout_graceful_shutdown = 0
    uvicorn_server = uvicorn.Server(config)
    thread = threading.Thread(
        target=lambda: asyncio.run(uvicorn_server.serve(sockets=[listening])), daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        uvicorn_server.should_exit = True
        thread.join()
