import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from tables import each_row

from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import (
    Barred,
    Declined,
    Doubtful,
    Ended,
    Live,
    Missing,
    NotPlaced,
    Order,
    Placed,
)
from runtime.outbound.campaign.server_line import ServerLine

ORDER = Order("9845012345", "8645012345", None, {"name": "Asha"}, "key-1")


def asked(
    answer: httpx2.Response | Exception, ask: Callable[[ServerLine], Awaitable[Any]]
) -> tuple[Any, httpx2.Request]:
    """Return what the line makes of a server's answer, and what it asked."""
    seen: list[httpx2.Request] = []

    def server(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def go() -> Any:
        transport = httpx2.MockTransport(server)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            return await ask(ServerLine(client))

    found = asyncio.run(go())
    assert len(seen) == 1, "it asks once, whatever comes of it"
    return found, seen[0]


@each_row(
    ("answer", "means"),
    [
        (
            httpx2.Response(202, json={"id": "c1", "call_id": "x", "status": "initiated"}),
            Placed("c1"),
        ),
        (
            httpx2.Response(502, json={"error": {"code": 1022, "reason": "No DID"}, "id": "c1"}),
            Declined("the carrier refused it: 1022 No DID", Outcome.FAILED),
        ),
        (httpx2.Response(502, json={"may_ring": True, "id": "c1", "error": {}}), Placed("c1")),
        (httpx2.Response(502, text="Bad Gateway"), Doubtful("the server answers 502")),
        (httpx2.Response(504), Doubtful("the server answers 504")),
        (httpx2.Response(500), Doubtful("the server answers 500")),
        (httpx2.Response(422, json={"detail": "no flow"}), Declined("no flow", Outcome.REFUSED)),
        (
            httpx2.Response(401),
            Barred("the server does not take the token: set api.token, or give --token"),
        ),
        (httpx2.Response(503, json={"detail": "draining"}), NotPlaced("draining", 5.0)),
        (
            httpx2.Response(503, headers={"retry-after": "30"}),
            NotPlaced("the server answers 503", 30),
        ),
        (httpx2.ConnectError("no"), NotPlaced("the server cannot be reached", 10.0)),
        (httpx2.ReadTimeout("late"), Doubtful("no answer of the server: ReadTimeout")),
        (httpx2.Response(202, text="[]"), Doubtful("the server answers 202")),
    ],
)
def test_what_a_server_says_to_an_order(answer, means):
    found, request = asked(answer, lambda line: line.place(ORDER))
    assert found == means
    assert request.headers["idempotency-key"] == "key-1"


def test_an_order_names_the_flow_only_where_the_plan_does():
    order = Order("9845012345", "8645012345", "survey", {}, "key-2")
    answer = httpx2.Response(202, json={"id": "c1"})
    assert b'"flow"' in asked(answer, lambda line: line.place(order))[1].content
    assert b'"flow"' not in asked(answer, lambda line: line.place(ORDER))[1].content


ANSWERED = {"state": "ended", "outcome": "answered", "end_reason": "hangup", "slots": {"n": 1}}


@each_row(
    ("answer", "means"),
    [
        (httpx2.Response(200, json={"state": "dialling"}), Live()),
        (httpx2.Response(200, json={"state": "live", "outcome": None}), Live()),
        (httpx2.ConnectError("no"), Live()),
        (httpx2.Response(503), Live()),
        (httpx2.Response(404), Missing()),
        (httpx2.Response(200, json=ANSWERED), Ended(Outcome.ANSWERED, "", {"n": 1})),
        (
            httpx2.Response(200, json={**ANSWERED, "outcome": "busy", "end_reason": "busy"}),
            Ended(Outcome.BUSY, "busy", {"n": 1}),
        ),
        (
            httpx2.Response(200, json={"state": "ended", "end_reason": "server_lost"}),
            Ended(Outcome.FAILED, "server_lost", {}),
        ),
        (
            httpx2.Response(200, json={**ANSWERED, "slots": {"opt_out": True}}),
            Ended(Outcome.ANSWERED, "", {"opt_out": True}, True),
        ),
        (
            httpx2.Response(200, json={**ANSWERED, "variables": {"opt_out": True}}),
            Ended(Outcome.ANSWERED, "", {"n": 1}, True),
        ),
        (
            httpx2.Response(
                200, json={**ANSWERED, "events": [{"kind": "entered", "state": "opt_out"}]}
            ),
            Ended(Outcome.ANSWERED, "", {"n": 1}, True),
        ),
        (
            httpx2.Response(200, json={**ANSWERED, "slots": {"opt_out": "no"}}),
            Ended(Outcome.ANSWERED, "", {"opt_out": "no"}),
        ),
    ],
)
def test_what_a_server_says_of_a_call(answer, means):
    assert asked(answer, lambda line: line.look("c1"))[0] == means


def row(**changed: str) -> dict[str, str]:
    return {
        **{"id": "c1", "direction": "outgoing", "mobile": "9845012345"},
        **{"started_at": "2026-11-30T04:30:00.000+00:00"},
        **changed,
    }


@each_row(
    ("rows", "found"),
    [
        ([], None),
        ([row()], "c1"),
        ([row(direction="incoming")], None),
        ([row(mobile="9845012346")], None),
        ([row(started_at="2026-11-30T04:29:00.000+00:00")], None),
        ([row(id="c2", started_at="2026-11-30T04:30:01.000+00:00"), row()], "c2"),
    ],
)
def test_a_lost_call_is_found_by_its_number_and_its_time(rows, found):
    since = 1_796_013_002.0  # two seconds after 2026-11-30 04:30 UTC, by a clock that differs
    answer = httpx2.Response(200, json={"calls": rows})
    assert asked(answer, lambda line: line.find(ORDER, since))[0] == found
