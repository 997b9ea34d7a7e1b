"""A campaign's line against the real server and the stand-in carrier, at twenty times the pace."""

import asyncio
import time

import httpx2
import pytest
from databases import fresh_tables
from placing import MOBILE, person, placing
from placing import Placed as Here
from running import DID

from runtime.carrier.stand_in.person import Answer, RestFault
from runtime.outbound.campaign.caller import Caller
from runtime.outbound.campaign.ledger import Due, Ledger
from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import Declined, Ended, Live, Order, Placed
from runtime.outbound.campaign.server_line import ServerLine
from runtime.store.database import Database

pytestmark = pytest.mark.network


def client_of(here: Here) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=f"http://{here.server.address}")


def order(key: str = "key-1", **more) -> Order:
    return Order(
        **{"mobile": MOBILE, "did": DID, "flow": None, "variables": {}, "key": key, **more}
    )


async def over(line: ServerLine, call: str) -> Ended:
    async with asyncio.timeout(10):
        while isinstance(seen := await line.look(call), Live):  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.02)
    assert isinstance(seen, Ended)
    return seen


def test_a_call_is_placed_found_again_and_told_of_to_its_end(tmp_path):
    async def go() -> None:
        began = time.time()
        async with placing(tmp_path, person()) as here, client_of(here) as client:
            line = ServerLine(client)
            placed = await line.place(order(variables={"name": "Asha"}))
            assert isinstance(placed, Placed)
            assert await line.place(order(variables={"name": "Asha"})) == placed
            assert await line.find(order(), began) == placed.call
            assert await line.find(order(), time.time() + 60) is None
            ended = await over(line, placed.call)
            assert (ended.outcome, ended.has_opted_out) == (Outcome.ANSWERED, False)
            assert len(here.exchange.calls) == 1

    asyncio.run(go())


def test_what_the_server_or_the_carrier_refuses_is_declined(tmp_path):
    async def go() -> None:
        refuses = person(rest=RestFault(400, 1022, "Organisation does not exists", places=False))
        async with placing(tmp_path, refuses) as here, client_of(here) as client:
            line = ServerLine(client)
            carriers = Declined(
                "the carrier refused it: 1022 Organisation does not exists", Outcome.FAILED
            )
            assert await line.place(order()) == carriers
            ours = await line.place(order("key-2", flow="none"))
            assert isinstance(ours, Declined)
            assert (ours.outcome, "no flow 'none'" in ours.why) == (Outcome.REFUSED, True)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("answer", "outcome"), [(Answer.BUSY, Outcome.BUSY), (Answer.NO_ANSWER, Outcome.NO_ANSWER)]
)
def test_why_nobody_answered_is_known_when_the_attempt_ends(tmp_path, played, answer, outcome):
    own = Database(f"sqlite:///{fresh_tables(tmp_path / 'own')}")
    may = played(own, "2026-11-30 10:00", windows="00:00-24:00")
    may.open([MOBILE])

    async def go() -> None:
        async with placing(tmp_path, person(answer)) as here, client_of(here) as client:
            ledger = Ledger(may.engine, "may", may.plan, 1)
            caller = Caller(ledger, ServerLine(client), 60, time.time, may.told.append)
            attempt = await caller.start(Due(2, 0))
            assert attempt is not None
            assert (await caller.outcome(attempt)).outcome is outcome

    asyncio.run(go())
