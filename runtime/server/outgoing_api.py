"""Placing calls over the HTTP interface, and the carrier's webhooks."""

from dataclasses import dataclass, field
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from runtime.call.equipment import Equipment
from runtime.carrier.phone_number import BadNumber, ten_digits
from runtime.flow.dids import normal_did
from runtime.outbound.outgoing_call import OutgoingCalls
from runtime.outbound.placing import WEBHOOK_HEADER, NotPlaced, Placing, Wish
from runtime.server.flows import Answer, FlowShelf
from runtime.server.problems import Json, problem
from runtime.server.switchboard import Switchboard

LARGEST_BODY = 1_000_000
KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 200


class PlaceCall(BaseModel):
    """The body of `POST /v1/calls`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mobile_number: Annotated[str, Field(description="Whom to call: ten digits.", max_length=40)]
    did: Annotated[str, Field(description="The number that calls: ten digits.", max_length=40)]
    flow: Annotated[
        str | None, Field(description="The flow's name; the DID's own if left out.", max_length=200)
    ] = None
    variables: Annotated[
        dict[str, str | int | float | bool | list[str] | None],
        Field(description="Over the flow's own starting values."),
    ] = {}


class Refused(Exception):  # noqa: N818 - it reads as what is done
    """The request is answered with this."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class OutgoingApi:
    """Answers `POST /v1/calls` and `POST /webhooks/carrier`."""

    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    calls: OutgoingCalls
    placing: Placing | None
    """None: the settings have no key for the carrier's interface."""
    reserve: int = field(default=0)
    """Calls for which room is left for those who call us."""

    async def place(self, request: Request) -> Response:
        """Place a call: 202, and what becomes of it is at `/v1/calls/{id}`."""
        try:
            wish = await self._wish(request)
            await self._make_room()
        except Refused as refused:
            return refused.answer
        if self.placing is None:
            return problem(503, "the settings have no carrier.api_key, so no call can be placed")
        try:
            placed = await self.placing.place(wish)
        except NotPlaced as not_placed:
            error = {"code": not_placed.code, "reason": not_placed.reason}
            more = {"error": error, "id": not_placed.id, "may_ring": not_placed.may_ring}
            return problem(502, not_placed.reason, **more)
        answer = {"id": placed.id, "call_id": placed.call_id, "status": placed.status}
        return Json(answer, status_code=202, headers={"location": f"/v1/calls/{placed.id}"})

    async def webhook(self, request: Request) -> Response:
        """Keep what the carrier tells of a call; what it means is worked out, if it can be."""
        shown = request.headers.get(WEBHOOK_HEADER, "")
        body = await _body(request)
        if body is None:
            return problem(413, f"a webhook has at most {LARGEST_BODY} bytes")
        if not await self.calls.webhook(shown, body, self.equipment.clock()):
            return problem(401, f"{WEBHOOK_HEADER} is not what this server gave the carrier")
        return Response(status_code=204)

    async def _wish(self, request: Request) -> Wish:
        body = await _body(request)
        if body is None:
            raise Refused(problem(413, f"a body has at most {LARGEST_BODY} bytes"))
        wanted = _read(body)
        key = request.headers.get(KEY_HEADER)
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            why = f"{KEY_HEADER} has 1 to {LONGEST_KEY} characters"
            raise Refused(problem(422, why, field=KEY_HEADER))
        try:
            mobile = ten_digits(wanted.mobile_number, "mobile_number")
            did = ten_digits(wanted.did, "did")
        except BadNumber as bad:
            raise Refused(problem(422, str(bad), field=bad.field)) from bad
        answer = self._flow(wanted.flow, did, mobile)
        flow = answer.loaded.flow
        variables = {**answer.variables, **wanted.variables}
        return Wish(mobile, did, flow.name, flow.version, variables, key)

    def _flow(self, name: str | None, did: str, mobile: str) -> Answer:
        answer = self.shelf.for_did(normal_did(did) or did, mobile)
        if name is None:
            if answer is None:
                why = "no flow answers this DID; name one with 'flow'"
                raise Refused(problem(422, why, field="did"))
            return answer
        loaded = self.shelf.by_name(name)
        if loaded is None:
            raise Refused(problem(422, f"there is no flow '{name}' that serves", field="flow"))
        return Answer(loaded, answer.variables if answer else {})

    async def _make_room(self) -> None:
        """Refuse a call that the server would have no room for when it is answered."""
        refusal = self.switchboard.refuses()
        if refusal is None:
            taken = self.switchboard.talking + await self.calls.dialling()
            if taken < self.switchboard.max_calls - self.reserve:
                return
            refusal = "call limit reached"
        answer = problem(503, f"no call can be placed now: {refusal}", reasons=[refusal])
        answer.headers["retry-after"] = "5"
        raise Refused(answer)


async def _body(request: Request) -> bytes | None:
    """Return the body; None where it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _read(body: bytes) -> PlaceCall:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(problem(400, "the body is no JSON")) from error
    try:
        return PlaceCall.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"{where}: {first['msg']}" if where else first["msg"]
        raise Refused(problem(422, detail, field=where)) from error
