import asyncio

import pytest

from runtime.call import inbox
from runtime.call.inbox import Inbox
from runtime.flow.engine.events import EndAsked, NothingHeard, TimerFired


def test_events_come_in_their_order_with_the_time_of_the_clock():
    async def live() -> None:
        events = Inbox("c", lambda: 7.0)
        events.put(NothingHeard(at=1.0))
        events.fired("no_input", 3)
        events.end("operator")
        assert await events.next() == NothingHeard(at=1.0)
        assert await events.next() == TimerFired(at=7.0, timer="no_input", turn=3)
        assert await events.next() == EndAsked(at=7.0, reason="operator")

    asyncio.run(live())


def test_one_too_many_leaves_nothing_but_the_end(caplog: pytest.LogCaptureFixture):
    async def live() -> None:
        events = Inbox("c", lambda: 7.0)
        for _ in range(inbox.WAITING + 1):
            events.put(NothingHeard(at=1.0))
        assert await events.next() == EndAsked(at=7.0, reason="fault")
        waiting = asyncio.ensure_future(events.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()

    asyncio.run(live())
    assert "call_overflowed" in caplog.text
