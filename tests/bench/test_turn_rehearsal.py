"""The measure's calls without real time: a clock that jumps, and a recogniser that is kept."""

import asyncio
import json
import time
from pathlib import Path

import numpy as np
import pytest

from bench.turn_calls import PlannedCall
from bench.turn_rehearsal import JumpingLoop, KeptSpeechToText, Rehearsal
from bench.turn_verdicts import judge
from bench.turns import BOTS
from providers.base import Hints, Transcript


class Counted:
    """Recognises the same whatever it hears, and counts how often it was asked."""

    name = "counted"
    eager = True

    def __init__(self) -> None:
        self.asked = 0

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        self.asked += 1
        return Transcript("yes", 0.9)

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


def test_waiting_takes_no_time_and_a_threads_work_is_done_at_once():
    async def go() -> tuple[float, str, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(1000)
        done = await asyncio.to_thread(str, 7)
        return loop.time() - began, done, loop.time() - began

    began = time.process_time()
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        waited, done, after = runner.run(go())
    assert (done, after) == ("7", waited)
    assert waited == pytest.approx(1000, abs=0.01)
    assert time.process_time() - began < 100


def test_what_a_thread_raises_is_raised_where_it_is_awaited():
    with asyncio.Runner(loop_factory=JumpingLoop) as runner, pytest.raises(ValueError, match="no"):
        runner.run(asyncio.to_thread(int, "no"))


def test_a_sound_is_recognised_once_and_what_is_expected_makes_it_another(tmp_path: Path):
    inner = Counted()

    async def go() -> list[Transcript]:
        kept = KeptSpeechToText(inner, tmp_path / "heard")
        expected = Hints(phrases=("yes",), closed=True)
        asked = ((b"a", Hints()), (b"a", Hints()), (b"b", Hints()), (b"a", expected))
        return [await kept.transcribe(*one) for one in asked]

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(go()) == [Transcript("yes", 0.9)] * 4
    assert inner.asked == 3


def test_a_third_recognition_waits_for_one_of_two_to_end(tmp_path: Path):
    async def hear(times: int) -> list[float]:
        loop = asyncio.get_running_loop()
        kept = KeptSpeechToText(Counted(), tmp_path)
        ends: list[float] = []

        async def one() -> None:
            await kept.transcribe(b"a", Hints())
            ends.append(round(loop.time(), 2))

        unwanted = asyncio.create_task(one())
        await asyncio.sleep(0)
        unwanted.cancel()
        await asyncio.gather(*(one() for _ in range(times)))
        return ends

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(hear(1))
    (kept,) = tmp_path.glob("*.json")
    content = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(content | {"seconds": 1.0}), encoding="utf-8")
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        # What nobody wants any more is worked on to its end.
        assert runner.run(hear(2)) == [1.0, 2.0]


@pytest.mark.speech
def test_a_call_is_led_without_real_time_and_judged(tmp_path: Path):
    silent = PlannedCall("silent-0", "clean", "nobody", {}, np.zeros(8000, np.float32))
    over: list[str] = []
    (led,) = Rehearsal(BOTS, tmp_path).lead([silent], 1, 0.0, over.append)
    assert over == ["silent-0"]
    # Nobody answers anything: each of ten questions waits for 5 s.
    assert led.ended == ""
    assert led.seconds > 50
    assert max(led.lags) == pytest.approx(0, abs=1e-6)
    assert judge(led).bot_seconds > 20
