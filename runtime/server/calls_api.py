"""The calls over HTTP: listed, shown whole, hung up."""

import asyncio
from dataclasses import dataclass
from time import time
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.flow.dids import normal_did
from runtime.outbound.outgoing_call import OutgoingCalls
from runtime.server.asking import ANSWER_SECONDS, id_of, no_call, query_of
from runtime.server.hang_ups import ASKED
from runtime.server.problems import Json, Refused
from runtime.server.shapes import CallsQuery, NoQuery
from runtime.server.switchboard import Switchboard
from runtime.store.archive import UnknownCall, Wanted
from runtime.store.changes import Told
from runtime.store.store import Store

HANGING_UP = {"status": "hanging up"}

OPERATOR = "operator"
"""Why a call has ended that was hung up here."""


@dataclass(frozen=True, slots=True)
class CallsApi:
    """Answers `/v1/calls` and what is below it."""

    switchboard: Switchboard
    store: Store
    outgoing: OutgoingCalls

    def routes(self) -> list[Route]:
        """Return its paths."""
        return [
            Route("/v1/calls", self.calls),
            Route("/v1/calls/{id}", self.call),
            Route("/v1/calls/{id}", self.hang_up, methods=["DELETE"]),
        ]

    async def calls(self, request: Request) -> Response:
        """List the calls, newest first; `before` is the id of the last one already seen."""
        query = query_of(request, CallsQuery)
        did = query.did and (normal_did(query.did) or query.did)
        wanted = Wanted(query.state, did, query.flow)
        # One more than is shown tells whether there is a next page.
        limit, before = query.limit + 1, query.before
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.store.writer.flushed()
            try:
                rows = await self.store.archive.page(wanted, limit=limit, before=before)
            except UnknownCall as exc:
                raise Refused(404, f"before: there is no call '{before}'", field="before") from exc
        shown, more = rows[: query.limit], rows[query.limit :]
        following = None
        if more:
            given = query.model_dump(exclude_none=True, exclude_unset=True)
            following = f"/v1/calls?{urlencode({**given, 'before': shown[-1]['id']})}"
        return Json({"calls": shown, "next": following})

    async def call(self, request: Request) -> Response:
        """Answer one call whole."""
        query_of(request, NoQuery)
        id_ = id_of(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.store.writer.flushed()
            found = await self.store.archive.find(id_)
        if found is None:
            raise no_call(id_)
        return Json(found)

    async def hang_up(self, request: Request) -> Response:
        """End a live call, here or by asking the server that leads it, or one that still rings."""
        query_of(request, NoQuery)
        id_ = id_of(request)
        if self.switchboard.hang_up(id_):
            self._ask(id_)
            return Json(HANGING_UP, status_code=202)
        async with asyncio.timeout(ANSWER_SECONDS):
            if await self.outgoing.end(id_, OPERATOR, time()):
                # Another server may lead it since a moment ago, and not have kept that yet.
                self._ask(id_)
                return Json(HANGING_UP, status_code=202)
            await self._check_elsewhere(id_)
            self._ask(id_)
            await self.store.writer.flushed()
        if self.store.writer.is_behind:
            # It will be asked when the database is back; whether that is soon, nobody knows.
            raise TimeoutError
        return Json(HANGING_UP, status_code=202)

    def _ask(self, id_: str) -> None:
        """Tell all servers that the call is to end, and all who read along."""
        self.store.writer.put(Told(time(), ASKED, {"call": id_}))

    async def _check_elsewhere(self, id_: str) -> None:
        """Raise `Refused` where no other server leads that call now."""
        await self.store.writer.flushed()
        standing = await self.store.archive.standing(id_)
        if standing is None:
            raise no_call(id_)
        # One that stands here as ours, and is not on the switchboard, is just ending.
        if standing.state != "live" or standing.server == self.store.writer.server.id:
            raise Refused(409, "the call is over")
