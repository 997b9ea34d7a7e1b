"""Placing a call while the database comes and goes."""

import asyncio
from pathlib import Path

import pytest
from databases import fresh_tables
from sqlalchemy.exc import OperationalError

from runtime.carrier.call_order import (
    CallInitiated,
    CallOrder,
    CallRefused,
    CarrierUnreachable,
    UnknownWhetherPlaced,
)
from runtime.outbound.outgoing_call import OutgoingCalls
from runtime.outbound.placing import NotPlaced, Placing, Wish
from runtime.store.database import Database

WISH = Wish("9811111111", "8645012345", "hello", "v")


class Away(OutgoingCalls):
    """Its database is away from the moment on that a call is kept."""

    async def initiated(self, *_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("away"))

    not_placed = unknown = initiated  # type: ignore[assignment]


class Carrier:
    def __init__(self, answer: CallInitiated | Exception) -> None:
        self.answer = answer
        self.orders: list[CallOrder] = []

    async def place(self, order: CallOrder) -> CallInitiated:
        self.orders.append(order)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def _place(folder: Path, answer: CallInitiated | Exception) -> object:
    engine = Database(f"sqlite:///{fresh_tables(folder)}").async_engine()
    placing = Placing(Away(engine, "here"), Carrier(answer), public_url="ws://here")
    try:
        return await placing.place(WISH)
    finally:
        await engine.dispose()


def test_a_call_that_is_placed_is_told_even_if_that_cannot_be_kept(tmp_path: Path):
    """An error would have it placed again, and the phone rings already."""
    placed = asyncio.run(_place(tmp_path, CallInitiated("carrier-1", "initiated", "")))
    assert (placed.call_id, placed.status) == ("carrier-1", "initiated")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "may_ring"),
    [
        (CallRefused(1022, "no"), False),
        (CarrierUnreachable("away"), False),
        (UnknownWhetherPlaced("no answer"), True),
    ],
)
def test_what_the_carrier_says_is_told_even_if_it_cannot_be_kept(
    tmp_path: Path, answer: Exception, may_ring: bool
):
    with pytest.raises(NotPlaced) as told:
        asyncio.run(_place(tmp_path, answer))
    assert told.value.may_ring is may_ring
