"""Recognition that begins in a pause which might be the end, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

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
        self.recogniser = Recogniser(stt, equipment, self, self._guessed)

    def recognised(self, transcript: Transcript, ended_at: float) -> None:
        self._tell(transcript.text)

    def not_recognised(self, error: ProviderError) -> None:
        self._tell(error.message)

    def _guessed(self, transcript: Transcript) -> None:
        self._tell(f"{transcript.text}?")

    def _tell(self, what: str) -> None:
        self.told.append((round(asyncio.get_running_loop().time(), 2), what))

    def guesses(self, fate: str) -> float:
        return self.figures.guesses.labels(fate)._value.get()


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
