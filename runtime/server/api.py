"""The HTTP interface: health, figures, flows and calls (docs: the README's "HTTP" part)."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hmac import compare_digest

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from runtime.call.equipment import Equipment
from runtime.server.flows import FlowShelf
from runtime.server.outgoing_api import OutgoingApi
from runtime.server.problems import Json, problem
from runtime.server.switchboard import Switchboard
from runtime.store.archive import UnknownCall, Wanted
from runtime.store.store import Store

DEFAULT_PAGE = 50
LARGEST_PAGE = 500

Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Api:
    """Answers everything but the media socket."""

    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    store: Store
    outgoing: OutgoingApi
    token: str | None

    def routes(self) -> list[Route]:
        """Return the paths of the interface."""
        guarded = self._guarded
        return [
            Route("/health", self.health),
            Route("/ready", self.ready),
            Route("/metrics", self.metrics),
            Route("/v1/flows", guarded(self.flows)),
            Route("/v1/calls", guarded(self.calls)),
            Route("/v1/calls", guarded(self.outgoing.place), methods=["POST"]),
            Route("/webhooks/carrier", self.outgoing.webhook, methods=["POST"]),
            Route("/v1/calls/{id}/recording.wav", guarded(self.recording)),
            Route("/v1/calls/{id}", guarded(self.call), methods=["GET", "DELETE"]),
        ]

    async def health(self, request: Request) -> Response:
        """Answer 200 while the process works."""
        return Json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Answer 200 when calls can be taken, else 503 with the reasons."""
        reasons: list[str] = []
        refusal = self.switchboard.refuses()
        if refusal is not None:
            reasons.append(refusal)
        if not any(shelved.serving for shelved in self.shelf.shelved):
            reasons.append("no valid flow")
        if reasons:
            return problem(503, "; ".join(reasons), reasons=reasons)
        return Json({"status": "ready"})

    async def metrics(self, request: Request) -> Response:
        """Answer the figures in Prometheus's text format."""
        content = generate_latest(self.equipment.figures.registry)
        return Response(content, media_type=CONTENT_TYPE_LATEST)

    async def flows(self, request: Request) -> Response:
        """List the flows, what is wrong with which, and the trials under way."""
        shelf = self.shelf
        rows = [shelved.as_json() for shelved in shelf.shelved]
        problems, trials = list(shelf.dids_problems), shelf.trials.as_json()
        return Json({"flows": rows, "dids_errors": problems, "trials": trials})

    async def calls(self, request: Request) -> Response:
        """List the calls, newest first; `before` is the id of the last one already seen."""
        query = request.query_params
        state = query.get("state")
        if state not in (None, "live", "ended"):
            return problem(422, "state is 'live' or 'ended'", field="state")
        try:
            limit = int(query.get("limit", str(DEFAULT_PAGE)))
        except ValueError:
            limit = 0
        if not 1 <= limit <= LARGEST_PAGE:
            return problem(422, f"limit is a number from 1 to {LARGEST_PAGE}", field="limit")
        wanted = Wanted(state, query.get("did"), query.get("flow"))
        await self.store.writer.flushed()
        try:
            rows = await self.store.archive.page(wanted, limit=limit, before=query.get("before"))
        except UnknownCall:
            return problem(422, "before is the id of a call", field="before")
        return Json({"calls": rows})

    async def call(self, request: Request) -> Response:
        """Answer one call whole, or hang it up."""
        id_ = request.path_params["id"]
        await self.store.writer.flushed()
        found = await self.store.archive.find(id_)
        if found is None:
            return problem(404, f"there is no call '{id_}'")
        if request.method == "DELETE":
            now = self.equipment.clock()
            if not self.switchboard.hang_up(id_) and not await self.outgoing.calls.end(
                id_, "operator", now
            ):
                return problem(409, "the call has ended")
            return Json({"status": "hanging up"}, status_code=202)
        return Json(found)

    async def recording(self, request: Request) -> Response:
        """Answer a call's recording; of a live call what there is by now."""
        shelf, id_ = self.equipment.recording_shelf, request.path_params["id"]
        found = None if shelf is None else await to_thread(shelf.read, id_)
        if found is None:
            return problem(404, f"there is no recording of a call '{id_}'")
        length, pieces = found
        headers = {"content-length": str(length)}
        return StreamingResponse(pieces, media_type="audio/wav", headers=headers)

    def _guarded(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.token and not compare_digest(given.encode(), self.token.encode()):
                refusal = problem(401, "give the token: Authorization: Bearer …")
                refusal.headers["www-authenticate"] = "Bearer"
                return refusal
            return await answer(request)

        return guarded
