"""Where speech ended by its level, whatever activity says, and how much of a pause noise hides."""

import numpy as np
import pytest

from runtime.audio.mulaw import SAMPLE_RATE, encode
from runtime.audio.pause_levels import HIDDEN, LONGEST_OVERHANG, PauseLevels
from runtime.audio.utterance import UtteranceBuffer

SPEECH = -20.0
"""dBFS"""
IDLE = -60.0
GRAIN = 0.008


def line(*parts: tuple[float, float]) -> PauseLevels:
    """A caller's sound so far: seconds and dBFS, one after the other."""
    chance = np.random.default_rng(5)
    kept = UtteranceBuffer()
    for seconds, level in parts:
        noise = chance.standard_normal(round(seconds * SAMPLE_RATE))
        kept.append(encode((noise * 10 ** (level / 20)).astype(np.float32)))
    return PauseLevels(kept)


def test_activity_that_outlasts_the_sound_is_known_on_an_idle_line():
    levels = line((1.0, SPEECH), (0.3, IDLE))
    assert levels.overhang(1.0, 1.1) == 0
    assert levels.overhang(1.1, 1.2) == pytest.approx(0.1, abs=GRAIN)


def test_no_pause_is_taken_for_much_longer_than_activity_says():
    assert line((1.0, SPEECH), (1.0, IDLE)).overhang(1.5, 1.6) == LONGEST_OVERHANG


@pytest.mark.parametrize(
    ("noise", "hidden"), [(-58, 0), (-50, HIDDEN / 2), (-40, HIDDEN), (-30, HIDDEN), (-25, HIDDEN)]
)
def test_the_noisier_the_line_the_more_of_a_pause_may_be_speech(noise, hidden):
    levels = line((1.0, SPEECH), (0.3, noise))
    assert levels.overhang(1.0, 1.16) == pytest.approx(-hidden, abs=0.015)


def test_a_quiet_last_sound_after_the_activity_is_speech():
    levels = line((1.0, SPEECH), (0.1, IDLE), (0.02, -45.0), (0.2, IDLE))
    assert levels.overhang(1.0, 1.08) == 0
    assert levels.overhang(1.05, 1.2) == 0
    assert levels.overhang(1.18, 1.3) == pytest.approx(0.06, abs=GRAIN)


def test_the_quietest_part_of_a_pause_is_its_level():
    # What activity took for a pause begins with a word's fading end.
    levels = line((1.0, SPEECH), (0.06, -28.0), (0.2, IDLE))
    assert levels.overhang(1.0, 1.03) == -HIDDEN
    assert levels.overhang(1.0, 1.16) == 0


@pytest.mark.parametrize("noise", [IDLE, -30.0])
def test_speech_that_begins_rises_above_the_pause_and_noise_does_not(noise):
    levels = line((1.0, SPEECH), (0.4, noise), (0.1, SPEECH))
    levels.overhang(1.0, 1.16)
    rising = [levels.rises(at - 0.032, at) for at in (1.2, 1.25, 1.3, 1.35, 1.39)]
    assert rising == [False] * 5
    assert levels.rises(1.38, 1.412)


def test_of_what_is_not_kept_nothing_is_said():
    levels = line((1.0, SPEECH))
    assert levels.overhang(7.0, 7.1) == 0
    assert not levels.rises(7.0, 7.1)


def test_a_line_of_plain_zeros_is_the_clearest():
    kept = UtteranceBuffer()
    kept.append(encode(np.full(8000, 0.1, np.float32)) + b"\xff" * 2400)
    assert PauseLevels(kept).overhang(1.08, 1.2) == pytest.approx(0.08, abs=GRAIN)


def test_speech_in_which_a_keys_tone_was_found_is_measured_again():
    kept = UtteranceBuffer()
    chance = np.random.default_rng(5)
    for seconds, level in ((1.0, SPEECH), (0.3, IDLE)):
        noise = chance.standard_normal(round(seconds * SAMPLE_RATE)) * 10 ** (level / 20)
        kept.append(encode(noise.astype(np.float32)))
    levels = PauseLevels(kept)
    assert levels.overhang(1.0, 1.1) == 0
    assert levels.overhang(1.0, 1.16) == 0
    kept.silence(round(0.9 * SAMPLE_RATE), SAMPLE_RATE)
    assert levels.overhang(1.0, 1.16) == PauseLevels(kept).overhang(1.0, 1.16)
    assert levels.overhang(1.0, 1.16) == pytest.approx(0.1, abs=GRAIN)
