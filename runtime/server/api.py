"""The HTTP interface whole: its rooms, and the document that tells of it (docs/http.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.server.asking import query_of
from runtime.server.openapi import document
from runtime.server.operations import OPERATIONS, SCHEMES
from runtime.server.shapes import NoQuery


class Room(Protocol):
    """Answers some paths."""

    def routes(self) -> list[Route]:
        """Return the paths."""
        ...


@dataclass(frozen=True, slots=True)
class Api:
    """Answers everything but the media socket."""

    rooms: Sequence[Room]

    def routes(self) -> list[Route]:
        """Return the paths of the interface, the document's own among them."""
        routes = [route for room in self.rooms for route in room.routes()]
        described = b""

        async def openapi(request: Request) -> Response:
            query_of(request, NoQuery)
            return Response(described, media_type="application/json")

        routes.append(Route("/v1/openapi.json", openapi))
        described = orjson.dumps(document(routes, OPERATIONS, SCHEMES))
        return routes
