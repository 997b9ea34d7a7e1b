"""Pauses of the machine beneath, as the watcher of a core tells of them."""

import os
from collections import deque
from collections.abc import Iterator

import pytest

from bench.pauses import Pauses, overlap, watched
from bench.soak import paused


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    yield read, write
    os.close(read)
    os.close(write)


def test_only_what_lies_within_the_time_counts():
    pauses = deque([(1.0, 1.02), (2.0, 2.05), (3.0, 3.01)])
    assert overlap(pauses, 0.0, 4.0) == pytest.approx(0.08)
    assert overlap(pauses, 1.01, 2.01) == pytest.approx(0.02)
    assert overlap(pauses, 1.5, 1.9) == 0.0


def test_pauses_are_heard_as_they_come_whole_or_not(pipe: tuple[int, int]):
    read, write = pipe
    pauses = Pauses(read)
    assert pauses.within(0.0, 10.0) == 0.0
    os.write(write, b"1.000000 1.020000\n2.0000")
    assert pauses.within(0.0, 10.0) == pytest.approx(0.02)
    os.write(write, b"00 2.050000\n")
    assert pauses.within(0.0, 10.0) == pytest.approx(0.07)
    assert (pauses.count, pauses.longest) == (2, pytest.approx(0.05))
    assert paused(pauses).endswith("took the server's core away 2 times, the longest 50.0 ms")


def test_where_nobody_may_watch_that_is_said():
    assert paused(Pauses(None)) == "The server's core was not watched for pauses: that needs root"


@pytest.mark.process
def test_a_watcher_watches_or_is_not_allowed_to_and_ends_with_the_block():
    with watched(min(os.sched_getaffinity(0))) as pauses:
        assert pauses.are_watched == (os.geteuid() == 0)
        assert pauses.within(0.0, 1.0) == 0.0
