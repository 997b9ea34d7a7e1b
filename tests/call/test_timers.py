"""A call's timers: they count from what they are started for, however late that is dealt with."""

import asyncio

import pytest
import virtual_time

from runtime.call.timers import MOST_LATE, Timers


def fired_after(late: float, seconds: float) -> float:
    """Return when a timer of so many seconds fires whose cause is dealt with so late."""

    async def go() -> float:
        loop = asyncio.get_running_loop()
        fired: asyncio.Future[float] = loop.create_future()
        timers = Timers(lambda *_: fired.set_result(loop.time()))
        timers.late = late
        timers.start("no_input", 1, seconds)
        return await fired

    return virtual_time.run(go())


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (0.0, 5.0),
        (0.004, 4.996),
        # The clock was set, forward or back.
        (3600.0, 5.0 - MOST_LATE),
        (-3600.0, 5.0),
    ],
)
def test_a_timer_counts_from_its_cause(late: float, expected: float):
    assert fired_after(late, 5.0) == pytest.approx(expected)


def test_a_timer_whose_time_is_over_fires_at_once():
    assert fired_after(0.05, 0.02) <= 0.0


def test_a_timer_of_the_same_name_replaces_the_one_before():
    async def go() -> list[tuple[str, int]]:
        fired: list[tuple[str, int]] = []
        timers = Timers(lambda name, turn: fired.append((name, turn)))
        timers.start("no_input", 1, 1.0)
        timers.start("no_input", 2, 2.0)
        timers.start("end", 2, 1.5)
        timers.stop("end")
        await asyncio.sleep(5)
        return fired

    assert virtual_time.run(go()) == [("no_input", 2)]
