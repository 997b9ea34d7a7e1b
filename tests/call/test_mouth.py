"""What the caller hears, and what is known of it, as the bot speaks, pauses, goes on and stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import virtual_time

from providers.base import ProviderError, Voice
from runtime.audio.mulaw import SILENCE
from runtime.call.mouth import Mouth
from runtime.call.prompts import Prompts
from runtime.carrier.messages import AudioPayload
from runtime.flow.engine.effects import Say
from runtime.flow.model import BargeIn

WORD, GAP = b"\x10\x90" * 1600, bytes([SILENCE]) * 1600
"""0.4 s of sound, and 0.2 s of pause."""


class WordByWord:
    """A voice with a pause after each word: so many words, so many times 0.6 s."""

    name = fingerprint = "words"

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        await asyncio.sleep(self._delay)
        yield (WORD + GAP) * len(text.split())

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


class Stage:
    """A mouth, what it has sent and told; times are its own clock's."""

    def __init__(self, folder: Path, tts: WordByWord) -> None:
        self.told: list[tuple[object, ...]] = []
        self.sent: list[tuple[str, float]] = []
        prompts = Prompts(folder, limit_bytes=10**6, deadline=5.0)
        self.mouth = Mouth("c", prompts, {}, tts, lambda _: Voice(), self._send, self)

    def _send(self, message: str) -> None:
        read = json.loads(message)
        seconds = (len(read["payload"]["data"]) - 58) / 8000 if "payload" in read else 0.0
        self.sent.append((read["event"], round(seconds, 1)))

    def played_out(self, line: int) -> None:
        self.told.append(("heard", line, self._at()))

    def cut_off(self, line: int, heard: str) -> None:
        self.told.append(("cut", line, heard))

    def could_not_say(self, line: int, error: ProviderError) -> None:
        self.told.append(("failed", line))

    def sounded(self, *, greeting: bool) -> None:
        pass

    def _at(self) -> float:
        return round(asyncio.get_running_loop().time(), 1)

    def say(self, number: int, text: str) -> None:
        self.mouth.say(Say(number, text, None, "en", BargeIn.SPEECH, "menu"))


def play(
    folder: Path, act: Callable[[Stage], Awaitable[None]], tts: WordByWord | None = None
) -> Stage:
    """Let a call of a minute go on, in which the caller has picked up."""

    async def call() -> Stage:
        stage = Stage(folder, tts or WordByWord())
        stage.mouth.answered()
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(stage.mouth.run())
            await act(stage)
            await asyncio.sleep(60)
            speaking.cancel()
        return stage

    return virtual_time.run(call())


def test_a_line_is_heard_when_its_sound_has_played(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two three")

    stage = play(tmp_path, act)
    assert (stage.sent, stage.told) == ([("media", 1.8)], [("heard", 1, 1.8)])


def test_a_paused_line_goes_on_from_the_last_pause_that_was_heard(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two three four")
        # In the third word.
        await asyncio.sleep(1.4)
        stage.mouth.pause()
        await asyncio.sleep(1)
        stage.mouth.resume()

    stage = play(tmp_path, act)
    # From the middle of the pause before the third word: half a pause and two words.
    assert stage.sent == [("media", 2.4), ("interrupt", 0.0), ("media", 1.3)]
    assert stage.told == [("heard", 1, 3.7)]


def test_a_line_without_a_pause_before_is_said_again(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two")
        await asyncio.sleep(0.3)
        stage.mouth.pause()
        stage.mouth.resume()

    assert play(tmp_path, act).sent[-1] == ("media", 1.2)


def test_what_had_only_its_last_sound_left_is_not_said_again(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two")
        await asyncio.sleep(1.1)
        stage.mouth.pause()
        await asyncio.sleep(1)
        stage.mouth.resume()

    stage = play(tmp_path, act)
    assert stage.sent == [("media", 1.2), ("interrupt", 0.0)]
    assert stage.told == [("heard", 1, 2.1)]


def test_all_that_was_queued_goes_on_in_its_order(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two")
        stage.say(2, "three")
        await asyncio.sleep(0.7)
        stage.mouth.pause()
        stage.say(3, "four")
        await asyncio.sleep(1)
        stage.mouth.resume()

    stage = play(tmp_path, act)
    assert stage.sent[2:] == [("interrupt", 0.0), ("media", 0.7), ("media", 0.6), ("media", 0.6)]
    assert [told[:2] for told in stage.told] == [("heard", 1), ("heard", 2), ("heard", 3)]


def test_nothing_sounds_in_a_pause(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.mouth.pause()
        stage.say(1, "one")
        await asyncio.sleep(5)
        assert (stage.sent, stage.told) == ([], [])
        stage.mouth.resume()

    assert play(tmp_path, act).told == [("heard", 1, 5.6)]


@pytest.mark.parametrize("goes_on_first", [False, True])
def test_of_a_line_that_is_stopped_what_was_heard_is_told(tmp_path: Path, goes_on_first: bool):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two three four")
        stage.say(2, "five")
        await asyncio.sleep(1.4)
        stage.mouth.pause()
        if goes_on_first:
            stage.mouth.resume()
            await asyncio.sleep(0.5)
            stage.mouth.pause()
        stage.mouth.stop()

    stage = play(tmp_path, act)
    heard = "one two three" if goes_on_first else "one two"
    assert stage.told == [("cut", 1, heard), ("cut", 2, "")]


def test_what_comes_after_a_stop_is_said_at_once(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two")
        await asyncio.sleep(0.1)
        stage.mouth.pause()
        stage.mouth.stop()
        stage.say(2, "three")

    assert play(tmp_path, act).told == [("cut", 1, ""), ("heard", 2, 0.7)]


def test_a_line_still_being_synthesised_waits_for_the_end_of_the_pause(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one")
        stage.mouth.pause()
        await asyncio.sleep(2)
        assert stage.sent == []
        stage.mouth.resume()

    assert play(tmp_path, act, WordByWord(delay=1.0)).told == [("heard", 1, 2.6)]


class Broken(WordByWord):
    """Has a bug: what it raises is no error of a provider's."""

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.1)
        raise ZeroDivisionError
        yield b""


def test_a_bug_ends_the_speaking_and_no_line_after_it_begins(tmp_path: Path):
    async def speak() -> Stage:
        stage = Stage(tmp_path, Broken())
        stage.mouth.answered()
        stage.say(1, "One.")
        stage.say(2, "Two.")
        with pytest.raises(ExceptionGroup) as caught:
            await stage.mouth.run()
        assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
        stage.say(3, "Three.")
        await asyncio.sleep(1)
        return stage

    assert virtual_time.run(speak()).sent == []


def test_a_mouth_that_is_stopped_from_outside_says_nothing_that_waits(tmp_path: Path):
    async def speak() -> Stage:
        stage = Stage(tmp_path, WordByWord(delay=0.1))
        stage.mouth.answered()
        stage.say(1, "One.")
        stage.say(2, "Two.")
        speaking = asyncio.create_task(stage.mouth.run())
        await asyncio.sleep(0.05)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        await asyncio.sleep(1)
        return stage

    assert virtual_time.run(speak()).sent == []


def test_two_pauses_are_one_and_going_on_twice_changes_nothing(tmp_path: Path):
    async def act(stage: Stage) -> None:
        stage.say(1, "one two three")
        await asyncio.sleep(0.7)
        stage.mouth.pause()
        stage.mouth.pause()
        stage.mouth.resume()
        stage.mouth.resume()

    assert [event for event, _ in play(tmp_path, act).sent] == ["media", "interrupt", "media"]


class HeardBy:
    """Stands where a tape stands: what is heard, from when on, and where it is cut."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def plays(self, payload: AudioPayload, starts_at: float, *, is_sensitive: bool) -> None:
        self.told.append((round(starts_at, 2), payload.samples, is_sensitive))

    def cut(self, at: float) -> None:
        self.told.append(("cut", round(at, 2)))


def test_a_recording_that_begins_late_has_what_plays_and_all_that_follows(tmp_path: Path):
    tape: Any = HeardBy()

    async def act(stage: Stage) -> None:
        for number, text, shown in ((1, "one two", "one two"), (2, "12", "[code]")):
            line = Say(number, text, None, "en", BargeIn.SPEECH, "menu", shown=shown)
            stage.mouth.say(line)
        await asyncio.sleep(0.3)
        stage.mouth.attach(tape)
        stage.mouth.beep()
        await asyncio.sleep(1.6)
        stage.mouth.stop()
        stage.mouth.attach(None)
        stage.mouth.beep()

    play(tmp_path, act)
    assert tape.told == [
        *((0.0, 9600, False), (1.2, 4800, True), (1.8, 3200, False)),
        ("cut", 1.9),
    ]
