import asyncio
from pathlib import Path

import pytest

from providers.base import ProviderError, Voice
from providers.breaker import Breaker
from providers.fallback import FallbackTextToSpeech
from providers.scripted import ScriptedTextToSpeech
from runtime.call.prompts import Clip, Prompts, share_of
from runtime.call.recordings import Recording, Recordings
from runtime.carrier import wav
from runtime.carrier.messages import LARGEST_AUDIO

VOICE = Voice()


def _prompts(folder: Path, limit: int = 10_000_000, deadline: float = 1.0) -> Prompts:
    return Prompts(folder / "cache", limit_bytes=limit, deadline=deadline)


async def _spoken(prompts: Prompts, text: str, tts: ScriptedTextToSpeech) -> list[str]:
    return [clip.words async for clip in prompts.speak(text, VOICE, tts)]


def test_a_text_is_spoken_sentence_by_sentence_and_each_is_synthesised_once(tmp_path: Path):
    tts = ScriptedTextToSpeech(milliseconds_per_character=1)
    prompts = _prompts(tmp_path)

    async def speak() -> None:
        words = await _spoken(prompts, "Good morning to you. How are you today?", tts)
        assert words == ["Good morning to you.", "How are you today?"]
        await _spoken(prompts, "How are you today?", tts)

    asyncio.run(speak())
    assert [text for text, _ in tts.spoken] == ["Good morning to you.", "How are you today?"]


def test_what_is_prepared_is_on_disk_for_the_next_start(tmp_path: Path):
    first, second = ScriptedTextToSpeech(), ScriptedTextToSpeech()

    async def speak() -> None:
        assert await _prompts(tmp_path).prepare("Good morning.", VOICE, first) == 1
        assert await _prompts(tmp_path).prepare("Good morning.", VOICE, second) == 0
        assert await _spoken(_prompts(tmp_path), "Good morning.", second) == ["Good morning."]

    asyncio.run(speak())
    assert (len(first.spoken), len(second.spoken)) == (1, 0)


def test_a_line_of_a_call_is_never_written_to_disk(tmp_path: Path):
    async def speak() -> None:
        await _spoken(_prompts(tmp_path), "Your number is 12345.", ScriptedTextToSpeech())

    asyncio.run(speak())
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_call_that_is_stopped_does_not_take_the_sentence_from_the_others(tmp_path: Path):
    tts = ScriptedTextToSpeech(delay_seconds=0.01)
    prompts = _prompts(tmp_path)

    async def speak() -> None:
        first = asyncio.create_task(_spoken(prompts, "Good morning.", tts))
        await asyncio.sleep(0)
        second = asyncio.create_task(_spoken(prompts, "Good morning.", tts))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == ["Good morning."]

    asyncio.run(speak())
    assert len(tts.spoken) == 2


def test_calls_that_want_the_same_sentence_at_once_wait_for_one_synthesis(tmp_path: Path):
    tts = ScriptedTextToSpeech(delay_seconds=0.01)
    prompts = _prompts(tmp_path)

    async def speak() -> None:
        await asyncio.gather(*(_spoken(prompts, "Good morning.", tts) for _ in range(5)))

    asyncio.run(speak())
    assert len(tts.spoken) == 1


def test_a_waiter_gets_an_error_and_not_the_cancellation_of_another_call(tmp_path: Path):
    tts = ScriptedTextToSpeech(failure="hang")
    prompts = _prompts(tmp_path, deadline=0.01)

    async def speak() -> None:
        first = asyncio.create_task(_spoken(prompts, "Good morning.", tts))
        await asyncio.sleep(0)
        second = asyncio.create_task(_spoken(prompts, "Good morning.", tts))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(ProviderError):
            await second

    asyncio.run(speak())


@pytest.mark.parametrize("failure", ["raise", "nothing"])
def test_a_failed_synthesis_is_an_error_and_is_tried_again_the_next_time(
    tmp_path: Path, failure: str
):
    tts = ScriptedTextToSpeech(failure=failure)
    prompts = _prompts(tmp_path)

    async def speak() -> None:
        with pytest.raises(ProviderError):
            await _spoken(prompts, "Good morning.", tts)
        tts.failure = "none"
        assert await _spoken(prompts, "Good morning.", tts) == ["Good morning."]

    asyncio.run(speak())


class BreaksOff(ScriptedTextToSpeech):
    """Begins each sentence, and drops the line to the vendor."""

    async def synthesize(self, text, voice):
        async for piece in super().synthesize(text, voice):
            yield piece
            raise ProviderError("the line broke")


def _voices(*voices: ScriptedTextToSpeech, limit: int = 3) -> FallbackTextToSpeech:
    return FallbackTextToSpeech(
        voices, deadline_seconds=1, clock=lambda: 0.0, breaker=Breaker(limit=limit)
    )


def test_a_sentence_that_the_first_voice_drops_is_spoken_whole_by_the_next(tmp_path: Path):
    first, second = BreaksOff(tone_hertz=300), ScriptedTextToSpeech(milliseconds_per_character=1)
    prompts = _prompts(tmp_path)

    async def speak() -> None:
        voices = _voices(first, second)
        clips = [clip async for clip in prompts.speak("Good morning to you.", VOICE, voices)]
        assert [(clip.words, clip.seconds) for clip in clips] == [("Good morning to you.", 0.02)]
        # The sound of the second is kept as its own, and is not taken for the first's.
        await _spoken(prompts, "Good morning to you.", voices)

    asyncio.run(speak())
    assert (len(first.spoken), len(second.spoken)) == (2, 1)


def test_what_the_first_voice_has_spoken_is_its_own_even_when_it_is_down(tmp_path: Path):
    first = ScriptedTextToSpeech(milliseconds_per_character=2)
    second = ScriptedTextToSpeech(milliseconds_per_character=1)
    voices = _voices(first, second, limit=1)

    async def speak() -> None:
        await _prompts(tmp_path).prepare("Good morning. How are you?", VOICE, voices)
        first.failure = "raise"
        prompts = _prompts(tmp_path)
        await _spoken(prompts, "Something else.", voices)
        [whole] = await prompts.speak_whole("Good morning. How are you?", VOICE, voices)
        assert whole.seconds == pytest.approx(0.05)
        [sentence] = [clip async for clip in prompts.speak("How are you?", VOICE, voices)]
        assert sentence.seconds == pytest.approx(0.024)

    asyncio.run(speak())
    assert [text for text, _ in second.spoken] == ["Something else."]


def test_the_longest_unused_clips_go_when_the_cache_is_full(tmp_path: Path):
    tts = ScriptedTextToSpeech(milliseconds_per_character=10)
    prompts = _prompts(tmp_path, limit=1500)

    async def speak() -> None:
        for text in ("First one.", "Other one."):
            await prompts.prepare(text, VOICE, tts)
        await prompts.trim()

    asyncio.run(speak())
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_recording_is_played_and_a_missing_one_is_named(tmp_path: Path):
    (tmp_path / "hello.wav").write_bytes(wav.mono(b"\xff" * 800))
    recording = Recording.read(str(tmp_path / "hello.wav"))
    [clip] = _prompts(tmp_path).play(recording, "Hello.")
    assert (clip.seconds, clip.words) == (0.1, "Hello.")
    with pytest.raises(ProviderError, match=r"gone\.wav cannot be played"):
        Recording.read(str(tmp_path / "gone.wav"))


def test_versions_share_the_recordings_that_did_not_change(tmp_path: Path):
    kept, saved = tmp_path / "kept.wav", tmp_path / "saved.wav"
    for path in (kept, saved):
        path.write_bytes(wav.mono(b"\xff" * 800))
    recordings = Recordings()
    before = recordings.read([str(kept), str(saved)])
    saved.write_bytes(wav.mono(b"\x80" * 800))
    after = recordings.read([str(kept), str(saved)])
    assert after[str(kept)] is before[str(kept)]
    assert (before[str(saved)].audio, after[str(saved)].audio) == (b"\xff" * 800, b"\x80" * 800)


def test_speech_too_long_for_a_message_becomes_several_that_share_its_words():
    words = "one two three four five six"
    clips = Clip.of(b"\x80" * (LARGEST_AUDIO + 8000), words)
    assert len(clips) == 2
    assert " ".join(clip.words for clip in clips).split() == words.split()
    assert sum(clip.seconds for clip in clips) == (LARGEST_AUDIO + 8000) / 8000


@pytest.mark.parametrize(
    ("share", "heard"),
    [(0, ""), (0.5, "one two"), (0.99, "one two three four"), (1, "one two three four")],
)
def test_what_was_heard_of_a_sentence_are_whole_words(share: float, heard: str):
    assert share_of("one two three four", share) == heard
