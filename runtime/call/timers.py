"""One call's timers, by name: the engine's, kept by the event loop."""

import asyncio
from collections.abc import Callable
from typing import Final

MOST_LATE: Final = 0.1
"""Seconds that a timer is put forward at the most: the clock of the flows may be set meanwhile."""


class Timers:
    """`fired` gets a timer's name and the turn that started it."""

    def __init__(self, fired: Callable[[str, int], None]) -> None:
        self._fired = fired
        self._loop = asyncio.get_running_loop()
        self._running: dict[str, asyncio.TimerHandle] = {}
        self.late = 0.0
        """Seconds since what they are started for has happened."""

    def start(self, timer: str, turn: int, seconds: float) -> None:
        """Start a timer, `late` by now; one of the same name is replaced."""
        self.stop(timer)
        left = seconds - min(max(self.late, 0.0), MOST_LATE)
        self._running[timer] = self._loop.call_later(left, self._fire, timer, turn)

    def stop(self, timer: str) -> None:
        """Forget a timer, running or not."""
        running = self._running.pop(timer, None)
        if running is not None:
            running.cancel()

    def stop_all(self) -> None:
        """The call is over."""
        for timer in tuple(self._running):
            self.stop(timer)

    def _fire(self, timer: str, turn: int) -> None:
        self._running.pop(timer, None)
        self._fired(timer, turn)
