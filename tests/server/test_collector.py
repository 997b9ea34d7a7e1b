"""When the server looks for garbage: hardly ever while calls are live."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from runtime.server.collector import FEW, MOST, MOST_OF_A_CALL, NEVER, Collector, is_time


class Loop:
    """Holds itself: nothing but the collector can free it."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def settled() -> Iterator[None]:
    """The collector as a server has it; what the tests before have left is not looked at."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(700, 10, 10)
    Collector(lambda: 0).settle()
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.parametrize(
    ("gathered", "live", "is_it"),
    [
        (FEW, 0, False),
        (FEW + 1, 0, True),
        (MOST, 1, False),
        (MOST + MOST_OF_A_CALL, 1, False),
        (MOST + MOST_OF_A_CALL + 1, 1, True),
        (MOST + 200 * MOST_OF_A_CALL, 200, False),
    ],
)
def test_much_may_wait_while_calls_are_live_and_little_when_none_is(
    gathered: int, live: int, is_it: bool
):
    assert is_time(gathered, live) is is_it


@pytest.mark.usefixtures("settled")
def test_only_what_dies_young_is_found_without_a_look():
    young, *others = gc.get_threshold()
    assert (young, others) == (700, [NEVER, NEVER])
    kept = [[] for _ in range(50 * young)]
    before = [generation["collections"] for generation in gc.get_stats()]
    kept += [[] for _ in range(50 * young)]
    after = [generation["collections"] for generation in gc.get_stats()]
    assert after[0] > before[0]
    assert after[1:] == before[1:]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(("live", "is_freed"), [(0, True), (1, False)])
def test_what_has_lived_for_a_while_is_freed_when_no_call_would_wait_for_it(
    live: int, is_freed: bool
):
    collector = Collector(lambda: live)
    old = Loop()
    seen = weakref.ref(old)
    gc.collect(0)
    kept = [[] for _ in range(2 * FEW)]
    gc.collect(0)
    del old
    collector.look()
    assert (seen() is None) is is_freed
    assert kept
