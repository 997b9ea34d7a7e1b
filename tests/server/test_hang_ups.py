"""Looking for calls that another server was asked to hang up."""

import asyncio
from dataclasses import dataclass, field

import pytest
import virtual_time
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError

from runtime.server.hang_ups import HangUps
from runtime.store.archive import Span, Told


@dataclass
class Feed:
    faults: list[Exception]
    asked: list[Told] = field(default_factory=list)

    async def told_span(self) -> Span:
        if self.faults:
            raise self.faults.pop()
        return Span(0, len(self.asked))

    async def told_after(self, id_: int, limit: int, **_: object) -> list[Told]:
        return self.asked[id_:]


@dataclass
class Switchboard:
    hung_up: list[str] = field(default_factory=list)

    def hang_up(self, id_: str) -> bool:
        self.hung_up.append(id_)
        return True


@pytest.mark.parametrize("fault", [OperationalError, InternalError, ProgrammingError])
def test_it_outlasts_a_database_that_is_away(fault: type[DBAPIError]):
    """Whatever is wrong with it: this task ends with the server only, and all calls with it."""
    feed, switchboard = Feed([fault("SELECT", {}, Exception("away"))]), Switchboard()

    async def go() -> None:
        looking = asyncio.create_task(HangUps(feed, switchboard).watch())  # type: ignore[arg-type]
        await asyncio.sleep(2)
        feed.asked.append(Told(1, "hang_up_asked", 0.0, '{"call": "one"}'))
        await asyncio.sleep(2)
        looking.cancel()

    virtual_time.run(go())
    assert switchboard.hung_up == ["one"]
