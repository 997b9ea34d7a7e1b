"""Voice activity for all live calls: one model, one thread, a batch every few ms.

A detector that is quick is asked window by window instead, on the event loop.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from runtime.audio.mulaw import decode_float
from runtime.audio.vad import WINDOW, QuickActivity, VoiceActivity
from runtime.niceness import step_back

GATHER_SECONDS = 0.024
"""Windows of all calls are gathered that long for one run: 152 us alone, 51 us among 64."""

FEW = 16
"""So many windows (0.9 ms) are run on the event loop: the way to the thread and back wakes two
threads, which costs more, and more time."""

MAX_WAITING = 64
"""Windows (2 s) of one call that wait for the model; beyond it the oldest are dropped."""

log = logging.getLogger(__name__)


class Seat:
    """One call's place at the model; `heard` gets (probability, windows dropped before it)."""

    __slots__ = ("dropped", "has_left", "heard", "row", "waiting")

    def __init__(self, row: int, heard: Callable[[float, int], None]) -> None:
        self.row = row
        self.heard = heard
        self.waiting: list[bytes] = []
        self.dropped = 0
        self.has_left = False


class ActivityMeter:
    """Gives every window of every call to the model, in order, and the answer to the call.

    Runs on the event loop; only the model itself runs in a thread of its own, so that a slow run
    delays decisions but never a frame. A quick one answers within `push`: handing a window to the
    thread and back costs more than the window.
    """

    def __init__(self, model: VoiceActivity) -> None:
        self._model = model
        self._quick = model if isinstance(model, QuickActivity) else None
        self._thread = ThreadPoolExecutor(1, "activity", initializer=step_back)
        self._ready: dict[Seat, None] = {}
        self._gathering: asyncio.TimerHandle | None = None
        self._is_running = False
        self._is_urgent = False

    @property
    def waiting(self) -> int:
        """Windows that wait for the model: a queue's depth, for the figures."""
        return sum(len(seat.waiting) for seat in self._ready)

    def sit(self, heard: Callable[[float, int], None]) -> Seat:
        """Take a place for a call that begins."""
        return Seat(self._model.open_row(), heard)

    def leave(self, seat: Seat) -> None:
        """Give the place back; nothing is heard any more."""
        self._ready.pop(seat, None)
        seat.waiting.clear()
        seat.has_left, seat.heard = True, _unheard
        self._model.close_row(seat.row)

    def push(self, seat: Seat, window: bytes, *, is_urgent: bool = False) -> None:
        """Take 256 samples of mu-law; an urgent window waits for no others."""
        if seat.has_left:
            return
        if self._quick is not None:
            seat.heard(self._quick.probability(window, seat.row), 0)
            return
        if len(seat.waiting) >= MAX_WAITING:
            seat.waiting.pop(0)
            seat.dropped += 1
        seat.waiting.append(window)
        self._ready[seat] = None
        self._is_urgent = self._is_urgent or is_urgent
        if not self._is_running:
            self._plan()

    def _plan(self) -> None:
        """Run now, or when there was time to gather."""
        if self._is_urgent:
            if self._gathering is not None:
                self._gathering.cancel()
            self._run()
        elif self._gathering is None:
            loop = asyncio.get_running_loop()
            self._gathering = loop.call_later(GATHER_SECONDS, self._run)

    def close(self) -> None:
        """End the thread; no call may be live."""
        self._thread.shutdown()

    def _run(self) -> None:
        self._is_urgent, self._gathering = False, None
        seats = list(self._ready)
        if not seats:
            return
        sound = b"".join(seat.waiting.pop(0) for seat in seats)
        for seat in seats:
            if not seat.waiting:
                del self._ready[seat]
        loop = asyncio.get_running_loop()
        self._is_running = True
        if len(seats) <= FEW:
            done = loop.create_future()
            try:
                done.set_result(self._probabilities(sound, seats))
            except Exception as error:  # noqa: BLE001 - told as the thread's are
                done.set_exception(error)
            self._tell(seats, done)
            return
        running = loop.run_in_executor(self._thread, self._probabilities, sound, seats)
        running.add_done_callback(lambda done: self._tell(seats, done))

    def _probabilities(self, sound: bytes, seats: list[Seat]) -> list[float]:
        windows = decode_float(sound).reshape(-1, WINDOW)
        rows = np.array([seat.row for seat in seats], np.intp)
        found: list[float] = self._model.probabilities(windows, rows).tolist()
        return found

    def _tell(self, seats: list[Seat], done: "asyncio.Future[list[float]]") -> None:
        error = done.exception()
        if error is not None:
            # A fault of the model's must not stop the calls: they go on by keypad.
            log.error("activity_failed", exc_info=error)
        for seat, probability in zip(seats, done.result() if error is None else (), strict=False):
            dropped, seat.dropped = seat.dropped, 0
            if not seat.has_left:
                seat.heard(probability, dropped)
        self._is_running = False
        if self._ready:
            self._plan()


def _unheard(probability: float, dropped: int) -> None:
    """Stand for a call that has left: its seat does not keep it."""
