import numpy as np
import pytest

from runtime.audio import mulaw
from runtime.audio.beep import BeepDetector
from runtime.audio.dtmf import ToneDetector
from runtime.audio.vad import EnergyActivity, WebRtcActivity
from runtime.carrier.stand_in.sounds import babble, babble_of, beep


def test_babble_is_as_long_as_asked_or_as_the_text_would_be():
    assert len(babble(1.5)) == 12000
    assert babble(0) == b""
    assert len(babble_of("x" * 40)) > len(babble_of("hello")) > len(babble_of(""))


@pytest.mark.parametrize("kind", [EnergyActivity, WebRtcActivity])
def test_babble_is_speech_to_a_voice_activity_detector(kind):
    detector = kind()
    row = np.array([detector.open_row()])
    sound = mulaw.decode_float(b"\xff" * 8000 + babble(3))
    windows = sound[: len(sound) // 256 * 256].reshape(-1, 1, 256)
    speech = [float(detector.probabilities(window, row)[0]) > 0.5 for window in windows]
    assert not any(speech[:30])
    assert sum(speech[32:]) > 0.9 * len(speech[32:])


def test_babble_has_no_key_and_no_beep_in_it():
    sound = babble(10)
    assert ToneDetector().hear(sound) == ()
    assert BeepDetector().hear(sound + b"\xff" * 8000) == ()


def test_the_machines_beep_is_heard_as_one():
    [found] = BeepDetector().hear(b"\xff" * 8000 + beep() + b"\xff" * 8000)
    assert abs(found.hz - 1000) < 10
