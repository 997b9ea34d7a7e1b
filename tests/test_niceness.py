"""Threads beside the event loop leave it the core."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.niceness import BEHIND_THE_CALLS, step_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness here")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_steps_back_and_no_other_with_it():
    before = niceness()
    with ThreadPoolExecutor(1, initializer=step_back) as threads:
        assert threads.submit(niceness).result() == max(before, BEHIND_THE_CALLS)
    assert niceness() == before


def test_who_stands_further_back_stays_there():
    def twice() -> int:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND_THE_CALLS + 5)
        step_back()
        return niceness()

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(twice).result() == BEHIND_THE_CALLS + 5
