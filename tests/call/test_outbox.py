import asyncio

import pytest
import virtual_time

from runtime.call import outbox
from runtime.call.outbox import Outbox


def test_messages_are_written_in_their_order_and_flushed():
    async def live() -> list[str]:
        written: list[str] = []

        async def write(message: str) -> None:
            await asyncio.sleep(0.1)
            written.append(message)

        box = Outbox("c", write, lambda: pytest.fail("it is not stuck"))
        running = asyncio.create_task(box.run())
        box.put("one")
        box.put("two")
        assert len(box) == 2
        await box.flush()
        running.cancel()
        return written

    assert virtual_time.run(live()) == ["one", "two"]


def test_who_reads_nothing_is_told_of_once_and_not_waited_for(caplog: pytest.LogCaptureFixture):
    async def live() -> list[str]:
        told: list[str] = []

        async def write(message: str) -> None:
            await asyncio.Event().wait()

        box = Outbox("c", write, lambda: told.append("stuck"))
        running = asyncio.create_task(box.run())
        for _ in range(outbox.WAITING + 3):
            box.put("sound")
        await box.flush()
        running.cancel()
        return told

    assert virtual_time.run(live()) == ["stuck"]
    assert "carrier_reads_nothing" in caplog.text
