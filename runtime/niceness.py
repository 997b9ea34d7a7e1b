"""Threads that step back: on a core that they share with the event loop, the calls go first."""

import os
import sys
import threading
from typing import Final

BEHIND_THE_CALLS: Final = 10
"""Of 0 to 19: its share of a busy core is a ninth of the event loop's (sched(7)). With 200 calls on
one core a turn of the latest was 20 ms late without it and 15 with it (`bench/soak.py`)."""


def step_back() -> None:
    """Let this thread run behind the event loop; only on Linux, where a thread has its own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # To come forward again is for root alone.
        niceness = max(os.getpriority(os.PRIO_PROCESS, thread), BEHIND_THE_CALLS)
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
