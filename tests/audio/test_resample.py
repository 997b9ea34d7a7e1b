from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.mulaw import decode, decode_float, level
from runtime.audio.resample import PcmToMulaw, from_8k, speech_to_mulaw, to_8k


def sine(frequency: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    times = np.arange(int(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100, 48000])
def test_a_tone_of_the_line_comes_through_and_what_lies_above_does_not(rate):
    kept = to_8k(sine(3000, rate), rate)
    assert kept.dtype == np.float32
    assert len(kept) == pytest.approx(4000, abs=2)
    assert np.abs(kept - sine(3000, 8000)[: len(kept)])[200:-200].max() < 0.01
    assert np.abs(to_8k(sine(5000, rate), rate))[200:-200].max() < 0.001


def test_there_and_back_is_the_same():
    speech = sine(440, 8000)
    back = to_8k(from_8k(speech, 16000), 16000)
    assert np.abs(back - speech)[200:-200].max() < 0.001


def test_8k_is_left_alone_and_nothing_stays_nothing():
    speech = sine(440, 8000)
    assert to_8k(speech, 8000) is speech
    assert len(from_8k(np.zeros(0, np.float32), 16000)) == 0


def test_speech_for_the_line_is_clipped_mulaw():
    audio = speech_to_mulaw(sine(440, 24000) * 10, 24000)
    assert len(audio) == pytest.approx(4000, abs=2)
    assert level(audio) > -2
    assert np.abs(decode_float(audio)).max() == pytest.approx(0.98, abs=0.01)


def pcm(samples: np.ndarray) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


@given(st.lists(st.integers(0, 24000), max_size=20), st.sampled_from([16000, 22050, 24000]))
def test_samples_as_they_come_sound_as_the_whole_wherever_they_are_cut(cuts, rate):
    sound = pcm(sine(440, rate))
    line = PcmToMulaw(rate)
    places = [0, *sorted(cuts), len(sound)]
    pieces = [line.take(sound[a:b]) for a, b in pairwise(places)]
    audio = b"".join([*pieces, line.end()])
    whole = speech_to_mulaw(np.frombuffer(sound, "<i2") / 32768, rate)
    assert len(audio) == len(whole)
    # A code beside the other, where rounding falls between two.
    assert np.abs(decode(audio).astype(int) - decode(whole)).max() <= 1024


def test_samples_at_the_lines_own_rate_come_as_they_are():
    line = PcmToMulaw(8000)
    audio = line.take(pcm(sine(440, 8000))) + line.end()
    assert audio == speech_to_mulaw(np.frombuffer(pcm(sine(440, 8000)), "<i2") / 32768, 8000)


def test_nothing_comes_of_no_samples_or_half_of_one():
    line = PcmToMulaw(24000)
    assert line.take(b"") + line.take(b"\x01") + line.end() == b""
