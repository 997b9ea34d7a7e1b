import asyncio

import httpx2
import pytest
from standing import DID, MOBILE, Bot, Hook, standing

from runtime.carrier.call_order import CallRefused, UnknownWhetherPlaced
from runtime.carrier.script import HangUp, Wait
from runtime.carrier.stand_in.person import Answer, Person, RestFault
from runtime.carrier.stand_in.webhooks import Order, WebhookManner

pytestmark = pytest.mark.network

LIFE = ["initiated", "ringing", "answered", "ended"]


def test_a_call_is_placed_rings_is_answered_and_ends_and_the_webhook_is_told():
    async def go():
        async with standing() as here:
            initiated = await here.place()
            await here.ended()
            [call] = here.exchange.calls
            assert initiated.status == "initiated"
            assert initiated.call_id == call.call_id
            assert list(here.bot.frames) == [call.call_id]
            assert here.hook.names == LIFE
            last = here.hook.events[-1]
            assert last | {"timestamp": 0} == {
                "event": "ended",
                "callId": call.call_id,
                "mobileNo": MOBILE,
                "did": DID,
                "timestamp": 0,
                "outcome": "completed",
                "endedBy": "bot",
                "duration": round(call.seconds, 2),
            }
            assert call.seconds > 0
            assert all("x-from-carrier: s3cret" in head for head in here.hook.heads)
            assert all(head.startswith("post /webhooks/carrier ") for head in here.hook.heads)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("person", "bot", "events", "outcome", "ended_by", "hears"),
    [
        (Person("x", (Answer.BUSY,)), Bot(), ["initiated", "ended"], "busy", "callee", False),
        (Person("x", (Answer.NO_ANSWER,)), Bot(), [*LIFE[:2], "ended"], "no_answer", "callee",
         False),
        (Person("x", (Answer.FAILED,)), Bot(), ["initiated", "ended"], "failed", "carrier", None),
        (Person("x", steps=(Wait(0.2), HangUp())), Bot(0), LIFE, "completed", "callee", True),
        (Person("x", hangs_up_after=0.3), Bot(0), LIFE, "completed", "callee", True),
        (Person("x", breaks_after=0.3), Bot(0), LIFE, "completed", "line", True),
        (Person("x", (Answer.VOICEMAIL,), machine=(Wait(0.2), HangUp())), Bot(0), LIFE, "completed",
         "callee", True),
        (Person("x", rings=0.1), Bot(1, 1011), LIFE, "completed", "bot", True),
    ],
    ids=["busy", "no answer", "failed", "hangs up", "in time", "line", "voicemail", "bot's fault"],
)  # fmt: skip
def test_each_answer_has_its_events_its_outcome_and_its_sound(
    person, bot, events, outcome, ended_by, hears
):
    async def go():
        async with standing(person, bot=bot) as here:
            await here.place()
            await here.ended()
            [call] = here.exchange.calls
            assert here.hook.names == events
            assert (call.outcome, call.ended_by) == (outcome, ended_by)
            heard = [frames > 0 for frames in here.bot.frames.values()]
            # Nobody's WebSocket is opened where nothing can be set up.
            assert heard == ([] if hears is None else [hears])

    asyncio.run(go())


def test_a_bot_that_hangs_up_while_it_rings_cancels_the_call():
    class Cancels(Bot):
        async def __call__(self, socket):
            await socket.recv()
            await socket.send('{"event":"connected","data":{}}')
            await until_ringing.wait()
            await socket.close(1000)

    until_ringing = asyncio.Event()

    async def go():
        async with standing(Person("x", rings=4000), bot=Cancels()) as here:
            here.exchange.tell = lambda call: until_ringing.set() if call.state == "ringing" else 0
            await here.place()
            await here.ended()
            assert here.hook.events[-1]["outcome"] == "cancelled"
            assert here.hook.names == [*LIFE[:2], "ended"]

    asyncio.run(go())


def test_a_server_that_does_not_take_the_call_has_it_fail():
    class Refuses(Bot):
        async def __call__(self, socket):
            await socket.close(1008, "bad token")

    async def go():
        async with standing(bot=Refuses()) as here:
            await here.place()
            await here.place(ws_url="ws://127.0.0.1:1/media")
            await here.ended(2)
            assert [call.outcome for call in here.exchange.calls] == ["failed", "failed"]
            assert {call.close_code for call in here.exchange.calls} == {1008, 0}

    asyncio.run(go())


@pytest.mark.parametrize(("order", "names"), [(Order.REVERSED, LIFE[::-1]), (Order.SHUFFLED, None)])
def test_events_can_be_held_back_and_come_in_another_order(order, names):
    async def go():
        async with standing(webhooks=WebhookManner(order)) as here:
            await here.place()
            await here.ended()
            assert sorted(here.hook.names) == sorted(LIFE)
            assert names is None or here.hook.names == names

    asyncio.run(go())


def test_events_can_be_lost_and_come_twice():
    async def names(**manner):
        async with standing(webhooks=WebhookManner(**manner)) as here:
            await here.place()
            await here.ended()
            return here.hook.names

    assert asyncio.run(names(loss=1.0)) == []
    assert asyncio.run(names(twice=1.0)) == [name for name in LIFE for _ in range(2)]


def test_a_hook_that_answers_with_an_error_or_not_at_all_holds_nothing_up():
    async def go():
        async with standing(hook=Hook(status=500)) as here:
            await here.place()
            await here.ended()
            assert here.hook.names == LIFE
            here.hook.url = "http://127.0.0.1:1/"
            await here.place()
            await here.ended(2)
            assert here.hook.names == LIFE

    asyncio.run(go())


def test_events_and_the_socket_may_come_before_the_answer_to_the_order():
    async def go():
        async with standing(answer_delay=3600) as here:
            ordering = asyncio.ensure_future(here.place())
            await here.ended()
            assert here.hook.names == LIFE
            assert not ordering.done()
            ordering.cancel()

    asyncio.run(go())


def test_an_order_that_is_refused_places_nothing():
    async def go():
        async with standing(api_key="other") as here:
            with pytest.raises(CallRefused) as refused:
                await here.place()
            assert refused.value.code == 1001
            assert here.exchange.calls == []
        async with standing(dids=frozenset({"8645000000"})) as here:
            with pytest.raises(CallRefused) as refused:
                await here.place()
            assert (refused.value.code, refused.value.reason) == (
                1022,
                "Organisation does not exists",
            )

    asyncio.run(go())


@pytest.mark.parametrize(
    ("fault", "error", "placed"),
    [
        (RestFault(400, 1022, "no"), CallRefused, 0),
        (RestFault(), UnknownWhetherPlaced, 0),
        (RestFault(places=True), UnknownWhetherPlaced, 1),
        (RestFault(breaks=True, places=True), UnknownWhetherPlaced, 1),
    ],
)
def test_an_order_can_be_answered_wrongly_and_be_carried_out_all_the_same(fault, error, placed):
    async def go():
        async with standing(Person("x", rest=fault)) as here:
            with pytest.raises(error):
                await here.place()
            await here.ended(placed)
            assert len(here.bot.frames) == placed

    asyncio.run(go())


def test_a_share_of_orders_can_fail():
    async def go():
        async with standing(errors=0.5, seed=1) as here:
            outcomes = []
            for _ in range(12):
                try:
                    outcomes.append(await here.place())
                except UnknownWhetherPlaced as error:
                    outcomes.append(error)
            failed = [each for each in outcomes if isinstance(each, UnknownWhetherPlaced)]
            assert 0 < len(failed) < 12
            assert len(here.exchange.calls) == 12 - len(failed)

    asyncio.run(go())


def test_the_calls_are_listed_in_the_order_of_their_placing():
    async def go():
        async with standing() as here, httpx2.AsyncClient(verify=False) as client:
            await here.place("9800000002")
            await here.place("9800000001")
            await here.ended(2)
            calls = (await client.get(f"{here.base_url}/stand-in/calls")).json()["calls"]
            assert [call["mobile"] for call in calls] == ["9800000002", "9800000001"]
            assert calls[0]["outcome"] == "completed"
            assert calls[0]["faults"] == []

    asyncio.run(go())


def test_calls_under_way_are_broken_off_when_the_stand_in_ends():
    async def go():
        async with standing(Person("x", rings=40_000)) as here:
            await here.place()
        assert here.exchange.calls[0].state != "ended"

    asyncio.run(go())


def test_the_same_seed_shuffles_and_loses_the_same_events():
    async def names(seed):
        manner = WebhookManner(Order.SHUFFLED, loss=0.3)
        async with standing(webhooks=manner, seed=seed) as here:
            for nth in range(3):
                await here.place(f"980000000{nth}")
            await here.ended(3)
            return [
                [event["event"] for event in here.hook.events if event["mobileNo"][-1] == digit]
                for digit in "012"
            ]

    async def go():
        return await names(1), await names(1), await names(2)

    first, again, other = asyncio.run(go())
    assert first == again != other
