"""The recordings of calls, over HTTP."""

from asyncio import to_thread
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from runtime.call.recording_shelf import RecordingShelf
from runtime.server.asking import id_of, query_of
from runtime.server.problems import Refused
from runtime.server.shapes import NoQuery


@dataclass(frozen=True, slots=True)
class RecordingsApi:
    """Answers `/v1/calls/{id}/recording.wav`."""

    shelf: RecordingShelf | None
    """None: this server records nothing."""

    def routes(self) -> list[Route]:
        """Return its path."""
        return [Route("/v1/calls/{id}/recording.wav", self.recording)]

    async def recording(self, request: Request) -> Response:
        """Answer a call's recording; of a live call what there is by now."""
        query_of(request, NoQuery)
        id_ = id_of(request)
        found = None if self.shelf is None else await to_thread(self.shelf.read, id_)
        if found is None:
            raise Refused(404, f"there is no recording of a call '{id_}'")
        length, pieces = found
        headers = {"content-length": str(length)}
        return StreamingResponse(pieces, media_type="audio/wav", headers=headers)
