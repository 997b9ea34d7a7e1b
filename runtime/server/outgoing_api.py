"""Placing calls over the HTTP interface, and the carrier's webhooks."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.call.equipment import Equipment
from runtime.carrier.phone_number import BadNumber, ten_digits
from runtime.flow.dids import normal_did
from runtime.outbound.outgoing_call import OutgoingCalls, Placed
from runtime.outbound.placing import WEBHOOK_HEADER, NotPlaced, Placing, Wish
from runtime.server.asking import body_of, bytes_of, query_of
from runtime.server.flows import Answer, FlowShelf
from runtime.server.problems import Json, Refused, problem
from runtime.server.room import Room
from runtime.server.shapes import NoQuery, PlaceCall

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class OutgoingApi:
    """Answers `POST /v1/calls` and `POST /webhooks/carrier`."""

    shelf: FlowShelf
    equipment: Equipment
    calls: OutgoingCalls
    placing: Placing | None
    """None: the settings have no key for the carrier's interface."""
    room: Room

    def routes(self) -> list[Route]:
        """Return its paths."""
        return [
            Route("/v1/calls", self.place, methods=["POST"]),
            Route("/webhooks/carrier", self.webhook, methods=["POST"]),
        ]

    async def place(self, request: Request) -> Response:
        """Place a call: 202, and what becomes of it is at `/v1/calls/{id}`."""
        query_of(request, NoQuery)
        wanted = await body_of(request, PlaceCall)
        key = _key(request)
        try:
            placed = await self._placed_before(key) or await self._place(wanted, key)
        except NotPlaced as not_placed:
            error = {"code": not_placed.code, "reason": not_placed.reason}
            more = {"error": error, "id": not_placed.id, "may_ring": not_placed.may_ring}
            return problem(502, not_placed.reason, **more)
        answer = {"id": placed.id, "call_id": placed.call_id, "status": placed.status}
        return Json(answer, status_code=202, headers={"location": f"/v1/calls/{placed.id}"})

    async def webhook(self, request: Request) -> Response:
        """Keep what the carrier tells of a call; what it means is worked out, if it can be."""
        shown = request.headers.get(WEBHOOK_HEADER, "")
        body = await bytes_of(request)
        if not await self.calls.webhook(shown, body, self.equipment.clock()):
            return problem(401, f"{WEBHOOK_HEADER} is not what this server gave the carrier")
        return Response(status_code=204)

    async def _placed_before(self, key: str | None) -> Placed | None:
        """Return the key's call, even where no other could be placed now: it may be why not."""
        if key is None or self.placing is None:
            return None
        return await self.placing.placed_before(key)

    async def _place(self, wanted: PlaceCall, key: str | None) -> Placed:
        wish = self._wish(wanted, key)
        if self.placing is None:
            raise Refused(503, "the settings have no carrier.api_key, so no call can be placed")
        try:
            return await self.placing.place(wish, self.room.taken())
        except Refused:
            # The last room may have gone to the same key, which was shown twice at once.
            before = await self._placed_before(key)
            if before is None:
                raise
            return before

    def _wish(self, wanted: PlaceCall, key: str | None) -> Wish:
        try:
            mobile = ten_digits(wanted.mobile_number, "mobile_number")
            did = ten_digits(wanted.did, "did")
        except BadNumber as bad:
            raise Refused(422, str(bad), field=bad.field) from bad
        answer = self._flow(wanted.flow, did, mobile)
        flow = answer.loaded.flow
        for name in wanted.variables:
            if name in flow.slots and flow.slots[name].sensitive:
                why = f"{name} is a sensitive slot of this flow, and a variable's value is kept"
                raise Refused(422, why, field=f"variables.{name}")
        variables = {**answer.variables, **wanted.variables}
        return Wish(mobile, did, flow.name, flow.version, variables, key)

    def _flow(self, name: str | None, did: str, mobile: str) -> Answer:
        answer = self.shelf.for_did(normal_did(did) or did, mobile)
        if name is None:
            if answer is None:
                why = "no flow answers this DID; name one with 'flow'"
                raise Refused(422, why, field="did")
            return answer
        loaded = self.shelf.by_name(name)
        if loaded is None:
            raise Refused(422, f"there is no flow '{name}' that serves", field="flow")
        return Answer(loaded, answer.variables if answer else {})


def _key(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER)
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        why = f"{KEY_HEADER} has 1 to {LONGEST_KEY} characters"
        raise Refused(422, why, field=KEY_HEADER)
    return key
