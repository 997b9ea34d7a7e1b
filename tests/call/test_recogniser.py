"""Recognition that begins in a pause which might be the end, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import virtual_time

from providers.base import Hints, ProviderError, Transcript
from runtime.call.figures import Figures
from runtime.call.recogniser import Recogniser

SECONDS = 0.3
"""A recognition takes so long."""


class Stt:
    """Hears an utterance as its own bytes."""

    name = "echo"

    def __init__(self, eager: bool = True, fails: bool = False) -> None:
        self.eager = eager
        self.asked: list[bytes] = []
        self.fails = fails

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        self.asked.append(utterance)
        await asyncio.sleep(SECONDS)
        if self.fails:
            raise ProviderError("is down")
        return Transcript(utterance.decode(), 0.9)

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Desk:
    """A recogniser, and what it has told, when."""

    def __init__(self, stt: Stt, places: int = 2) -> None:
        self.stt = stt
        self.told: list[tuple[float, str]] = []
        self.figures = Figures()
        self.places = asyncio.Semaphore(places)
        equipment: Any = SimpleNamespace(
            figures=self.figures, recognisers=self.places, recognition_deadline=1.0
        )
        self.recogniser = Recogniser(stt, equipment, self)

    def recognised(self, transcript: Transcript, ended_at: float) -> None:
        self._tell(transcript.text)

    def not_recognised(self, error: ProviderError) -> None:
        self._tell(error.message)

    def guessed(self, transcript: Transcript) -> None:
        self._tell(f"{transcript.text}?")

    def _tell(self, what: str) -> None:
        self.told.append((round(asyncio.get_running_loop().time(), 2), what))

    def guesses(self, fate: str) -> float:
        return self.figures.guesses.labels(fate)._value.get()


class Stream:
    """Hears what it is sent, with a tick for the way there; fails or hangs where it is told to."""

    partial = ""

    def __init__(self, log: list[str], fails_at: str = "", hangs: bool = False) -> None:
        self._log, self._fails_at, self._hangs = log, fails_at, hangs
        self._heard = b""

    async def _reach(self, step: str) -> None:
        self._log.append(step)
        await asyncio.sleep(0.01)
        if step == self._fails_at:
            raise ProviderError("the line broke")

    async def begin(self, hints: Hints) -> None:
        await self._reach("begin")
        self._heard = b""

    async def send(self, audio: bytes) -> None:
        await self._reach("send")
        self._heard += audio

    async def flush(self) -> Transcript:
        await self._reach("flush")
        if self._hangs:
            await asyncio.Event().wait()
        return Transcript(f"live {self._heard.decode()}", 0.9)

    async def close(self) -> None:
        self._log.append("close")


class LiveStt(Stt):
    """Opens streams, which behave as told in turn; the last for all that follow."""

    def __init__(self, *behaviours: dict[str, Any]) -> None:
        super().__init__(eager=False)
        self._behaviours = list(behaviours) or [{}]
        self.log: list[str] = []

    def open(self) -> Stream:
        self.log.append("open")
        behaviour = self._behaviours[0]
        if len(self._behaviours) > 1:
            self._behaviours.pop(0)
        return Stream(self.log, **behaviour)


def work(act: Callable[[Desk], Awaitable[None]], stt: Stt | None = None, places: int = 2) -> Desk:
    async def go() -> Desk:
        desk = Desk(stt or Stt(), places)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(desk.recogniser.run())
            await asyncio.sleep(0)
            await act(desk)
            await asyncio.sleep(10)
            running.cancel()
        return desk

    return virtual_time.run(go())


def test_what_was_recognised_in_the_pause_is_there_at_the_end_of_speech():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"yes")
        await asyncio.sleep(0.5)
        assert desk.recogniser.take(b"yes")

    desk = work(act)
    assert desk.told == [(0.3, "yes?"), (0.5, "yes")]
    assert desk.stt.asked == [b"yes"]
    assert desk.guesses("used") == 1


def test_a_recognition_that_is_not_done_at_the_end_is_waited_for():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"yes")
        await asyncio.sleep(0.1)
        desk.recogniser.take(b"yes")

    assert work(act).told == [(0.3, "yes?"), (0.3, "yes")]


def test_who_goes_on_is_recognised_anew_and_whole():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"I would")
        await asyncio.sleep(0.1)
        desk.recogniser.forget_guess()
        await asyncio.sleep(0.5)
        desk.recogniser.take(b"I would like tea")

    desk = work(act)
    assert desk.told == [(0.9, "I would like tea")]
    assert desk.guesses("dropped") == 1


def test_a_guess_at_something_else_is_not_taken_for_the_whole():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"I would")
        desk.recogniser.take(b"I would like tea")

    assert work(act).told == [(0.3, "I would like tea")]


def test_a_guess_with_other_expectations_is_not_taken():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"yes")
        desk.recogniser.hints = Hints(closed=True)
        desk.recogniser.take(b"yes")

    desk = work(act)
    assert desk.told == [(0.3, "yes")]
    assert desk.guesses("dropped") == 1


def test_a_guess_keeps_no_utterance_waiting():
    async def act(desk: Desk) -> None:
        async with desk.places:
            desk.recogniser.guess(b"yes")
            assert desk.recogniser.take(b"yes")
            await asyncio.sleep(1)

    assert work(act, places=1).told == [(1.3, "yes")]


def test_a_recogniser_that_is_paid_by_the_question_is_asked_once():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"yes")
        await asyncio.sleep(1)
        assert desk.stt.asked == []
        desk.recogniser.take(b"yes")

    assert work(act, Stt(eager=False)).told == [(1.3, "yes")]


def test_a_failure_is_told_when_the_utterance_has_ended():
    async def act(desk: Desk) -> None:
        desk.recogniser.guess(b"yes")
        await asyncio.sleep(0.5)
        assert desk.told == []
        desk.recogniser.take(b"yes")

    assert work(act, Stt(fails=True)).told == [(0.5, "is down")]


def test_a_fifth_utterance_has_no_place():
    async def act(desk: Desk) -> None:
        assert [desk.recogniser.take(b"yes") for _ in range(5)] == [True] * 4 + [False]

    assert len(work(act).told) == 4


# -- while the caller speaks -----------------------------------------------------------------------


async def speak(desk: Desk, *parts: bytes) -> None:
    """The utterance begins with the first part and goes on with the others."""
    desk.recogniser.begin(parts[0])
    for part in parts[1:]:
        await asyncio.sleep(0.1)
        desk.recogniser.hear(part)


def test_an_utterance_is_sent_as_it_is_spoken_and_known_at_its_end():
    async def act(desk: Desk) -> None:
        desk.recogniser.hear(b"(before)")
        await speak(desk, b"I ", b"am ", b"here")
        await asyncio.sleep(0.7)
        desk.recogniser.take(b"I am here")
        desk.recogniser.hear(b"(after)")

    stt = LiveStt()
    desk = work(act, stt)
    assert desk.told == [(0.91, "live I am here")]
    assert stt.asked == []
    assert stt.log == ["open", "begin", "send", "send", "send", "flush", "close"]


def test_a_stream_is_connected_before_anybody_speaks():
    async def act(desk: Desk) -> None:
        desk.recogniser.expect(Hints("hi-IN"))
        await asyncio.sleep(1)
        desk.recogniser.expect(Hints("en-IN"))
        await speak(desk, b"yes")
        desk.recogniser.take(b"yes")

    stt = LiveStt()
    assert work(act, stt).told == [(1.03, "live yes")]
    assert stt.log == ["open", "begin", "begin", "send", "flush", "close"]


def test_a_stream_is_asked_in_every_pause_and_goes_on_where_the_caller_does():
    async def act(desk: Desk) -> None:
        await speak(desk, b"nine ")
        desk.recogniser.guess(b"nine ")
        await asyncio.sleep(0.5)
        desk.recogniser.forget_guess()
        desk.recogniser.hear(b"eight")
        await asyncio.sleep(0.1)
        desk.recogniser.guess(b"nine eight")
        await asyncio.sleep(0.5)
        desk.recogniser.take(b"nine eight")

    desk = work(act, LiveStt())
    assert [what for _, what in desk.told] == [
        "live nine ?",
        "live nine eight?",
        "live nine eight",
    ]


def test_a_stream_takes_no_place_of_those_that_work_here():
    async def act(desk: Desk) -> None:
        async with desk.places:
            await speak(desk, b"yes")
            desk.recogniser.take(b"yes")
            await asyncio.sleep(1)

    assert work(act, LiveStt(), places=1).told == [(0.03, "live yes")]


def test_one_stream_serves_utterance_after_utterance():
    async def act(desk: Desk) -> None:
        for text in (b"one", b"two"):
            await speak(desk, text)
            desk.recogniser.take(text)
            await asyncio.sleep(1)

    stt = LiveStt()
    assert [what for _, what in work(act, stt).told] == ["live one", "live two"]
    assert stt.log.count("open") == 1


@pytest.mark.parametrize("step", ["begin", "send", "flush"])
def test_what_a_stream_loses_is_recognised_whole_and_the_next_gets_another_stream(step):
    async def act(desk: Desk) -> None:
        for text in (b"one", b"two"):
            await speak(desk, text)
            await asyncio.sleep(0.5)
            desk.recogniser.take(text)
            await asyncio.sleep(1)

    stt = LiveStt({"fails_at": step}, {})
    assert [what for _, what in work(act, stt).told] == ["one", "live two"]
    assert stt.log.count("open") == 2


def test_a_stream_that_takes_all_and_never_answers_is_done_without():
    async def act(desk: Desk) -> None:
        for text in (b"one", b"two"):
            await speak(desk, text)
            desk.recogniser.take(text)
            await asyncio.sleep(6)

    # The deadline of a recognition, then the recognition itself.
    stt = LiveStt({"hangs": True}, {})
    assert work(act, stt).told == [(1.3, "one"), (6.03, "live two")]


def test_noise_is_forgotten_by_the_next_utterance():
    async def act(desk: Desk) -> None:
        await speak(desk, b"(cough)")
        desk.recogniser.drop()
        desk.recogniser.hear(b"(street)")
        await speak(desk, b"yes")
        desk.recogniser.take(b"yes")

    assert [what for _, what in work(act, LiveStt()).told] == ["live yes"]


def test_where_the_first_has_no_stream_utterances_are_recognised_whole():
    class NoStream(LiveStt):
        def open(self) -> None:
            return None

    async def act(desk: Desk) -> None:
        await speak(desk, b"yes")
        desk.recogniser.take(b"yes")

    assert work(act, NoStream()).told == [(0.3, "yes")]
