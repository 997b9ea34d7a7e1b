import pytest

from runtime.audio.dtmf import Digit, ToneDetector
from runtime.carrier import keypad


@pytest.mark.parametrize("digits", ["1", "0#*D", "5566"])
def test_keys_pressed_in_the_sound_are_heard_as_those_keys(digits):
    sound = b"".join(frame for frame in keypad.tones(digits) if isinstance(frame, bytes))
    heard = ToneDetector().hear(sound)
    assert "".join(event.key for event in heard if isinstance(event, Digit)) == digits


@pytest.mark.parametrize("digits", ["1", "0#*D", "5566"])
def test_keys_take_the_time_of_whole_frames_either_way(digits):
    assert {len(frame) for frame in keypad.tones(digits)} == {160}
    assert sum(isinstance(frame, keypad.KeyPacket) for frame in keypad.events(digits)) == 8 * len(
        digits
    )
