import asyncio
import logging
import os
import threading

import numpy as np
import pytest
import virtual_time
from running import until

from runtime.audio.mulaw import SILENCE
from runtime.call.activity import FEW, MAX_WAITING, ActivityMeter
from runtime.niceness import BEHIND_THE_CALLS

WINDOW = bytes([SILENCE]) * 256


class Rows:
    """Answers each window with its row's number; `batches` keeps what came together."""

    def __init__(self, failing: int = 0) -> None:
        self.batches: list[list[int]] = []
        self.closed: list[int] = []
        self._failing = failing
        self._rows = 0

    def open_row(self) -> int:
        self._rows += 1
        return self._rows

    def reset_row(self, row: int) -> None:
        raise NotImplementedError

    def close_row(self, row: int) -> None:
        self.closed.append(row)

    def probabilities(self, windows: np.ndarray, rows: np.ndarray) -> np.ndarray:
        self.batches.append(rows.tolist())
        if len(self.batches) <= self._failing:
            raise RuntimeError("the model is broken")
        return rows.astype(np.float32)


async def _settled(meter: ActivityMeter) -> None:
    await until(lambda: not meter.waiting)
    await asyncio.sleep(0.02)


def test_windows_of_all_calls_go_to_the_model_together_and_come_back_to_their_own():
    model = Rows()
    heard: dict[str, list[float]] = {"one": [], "two": []}

    async def listen() -> None:
        meter = ActivityMeter(model)
        one = meter.sit(lambda p, _: heard["one"].append(p))
        two = meter.sit(lambda p, _: heard["two"].append(p))
        for _ in range(3):
            meter.push(one, WINDOW)
            meter.push(two, WINDOW)
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert heard == {"one": [1, 1, 1], "two": [2, 2, 2]}
    assert model.batches == [[1, 2], [1, 2], [1, 2]]


def test_windows_that_nobody_read_are_dropped_oldest_first_and_counted():
    dropped: list[int] = []

    async def listen() -> None:
        meter = ActivityMeter(Rows())
        seat = meter.sit(lambda _, count: dropped.append(count))
        for _ in range(MAX_WAITING + 5):
            meter.push(seat, WINDOW)
        await _settled(meter)
        meter.close()

    virtual_time.run(listen())
    assert len(dropped) == MAX_WAITING
    assert sum(dropped) == 5


def test_a_call_that_has_left_hears_nothing_more():
    heard: list[float] = []
    model = Rows()

    async def listen() -> None:
        meter = ActivityMeter(model)
        seat = meter.sit(lambda p, _: heard.append(p))
        meter.push(seat, WINDOW)
        meter.leave(seat)
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert heard == []
    assert model.closed == [1]


def test_sound_that_comes_after_a_call_has_left_is_not_listened_to():
    model = Rows()

    async def listen() -> None:
        meter = ActivityMeter(model)
        seat = meter.sit(lambda *_: None)
        meter.leave(seat)
        meter.push(seat, WINDOW)
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert model.batches == []


class QuickRows(Rows):
    """Answers at once, with the row's number."""

    def probability(self, window: bytes, row: int) -> float:
        assert window == WINDOW
        return float(row)


def test_a_quick_model_answers_before_push_returns():
    heard: list[tuple[float, int]] = []
    model = QuickRows()

    async def listen() -> None:
        meter = ActivityMeter(model)
        one = meter.sit(lambda *told: heard.append(told))
        two = meter.sit(lambda *told: heard.append(told))
        meter.push(two, WINDOW)
        meter.push(one, WINDOW)
        assert heard == [(2, 0), (1, 0)]
        meter.leave(two)
        meter.push(two, WINDOW)
        meter.close()

    asyncio.run(listen())
    assert heard == [(2, 0), (1, 0)]
    assert model.batches == []


def test_a_model_that_fails_once_is_logged_and_asked_again(caplog: pytest.LogCaptureFixture):
    heard: list[float] = []

    async def listen() -> None:
        meter = ActivityMeter(Rows(failing=1))
        seat = meter.sit(lambda p, _: heard.append(p))
        meter.push(seat, WINDOW)
        meter.push(seat, WINDOW)
        await _settled(meter)
        meter.close()

    with caplog.at_level(logging.ERROR):
        asyncio.run(listen())
    assert heard == [1]
    assert [record.message for record in caplog.records] == ["activity_failed"]


def test_an_urgent_window_is_answered_at_once_with_those_that_wait():
    model = Rows()
    heard: list[float] = []

    async def listen() -> None:
        meter = ActivityMeter(model)
        one, two = meter.sit(lambda p, _: heard.append(p)), meter.sit(lambda p, _: heard.append(p))
        meter.push(one, WINDOW)
        meter.push(two, WINDOW, is_urgent=True)
        assert heard == [1, 2]
        meter.push(one, WINDOW)
        assert heard == [1, 2]
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert model.batches == [[1, 2], [1]]


def test_many_windows_go_to_the_thread_however_urgent_one_is():
    model = Rows()
    heard: list[float] = []

    async def listen() -> None:
        meter = ActivityMeter(model)
        seats = [meter.sit(lambda p, _: heard.append(p)) for _ in range(17)]
        for seat in seats:
            meter.push(seat, WINDOW, is_urgent=seat is seats[-1])
        assert heard == []
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert model.batches == [list(range(1, 18))]


def test_a_model_that_fails_in_haste_fails_that_once(caplog: pytest.LogCaptureFixture):
    heard: list[float] = []

    async def listen() -> None:
        meter = ActivityMeter(Rows(failing=1))
        seat = meter.sit(lambda p, _: heard.append(p))
        meter.push(seat, WINDOW, is_urgent=True)
        meter.push(seat, WINDOW, is_urgent=True)
        meter.close()

    asyncio.run(listen())
    assert heard == [1]
    assert [record.message for record in caplog.records] == ["activity_failed"]


def test_the_models_thread_runs_behind_the_calls():
    places: list[int] = []

    class Told(Rows):
        def probabilities(self, windows: np.ndarray, rows: np.ndarray) -> np.ndarray:
            places.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            return super().probabilities(windows, rows)

    async def listen() -> None:
        meter = ActivityMeter(Told())
        for seat in [meter.sit(lambda *_: None) for _ in range(FEW + 1)]:
            meter.push(seat, WINDOW)
        await _settled(meter)
        meter.close()

    asyncio.run(listen())
    assert places[0] >= BEHIND_THE_CALLS
