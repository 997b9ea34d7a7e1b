"""The flows that a server has, over HTTP."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.server.asking import query_of
from runtime.server.flows import FlowShelf
from runtime.server.problems import Json
from runtime.server.shapes import NoQuery


@dataclass(frozen=True, slots=True)
class FlowsApi:
    """Answers `/v1/flows`."""

    shelf: FlowShelf

    def routes(self) -> list[Route]:
        """Return its path."""
        return [Route("/v1/flows", self.flows)]

    async def flows(self, request: Request) -> Response:
        """List the flows, what is wrong with which, and the trials under way."""
        query_of(request, NoQuery)
        shelf = self.shelf
        rows = [shelved.as_json() for shelved in shelf.shelved]
        problems, trials = list(shelf.dids_problems), shelf.trials.as_json()
        return Json({"flows": rows, "dids_errors": problems, "trials": trials})
