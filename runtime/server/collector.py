"""When this process looks for garbage: a look at everything holds up all calls at once."""

import asyncio
import gc
import logging
import sys
import time
from collections.abc import Callable
from typing import Final

NEVER: Final = 1_000_000_000
"""Young collections until the next middle one: not in this process's life."""

LOOK_SECONDS: Final = 60.0

MOST: Final = 1_000_000
"""Blocks of memory taken since the last full collection, beside those of the live calls, that may
wait for the next: some 80 MB, if all of them were garbage's."""

MOST_OF_A_CALL: Final = 2_000
"""Blocks: a live call has some 1,000."""

FEW: Final = 50_000
"""Blocks for which nothing is done even where it holds nobody up."""

log = logging.getLogger(__name__)


class Collector:
    """Decides when all that has lived for a while is looked at; `live` tells how many calls are.

    An ended call is freed by counting (tests/server/test_freed_calls.py), and what dies young is
    found at once: what is left are cycles of libraries and flows that nobody runs any more. Python
    looks for them every few seconds, which with 200 calls took 10 to 20 ms each time, and at
    everything now and then, 50 to 60 ms (`bench/soak.py`). Here that waits until no call is live,
    or until much has gathered.
    """

    def __init__(self, live: Callable[[], int]) -> None:
        self._live = live
        self._settled = sys.getallocatedblocks()

    def settle(self) -> None:
        """Look at what is loaded by now (148,000 objects) for the last time: it stays."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(gc.get_threshold()[0], NEVER, NEVER)
        self._settled = sys.getallocatedblocks()

    async def watch(self) -> None:
        """Look after it until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Collect what has gathered, if it is time."""
        # Counting the objects instead, with `gc.get_objects`, held 200 calls up for 20 ms.
        gathered, live = sys.getallocatedblocks() - self._settled, self._live()
        if not is_time(gathered, live):
            return
        began = time.monotonic()
        found = gc.collect()
        self._settled = sys.getallocatedblocks()
        ms = round(1000 * (time.monotonic() - began))
        log.info("garbage_collected", extra={"found": found, "calls": live, "ms": ms})


def is_time(gathered: int, live: int) -> bool:
    """Tell whether to look at everything, with so many blocks since the last time and calls."""
    return gathered > (MOST + MOST_OF_A_CALL * live if live else FEW)
