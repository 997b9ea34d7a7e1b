"""A message that the caller leaves."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.audio.mulaw import SILENCE
from runtime.call.recorder import NOTHING_SECONDS, SILENCE_SECONDS, Recorder
from runtime.carrier import wav

SECOND = bytes([SILENCE]) * 8000
VOICE = bytes([0x10]) * 8000


def left(folder: Path, act: Callable[[Recorder], None]) -> list[tuple[int, str, float]]:
    """Let the caller do something; return what the recorder tells, its files written."""

    async def go() -> list[tuple[int, str, float]]:
        told: list[tuple[int, str, float]] = []
        recorder = Recorder(folder, "call-1", lambda *what: told.append(what))
        act(recorder)
        # The files are written when the loop's threads are done.
        await asyncio.get_running_loop().shutdown_default_executor()
        await asyncio.sleep(0)
        return told

    return asyncio.run(go())


def say(recorder: Recorder, seconds: int) -> None:
    recorder.speech(is_on=True)
    for _ in range(seconds):
        recorder.hear(VOICE)
    recorder.speech(is_on=False)


def wait(recorder: Recorder, seconds: float) -> None:
    for _ in range(round(seconds)):
        recorder.hear(SECOND)


def test_a_message_is_a_sound_file_that_ends_soon_after_the_last_word(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(3, 60)
        assert recorder.is_on
        say(recorder, 2)
        wait(recorder, SILENCE_SECONDS)
        assert not recorder.is_on

    [(errand, name, seconds)] = left(tmp_path / "new" / "folder", act)
    assert (errand, seconds) == (3, 2.0)
    assert Path(name).name == "call-1-1.wav"
    sound = wav.read(Path(name).read_bytes())
    assert sound == VOICE * 2 + SECOND[:4000]


def test_a_pause_to_think_ends_nothing(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(1, 60)
        say(recorder, 1)
        wait(recorder, SILENCE_SECONDS - 1)
        say(recorder, 1)
        wait(recorder, SILENCE_SECONDS)

    assert left(tmp_path, act)[0][2] == SILENCE_SECONDS + 1


def test_a_message_is_no_longer_than_it_may_be(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(1, 3)
        say(recorder, 9)

    [(_, name, seconds)] = left(tmp_path, act)
    assert seconds == 3
    assert len(wav.read(Path(name).read_bytes())) == 3 * 8000


def test_who_says_nothing_has_left_nothing(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(1, 60)
        wait(recorder, NOTHING_SECONDS - 1)
        assert recorder.is_on
        wait(recorder, 1)

    assert left(tmp_path, act) == [(1, "", 0.0)]
    assert list(tmp_path.iterdir()) == []


def test_a_message_that_is_stopped_in_the_middle_is_kept(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(1, 60)
        say(recorder, 2)
        recorder.stop(9)
        assert recorder.is_on
        recorder.stop(1)
        recorder.stop(1)

    [(errand, name, seconds)] = left(tmp_path, act)
    assert (errand, seconds) == (1, 2.0)
    assert wav.read(Path(name).read_bytes()) == VOICE * 2


def test_what_is_stopped_before_its_tone_has_ended_is_over_at_once(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.start(1, 60, tone=0.5)
        recorder.stop(1)

    assert left(tmp_path, act) == [(1, "", 0.0)]


def test_the_tone_is_no_part_of_the_message_and_who_speaks_over_it_is_heard(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        recorder.speech(is_on=True)
        recorder.start(1, 60, tone=1.5)
        recorder.hear(SECOND)
        recorder.hear(SECOND)
        recorder.hear(VOICE)
        recorder.stop(1)

    [(_, name, seconds)] = left(tmp_path, act)
    assert seconds == 1.5
    assert wav.read(Path(name).read_bytes()) == SECOND[:4000] + VOICE


def test_a_second_message_of_a_call_is_a_file_of_its_own(tmp_path: Path):
    def act(recorder: Recorder) -> None:
        for errand in (1, 2):
            recorder.start(errand, 60)
            say(recorder, errand)
            recorder.stop(errand)

    told = sorted(left(tmp_path, act))
    assert [Path(name).name for _, name, _ in told] == ["call-1-1.wav", "call-1-2.wav"]
    assert [seconds for _, _, seconds in told] == [1.0, 2.0]


def test_what_is_heard_when_nothing_is_recorded_is_not_kept(tmp_path: Path):
    assert left(tmp_path, lambda recorder: say(recorder, 9)) == []


def test_a_message_that_cannot_be_written_is_told_as_none_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "messages").write_text("a file where a folder is needed")

    def act(recorder: Recorder) -> None:
        recorder.start(1, 60)
        say(recorder, 1)
        recorder.stop(1)

    assert left(tmp_path / "messages", act) == [(1, "", 0.0)]
    assert [record.message for record in caplog.records] == ["message_not_kept"]
