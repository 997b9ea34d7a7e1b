import numpy as np
import pytest

from runtime.audio.mulaw import decode_float, level
from runtime.audio.resample import from_8k, speech_to_mulaw, to_8k


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
