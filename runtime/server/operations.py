"""What the OpenAPI document tells of each route."""

from runtime.outbound.placing import WEBHOOK_HEADER
from runtime.server import shapes
from runtime.server.openapi import PROBLEM, SCHEMAS, Answer, Operation, Operations

SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The setting `api.token`; without it none is asked for.",
    },
    "carrier": {
        "type": "apiKey",
        "in": "header",
        "name": WEBHOOK_HEADER,
        "description": "What we gave the carrier with the call; nobody else knows it.",
    },
}

_AT = "2026-11-29T09:30:00.000+00:00"

_CALL_ROW = {
    "id": "5f0c2c4e6f0b4d5e9a53f4f6f4b9a001",
    "call_id": "carrier-77",
    "did": "8645012345",
    "mobile": "9800000000",
    "direction": "incoming",
    "flow": "clinic",
    "flow_version": "0123456789ab",
    "state": "live",
    "started_at": _AT,
    "answered_at": _AT,
    "ended_at": None,
    "end_reason": None,
}

_TURN = {
    **{"at": _AT, "who": "caller", "text": "tomorrow at ten", "state": "visit"},
    **{"intent": "visit", "confidence": 0.97, "how": "words", "latency_ms": None},
}

_WHOLE = {
    **_CALL_ROW,
    "variables": {"doctor": "Rao"},
    "slots": {"day": "2026-11-30"},
    "turns": [_TURN],
    "events": [{"at": _AT, "kind": "entered", "state": "visit"}],
    "usage": [],
    "recording": None,
    "outcome": None,
}

_FLOW_ROW = {
    **{"name": "clinic", "file": "clinic.yaml", "version": "0123456789ab", "valid": True},
    **{"errors": [], "loaded_at": _AT},
}

_STREAM = (
    "id: 41\nevent: turn\ndata: "
    f'{{"at":"{_AT}","call":"5f0c2c4e6f0b4d5e9a53f4f6f4b9a001","number":1,"who":"bot",'
    '"text":"Hello.","state":"menu","intent":null,"confidence":null,"how":null}\n\n'
)

_STREAMED = (
    "One block an event: `id:` to take up from, `event:` its kind, `data:` one line of JSON, whose "
    "schema is `contentSchema`. A comment comes every 15 seconds. The stream may end at any time: "
    "ask again with the last id."
)


def _event(kind: str, model: str) -> dict[str, object]:
    """Return the schema of an event: its fields, and as what its data is to be read."""
    data = {"type": "string", "contentMediaType": "application/json"}
    content = {"$ref": SCHEMAS.format(model=model)}
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "id": {"type": "string"},
            "event": {"const": kind},
            "data": {**data, "contentSchema": content},
        },
    }


def _refused(description: str) -> Answer:
    return Answer(description, shapes.Problem, PROBLEM)


_UNAUTHORIZED = Answer(
    "No token, or not the right one.",
    shapes.Problem,
    PROBLEM,
    headers={"WWW-Authenticate": "Bearer, and why."},
)
_NO_CALL = _refused("There is no such call.")
_BAD_QUERY = _refused("A parameter is unknown or wrong; `field` names it.")
_AWAY = Answer(
    "The database cannot be reached.",
    shapes.Problem,
    PROBLEM,
    headers={"Retry-After": "Seconds."},
)
_BAD_BODY = {
    400: _refused("The body is no JSON."),
    413: _refused("The body is too large."),
    415: _refused("The body is not sent as application/json."),
}

OPERATIONS: Operations = {
    ("GET", "/health"): Operation(
        "The process works",
        "server",
        {200: Answer("It does.", shapes.Health, example={"status": "ok"})},
    ),
    ("GET", "/ready"): Operation(
        "Calls can be taken",
        "server",
        {
            200: Answer("They can.", shapes.Ready, example={"status": "ready"}),
            503: Answer("They cannot; `reasons` says why.", shapes.NotReady, PROBLEM),
        },
    ),
    ("GET", "/metrics"): Operation(
        "The figures, for Prometheus",
        "server",
        {200: Answer("Prometheus's text format.", None, "text/plain", {"type": "string"})},
    ),
    ("GET", "/v1/openapi.json"): Operation(
        "This document",
        "server",
        {
            200: Answer("OpenAPI 3.1.", schema={"type": "object"}),
            401: _UNAUTHORIZED,
            422: _BAD_QUERY,
        },
        query=shapes.NoQuery,
    ),
    ("GET", "/v1/flows"): Operation(
        "The flows, what is wrong with which, and the trials under way",
        "flows",
        {
            200: Answer(
                "All flows of this server.",
                shapes.Flows,
                example={"flows": [_FLOW_ROW], "dids_errors": [], "trials": []},
            ),
            401: _UNAUTHORIZED,
            422: _BAD_QUERY,
        },
        query=shapes.NoQuery,
    ),
    ("GET", "/v1/calls"): Operation(
        "The calls, newest first",
        "calls",
        {
            200: Answer(
                "A page; a call that comes in between two pages shifts none.",
                shapes.Calls,
                example={"calls": [_CALL_ROW], "next": None},
            ),
            401: _UNAUTHORIZED,
            404: _refused("`before` names no call that is kept."),
            422: _BAD_QUERY,
            503: _AWAY,
        },
        query=shapes.CallsQuery,
    ),
    ("POST", "/v1/calls"): Operation(
        "Places an outgoing call",
        "calls",
        {
            202: Answer(
                "The carrier has taken it.",
                shapes.Placed,
                headers={"Location": "Where the call is to be found."},
                example={"id": _CALL_ROW["id"], "call_id": "carrier-77", "status": "initiated"},
            ),
            **_BAD_BODY,
            401: _UNAUTHORIZED,
            422: _refused("A field is unknown, missing or wrong; `field` names it."),
            502: Answer(
                "The carrier has refused it, or has not answered; `error` has code and reason.",
                shapes.CarrierProblem,
                PROBLEM,
            ),
            503: _refused("No room, draining, no key for the carrier, or the database is away."),
        },
        "It is asked of the carrier once. What becomes of it is at `/v1/calls/{id}`.",
        query=shapes.NoQuery,
        headers={
            "Idempotency-Key": {
                "description": "The same key twice is the same call: it is placed once.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        },
        body=shapes.PlaceCall,
    ),
    ("GET", "/v1/calls/{id}"): Operation(
        "One call, whole",
        "calls",
        {
            200: Answer("All that is kept of it.", shapes.WholeCall, example=_WHOLE),
            401: _UNAUTHORIZED,
            404: _NO_CALL,
            422: _BAD_QUERY,
            503: _AWAY,
        },
        query=shapes.NoQuery,
    ),
    ("DELETE", "/v1/calls/{id}"): Operation(
        "Hangs a live call up, or takes one back that still rings",
        "calls",
        {
            202: Answer("It is being ended.", shapes.HangingUp, example={"status": "hanging up"}),
            401: _UNAUTHORIZED,
            404: _NO_CALL,
            409: _refused("The call is over."),
            422: _BAD_QUERY,
            503: _AWAY,
        },
        "Also where another server that shares the database leads it: that one sees it within two "
        "seconds.",
        query=shapes.NoQuery,
    ),
    ("GET", "/v1/calls/{id}/recording.wav"): Operation(
        "The recording of a call",
        "calls",
        {
            200: Answer(
                "Stereo WAV in mu-law: caller left, bot right, time-aligned.",
                None,
                "audio/wav",
                {"type": "string", "contentMediaType": "audio/wav"},
            ),
            401: _UNAUTHORIZED,
            404: _refused("There is no such call, or no recording of it on this server's disk."),
            422: _BAD_QUERY,
        },
        query=shapes.NoQuery,
    ),
    ("GET", "/v1/events"): Operation(
        "What happens, as it happens (server-sent events)",
        "events",
        {
            200: Answer(
                "Events, those of all servers that share the database.",
                None,
                "text/event-stream",
                {"oneOf": [_event(kind, model.__name__) for kind, model in shapes.EVENTS.items()]},
                example=_STREAM,
            ),
            401: _UNAUTHORIZED,
            422: _BAD_QUERY,
            503: _refused("The server is stopping, or the database cannot be reached."),
        },
        _STREAMED,
        query=shapes.EventsQuery,
        headers={
            "Last-Event-ID": {
                "description": "The id of the last event already seen.",
                "schema": {"type": "integer", "minimum": 0, "maximum": shapes.NEWEST_ID},
            }
        },
    ),
    ("POST", "/webhooks/carrier"): Operation(
        "Takes what the carrier tells of a call",
        "carrier",
        {
            204: Answer("It is kept."),
            413: _refused("The body is too large."),
            401: _refused("The header is not what we gave the carrier with the call."),
            503: _AWAY,
        },
        any_body=True,
        security="carrier",
    ),
}
"""By method and path. A route without an entry here keeps the server from starting."""
