"""What is made ready in a pause that might be the end of what the caller says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import virtual_time

from providers.base import Transcript, Voice
from providers.scripted import ScriptedTextToSpeech
from runtime.call.foresight import Foresight
from runtime.call.prompts import Prompts
from runtime.flow import engine
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.events import CallStarted, Heard, PlayedOut
from runtime.flow.reading import read_flow

FLOW = """
variables: {name: ''}
intents: {book: {words: [book]}}
slots: {seats: {type: integer, ask: How many?}}
states:
  menu: {ask: What?, on: {book: seats}}
  seats: {collect: [seats], next: sure}
  sure: {ask: 'For {{ seats }}? I can do that.', on: {yes: lead, no: menu}}
  lead: {prompt: Be brief., on: {book: menu}, give_up: menu}
"""


class Asked:
    """Keeps what a model is asked ahead."""

    def __init__(self) -> None:
        self.ahead: AskModel | None = None

    def ask_ahead(self, effect: AskModel) -> None:
        self.ahead = effect

    def forget_ahead(self) -> None:
        self.ahead = None


class Pause:
    """A call in which the caller pauses."""

    def __init__(self, folder: Path, *said: str, tts: Any = None, ask_ahead: bool = True) -> None:
        flow = read_flow(FLOW, "talk.yaml", open_file=lambda _: None).flow
        assert flow is not None
        self.state, _ = engine.start(flow, CallStarted(at=0, call_id="c"))
        for text in said:
            self.state, _ = engine.step(flow, self.state, PlayedOut(at=0, say=self.state.said))
            self.state, _ = engine.step(flow, self.state, Heard(at=0, text=text))
        self.state, _ = engine.step(flow, self.state, PlayedOut(at=0, say=self.state.said))
        self.tts = tts or ScriptedTextToSpeech(delay_seconds=0.1, milliseconds_per_character=1)
        self.errands: Any = Asked()
        loaded: Any = SimpleNamespace(flow=flow, tts=self.tts, voice=lambda language: Voice())
        prompts = Prompts(folder, limit_bytes=10**6, deadline=1.0)
        equipment: Any = SimpleNamespace(prompts=prompts, clock=lambda: 0.0, ask_ahead=ask_ahead)
        self.foresight = Foresight(loaded, equipment, self.errands, self.state)

    @property
    def spoken(self) -> list[str]:
        return [text for text, _ in self.tts.spoken]


def lasts(pause: Pause, act: Callable[[], Awaitable[None]]) -> Pause:
    async def go() -> None:
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(pause.foresight.run())
            await act()
            await asyncio.sleep(5)
            looking.cancel()

    virtual_time.run(go())
    return pause


def test_what_would_be_said_is_spoken_ahead_and_the_call_is_as_it_was(tmp_path: Path):
    pause = Pause(tmp_path, "book")
    before = pause.state

    async def act() -> None:
        assert pause.foresight.guessed(Transcript("four", 0.9)) == 0.7

    assert lasts(pause, act).spoken == ["For 4?", "I can do that."]
    assert pause.foresight.state is before


def test_what_would_be_asked_of_a_model_is_asked_ahead(tmp_path: Path):
    pause = Pause(tmp_path, "book", "four")

    async def act() -> None:
        assert pause.foresight.guessed(Transcript("yes", 0.9)) == 0.3

    asked = lasts(pause, act).errands.ahead
    assert "Be brief." in asked.messages[0].text


def test_who_goes_on_makes_it_worthless(tmp_path: Path):
    pause = Pause(tmp_path, "book", "four")

    async def act() -> None:
        pause.foresight.guessed(Transcript("yes", 0.9))
        await asyncio.sleep(0.01)
        pause.foresight.mistaken()

    assert lasts(pause, act).errands.ahead is None


def test_what_is_not_begun_at_the_end_is_not_begun_any_more(tmp_path: Path):
    pause = Pause(tmp_path, "book", "four")

    async def act() -> None:
        pause.foresight.guessed(Transcript("yes", 0.9))
        pause.foresight.ended()

    assert lasts(pause, act).errands.ahead is None


def test_a_voice_that_fails_ahead_fails_nobody(tmp_path: Path):
    broken = ScriptedTextToSpeech(failure="raise")
    pause = Pause(tmp_path, "book", tts=broken)

    async def act() -> None:
        pause.foresight.guessed(Transcript("four", 0.9))

    lasts(pause, act)


def test_the_operator_may_save_the_tokens_of_answers_that_are_thrown_away(tmp_path: Path):
    pause = Pause(tmp_path, "book", "four", ask_ahead=False)

    async def act() -> None:
        pause.foresight.guessed(Transcript("yes", 0.9))

    assert lasts(pause, act).errands.ahead is None


def test_noise_prepares_nothing(tmp_path: Path):
    pause = Pause(tmp_path, "book")

    async def act() -> None:
        pause.foresight.guessed(Transcript("", 0.0))

    assert lasts(pause, act).spoken == []
