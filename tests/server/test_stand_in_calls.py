"""The stand-in carrier against the real server, at the pace of life."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from running import DID, SPEECH, running, until

from runtime.carrier.call_order import CallOrder
from runtime.carrier.caller import Call
from runtime.carrier.rest import CarrierClient
from runtime.carrier.script import Manners, Press, Say
from runtime.carrier.stand_in.load import place_all
from runtime.carrier.stand_in.person import Answer, Entry, People, Person
from runtime.carrier.stand_in.server import Rules, standing_in
from runtime.server.serving import listen

pytestmark = pytest.mark.network

AT_ONCE = Manners(moment=0.1, patience=0.3)
PEOPLE = (
    Entry(Person("speaks", rings=0.05, steps=(Say(SPEECH),), manners=AT_ONCE), ends_with="1"),
    Entry(Person("presses", rings=0.05, steps=(Press("1"),), manners=AT_ONCE), ends_with="2"),
    Entry(Person("is out", (Answer.NO_ANSWER,), rings=0.05), ends_with="3"),
    Entry(Person("in a tunnel", rings=0.05, breaks_after=0.3), ends_with="4"),
)


@asynccontextmanager
async def carrier():
    listening = listen("127.0.0.1", 0)
    client = CarrierClient(f"http://127.0.0.1:{listening.getsockname()[1]}", "k")
    async with standing_in(People(PEOPLE), Rules(), listening) as exchange:
        yield client, exchange
    await client.close()


def test_people_are_called_and_the_server_has_each_call_as_it_went(tmp_path):
    async def go():
        async with running(tmp_path) as server, carrier() as (client, exchange):
            for digit in "1234":
                order = CallOrder(f"980000000{digit}", DID, server.url())
                await client.place(order)
            await until(lambda: not exchange.is_busy, seconds=20)
            rows = (await server.get("/v1/calls?state=ended")).json()["calls"]
            records = {
                row["mobile"][-1]: (await server.get(f"/v1/calls/{row['id']}")).json()
                for row in rows
            }
            assert [call.outcome for call in exchange.calls] == [
                *("completed", "completed", "no_answer", "completed"),
            ]
            assert {call.call_id for call in exchange.calls} == {row["call_id"] for row in rows}
            assert [call.faults for call in exchange.calls] == [()] * 4
            for digit, said in (("1", "book"), ("2", "1")):
                assert records[digit]["end_reason"] == "hangup"
                assert said in [turn["text"] for turn in records[digit]["turns"]]
            assert records["3"]["answered_at"] is None
            assert records["3"]["end_reason"] == records["4"]["end_reason"] == "caller_hung_up"
            assert records["4"]["answered_at"] is not None

    asyncio.run(go())


def test_many_incoming_calls_are_placed_and_added_up(tmp_path):
    async def go():
        async with running(tmp_path) as server:
            calls = [
                Call(server.url(), f"c{nth}", (Press("1"),), manners=AT_ONCE) for nth in range(5)
            ]
            figures = await place_all(calls, rate=50)
            assert figures.ended_by == {"bot": 5}
            assert figures.close_codes == {1000: 5}
            assert figures.faults == {}
            assert len(figures.delays) == 5

    asyncio.run(go())
