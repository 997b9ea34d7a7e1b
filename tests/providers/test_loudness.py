import numpy as np
import pytest

from providers.loudness import ACTIVE_LEVEL, for_the_line

RATE = 24000


def speech(amplitude, seconds=1.0, before=0.3, after=0.45):
    sound = amplitude * np.sin(2 * np.pi * 220 * np.arange(round(RATE * seconds)) / RATE)
    quiet = [np.zeros(round(RATE * seconds)) for seconds in (before, after)]
    return np.concatenate((quiet[0], sound, quiet[1])).astype(np.float32)


@pytest.mark.parametrize("amplitude", [0.001, 0.05, 0.9])
def test_every_voice_comes_out_equally_loud(amplitude):
    sound = for_the_line(speech(amplitude), RATE)
    active = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    assert 10 * np.log10(np.mean(active**2)) == pytest.approx(ACTIVE_LEVEL, abs=0.1)


def test_a_peak_keeps_the_rest_down_and_is_not_clipped():
    sound = speech(0.05)
    sound[RATE // 2] = 0.9
    assert np.abs(for_the_line(sound, RATE)).max() == pytest.approx(0.95)


def test_idle_ends_are_trimmed():
    assert len(for_the_line(speech(0.1), RATE)) / RATE == pytest.approx(1.24, abs=0.005)


@pytest.mark.parametrize("sound", [np.zeros(0, np.float32), np.zeros(RATE, np.float32)])
def test_silence_comes_out_as_nothing(sound):
    assert len(for_the_line(sound, RATE)) == 0
