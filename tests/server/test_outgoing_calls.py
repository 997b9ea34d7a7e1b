import asyncio
import json
import time
from pathlib import Path

import pytest
import websockets
from placing import BOT, MOBILE, person, placing
from running import DID, running, until

from runtime.carrier.script import HangUp, Wait
from runtime.carrier.stand_in.person import Answer, Person, RestFault
from runtime.carrier.stand_in.webhooks import Order, WebhookManner
from runtime.outbound.outgoing_call import Dialling

pytestmark = pytest.mark.network


def test_a_placed_call_is_answered_led_and_found_by_its_id(tmp_path: Path):
    async def go() -> None:
        async with placing(tmp_path, person()) as here:
            answer = await here.place(variables={"name": "Asha"})
            assert answer.status_code == 202
            placed = answer.json()
            assert placed["status"] == "initiated"
            assert answer.headers["location"] == f"/v1/calls/{placed['id']}"
            call = await here.server.ended_call(placed["id"])
            assert (call["call_id"], call["direction"]) == (placed["call_id"], "outgoing")
            assert (call["mobile"], call["did"]) == (MOBILE, DID)
            assert (call["outcome"], call["end_reason"]) == ("answered", "hangup")
            assert [turn["text"] for turn in call["turns"]] == ["Hello Asha.", "Bye."]
            assert call["variables"]["name"] == "Asha"
            assert call["started_at"] <= call["answered_at"] <= call["ended_at"]

    asyncio.run(go())


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(Answer.BUSY, "busy"), (Answer.NO_ANSWER, "no_answer"), (Answer.FAILED, "failed")],
)
def test_who_does_not_answer_is_told_by_webhooks_in_any_order(
    tmp_path: Path, answer: Answer, outcome: str, order: Order
):
    async def go() -> None:
        manner = WebhookManner(order, twice=1.0)
        async with placing(tmp_path, person(answer), manner) as here:
            id_ = (await here.place()).json()["id"]
            # The WebSocket may have been closed before the webhook says why.
            async with asyncio.timeout(5):
                while await here.outcome(id_) != (outcome, outcome):  # noqa: ASYNC110 - no event
                    await asyncio.sleep(0.01)

    asyncio.run(go())


def test_without_webhooks_the_time_tells_that_nobody_answers(tmp_path: Path):
    async def go() -> None:
        silent = WebhookManner(loss=1.0)
        lost = person(Answer.FAILED)
        rings = {"ring_seconds": 0.5}
        async with placing(tmp_path, lost, silent, carrier=rings) as here:
            id_ = (await here.place()).json()["id"]
            assert (await here.call(id_))["state"] == "dialling"
            assert await here.outcome(id_) == ("no_answer", "no_answer")

    asyncio.run(go())


def test_a_phone_that_rings_too_long_is_given_up(tmp_path: Path):
    async def go() -> None:
        patient = Person("x", (Answer.PERSON,), rings=1000.0)
        rings = {"ring_seconds": 0.5}
        async with placing(tmp_path, patient, carrier=rings) as here:
            id_ = (await here.place()).json()["id"]
            assert await here.outcome(id_) == ("no_answer", "no_answer")

    asyncio.run(go())


def test_a_refusal_comes_back_with_the_carriers_code_and_reason(tmp_path: Path):
    async def go() -> None:
        refuses = person(rest=RestFault(400, 1022, "Organisation does not exists", places=False))
        async with placing(tmp_path, refuses) as here:
            answer = await here.place()
            assert answer.status_code == 502
            assert answer.headers["content-type"] == "application/problem+json"
            told = answer.json()
            assert told["error"] == {"code": 1022, "reason": "Organisation does not exists"}
            assert told["may_ring"] is False
            assert await here.outcome(told["id"]) == ("failed", "refused")

    asyncio.run(go())


def test_a_carrier_that_may_have_placed_it_is_not_asked_again(tmp_path: Path):
    async def go() -> None:
        odd = person(rest=RestFault(500, 5000, "oops", places=True))
        async with placing(tmp_path, odd) as here:
            answer = await here.place()
            assert (answer.status_code, answer.json()["may_ring"]) == (502, True)
            # It rings after all, and the call is led.
            assert (await here.outcome(answer.json()["id"]))[0] == "answered"
            assert len(here.exchange.calls) == 1

    asyncio.run(go())


def test_the_same_key_is_the_same_call(tmp_path: Path):
    async def go() -> None:
        async with placing(tmp_path, person()) as here:
            first, second = await asyncio.gather(here.place(key="a-1"), here.place(key="a-1"))
            third = await here.place(key="a-1")
            ids = {answer.json()["id"] for answer in (first, second, third)}
            assert len(ids) == 1
            assert {answer.status_code for answer in (first, second, third)} == {202}
            await here.server.ended_call(ids.pop())
            assert len(here.exchange.calls) == 1

    asyncio.run(go())


@pytest.mark.parametrize(
    "fault",
    [
        RestFault(400, 1022, "Organisation does not exists", places=False),
        RestFault(500, 5000, "oops", places=False),
    ],
)
def test_the_same_key_is_answered_alike_after_a_failure(tmp_path: Path, fault: RestFault):
    async def go() -> None:
        async with placing(tmp_path, person(rest=fault)) as here:
            first, second = await here.place(key="a-1"), await here.place(key="a-1")
            assert (first.status_code, second.status_code) == (502, 502)
            assert first.json()["may_ring"] is (fault.status == 500)
            assert second.json() == first.json()
            assert len(here.exchange.calls) <= 1

    asyncio.run(go())


def test_the_same_key_is_answered_where_its_call_has_taken_the_last_room(tmp_path: Path):
    """Who is told that there was no room would place the call once more, under another key."""

    async def go() -> None:
        silent = WebhookManner(loss=1.0)
        one = {"max_calls": 1}
        async with placing(tmp_path, person(Answer.FAILED), silent, server=one) as here:
            at_once = await asyncio.gather(*(here.place(key="a-1") for _ in range(4)))
            answers = [*at_once, await here.place(key="a-1")]
            assert {answer.status_code for answer in answers} == {202}
            assert len({answer.json()["id"] for answer in answers}) == 1

    asyncio.run(go())


def test_a_token_opens_one_connection_of_its_own_did(tmp_path: Path):
    async def refused(url: str) -> None:
        async with websockets.connect(url) as socket:
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1008

    async def go() -> None:
        async with running(tmp_path, BOT) as server:
            call = Dialling("a" * 32, DID, MOBILE, "hello", "v", {}, "call.secret")
            await server.house.outgoing.calls.dial(call, time.time())
            await refused(server.url("/media/8645099999?token=call.secret"))
            await refused(server.url(f"/media/{DID}?token=call.other"))
            url = server.url(f"/media/{DID}?token=call.secret")
            connected = {"event": "connected", "callId": "carrier-1", "mobileNo": MOBILE}
            async with websockets.connect(url) as socket:
                await socket.send(json.dumps(connected))
                assert json.loads(await socket.recv())["event"] == "connected"
                await refused(url)
            assert (await server.ended_call("a" * 32))["call_id"] == "carrier-1"

    asyncio.run(go())


def test_a_token_is_good_for_ten_minutes(tmp_path: Path):
    async def go() -> None:
        async with running(tmp_path, BOT) as server:
            outgoing = server.house.outgoing.calls
            now = time.time()
            for id_, token in (("a" * 32, "call.a"), ("b" * 32, "call.b")):
                await outgoing.dial(Dialling(id_, DID, MOBILE, "hello", "v", {}, token), now)
            assert await outgoing.claim("call.a", DID, now + 600) is None
            claimed = await outgoing.claim("call.b", DID, now + 599)
            assert claimed is not None
            assert claimed.id == "b" * 32

    asyncio.run(go())


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mobile_number": "12345"}, "mobile_number"),
        ({"did": "none"}, "did"),
        ({"did": "8645099999"}, "did"),
        ({"flow": "nothing"}, "flow"),
        ({"variables": {"deep": {"a": 1}}}, "variables"),
        ({"colour": "red"}, "colour"),
        ({"key": "k" * 201}, "Idempotency-Key"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_its_field(tmp_path: Path, more, field: str):
    async def go() -> None:
        async with placing(tmp_path, person()) as here:
            answer = await here.place(**more)
            assert answer.status_code == 422
            assert answer.json()["field"].startswith(field)
            assert here.exchange.calls == []

    asyncio.run(go())


def test_no_value_is_given_for_what_is_sensitive(tmp_path: Path):
    """Variables are kept as they are given; that of a sensitive slot must not be."""
    bot = f"{BOT}slots:\n  card: {{ask: Which card?, type: digits, sensitive: true}}\n"

    async def go() -> None:
        async with placing(tmp_path, person(), bot=bot) as here:
            answer = await here.place(variables={"name": "Asha", "card": "4111111111111111"})
            assert (answer.status_code, answer.json()["field"]) == (422, "variables.card")
            assert "4111" not in answer.text
            assert here.exchange.calls == []

    asyncio.run(go())


def test_room_is_left_for_those_who_call_us(tmp_path: Path):
    async def go() -> None:
        room = {"max_calls": 2, "reserve": 1}
        silent = WebhookManner(loss=1.0)
        async with placing(tmp_path, person(Answer.FAILED), silent, server=room) as here:
            assert (await here.place()).status_code == 202
            full = await here.place()
            assert (full.status_code, full.headers["retry-after"]) == (503, "5")

    asyncio.run(go())


def test_those_who_ask_at_once_get_no_more_room_than_there_is(tmp_path: Path):
    """One too many would be answered by somebody, and find the server full."""

    async def go() -> None:
        silent = WebhookManner(loss=1.0)
        async with placing(
            tmp_path, person(Answer.FAILED), silent, server={"max_calls": 2}
        ) as here:
            answers = await asyncio.gather(*(here.place() for _ in range(6)))
            assert sorted(x.status_code for x in answers) == [202, 202, 503, 503, 503, 503]

    asyncio.run(go())


def test_a_call_that_still_rings_can_be_taken_back(tmp_path: Path):
    async def go() -> None:
        silent = WebhookManner(loss=1.0)
        async with placing(tmp_path, person(Answer.FAILED), silent) as here:
            id_ = (await here.place()).json()["id"]
            assert (await here.server.delete(f"/v1/calls/{id_}")).status_code == 202
            assert (await here.outcome(id_))[1] == "operator"
            # Its WebSocket may have come to another server, which has not kept that yet.
            archive = here.server.house.store.archive
            [asked] = await archive.told_after(0, 100, kind="hang_up_asked")
            assert json.loads(asked.data) == {"call": id_}

    asyncio.run(go())


def test_a_webhook_that_is_not_the_carriers_changes_nothing(tmp_path: Path):
    async def go() -> None:
        silent = WebhookManner(loss=1.0)
        async with placing(tmp_path, person(Answer.FAILED), silent) as here:
            id_ = (await here.place()).json()["id"]
            for value in ("", id_, f"{id_}.00", "."):
                answer = await here.server.post(
                    "/webhooks/carrier",
                    json={"event": "ended", "outcome": "busy"},
                    headers={"X-Callwright-Webhook": value},
                )
                assert answer.status_code == 401
            assert (await here.call(id_))["state"] == "dialling"

    asyncio.run(go())


def test_a_machine_that_answers_is_voicemail(tmp_path: Path):
    async def go() -> None:
        machine = person(Answer.VOICEMAIL, machine=(Wait(0.2), HangUp()))
        async with placing(tmp_path, machine) as here:
            id_ = (await here.place()).json()["id"]
            await until(lambda: list(here.server.house.switchboard.sessions))
            [session] = here.server.house.switchboard.sessions
            session._reports.picked_up("machine", "phrase")
            assert (await here.outcome(id_))[0] == "voicemail"

    asyncio.run(go())


def test_without_a_key_for_the_carrier_no_call_is_placed(tmp_path: Path):
    async def go() -> None:
        async with running(tmp_path, BOT) as server:
            body = {"mobile_number": MOBILE, "did": DID}
            answer = await server.post("/v1/calls", json=body)
            assert answer.status_code == 503
            assert "carrier.api_key" in answer.json()["detail"]

    asyncio.run(go())
