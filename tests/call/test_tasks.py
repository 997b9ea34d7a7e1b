import asyncio
import gc
from collections.abc import Iterator
from weakref import ref

import pytest
from running import until

from runtime.call.tasks import Tasks


class Thing:
    """Something that a task holds."""


@pytest.fixture(autouse=True)
def _by_counting_alone() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def hold(things: "list[ref[Thing]]", *, deep: bool) -> None:
    """Wait for ever with a thing in hand, in a group of its own or in none."""
    thing = Thing()
    things.append(ref(thing))
    if deep:
        async with Tasks() as tasks:
            tasks.create_task(hold(things, deep=False))
            await asyncio.Event().wait()
    await asyncio.Event().wait()


@pytest.mark.parametrize("deep", [True, False])
def test_what_a_cancelled_task_held_is_freed_though_the_task_is_kept(deep: bool):
    async def live() -> None:
        things: list[ref[Thing]] = []
        async with Tasks() as tasks:
            kept = tasks.create_task(hold(things, deep=deep))
            await until(lambda: len(things) == 1 + deep)
            kept.cancel()
        assert kept.cancelled()
        assert [thing() for thing in things] == [None] * (1 + deep)

    asyncio.run(live())


def test_a_fault_is_told_with_the_way_that_it_came():
    async def fail() -> None:
        raise ZeroDivisionError

    async def live() -> None:
        async with Tasks() as tasks:
            tasks.create_task(fail())
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(live())
    (fault,) = raised.value.exceptions
    assert isinstance(fault, ZeroDivisionError)
    assert fault.__traceback__ is not None


def test_a_task_may_run_in_a_context_of_its_own_and_gives_its_result():
    async def four() -> int:
        return 4

    async def live() -> int:
        async with Tasks() as tasks:
            task = tasks.create_task(four(), name="four")
        assert task.get_name() == "four"
        return task.result()

    assert asyncio.run(live()) == 4
