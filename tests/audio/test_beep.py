import wave
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from bench import voices
from runtime.audio.beep import Beep, BeepDetector
from runtime.audio.dtmf import tones
from runtime.audio.mulaw import decode_float, encode

Sound = np.ndarray


def silence(seconds: float) -> Sound:
    return np.zeros(round(8000 * seconds))


def tone(hz: float, seconds: float, dbfs: float = -20, phase: float = 0) -> Sound:
    times = np.arange(round(8000 * seconds)) / 8000
    return 10 ** (dbfs / 20) * 2**0.5 * np.sin(2 * np.pi * hz * times + phase)


def noise(sound: Sound, dbfs: float) -> Sound:
    return sound + np.random.default_rng(0).standard_normal(len(sound)) * 10 ** (dbfs / 20)


def hear(sound: Sound | bytes, piece: int = 160) -> list[Beep]:
    audio = sound if isinstance(sound, bytes) else encode(sound)
    detector = BeepDetector()
    pieces = (audio[at : at + piece] for at in range(0, len(audio), piece))
    return [beep for each in pieces for beep in detector.hear(each)]


def alone(*sounds: Sound) -> Sound:
    return np.concatenate([silence(1), *sounds, silence(1)])


@each_row(
    ("hz", "seconds", "dbfs"),
    product((500, 850, 1000, 1400, 2000, 2950), (0.15, 0.2, 0.5, 1.0, 1.95), (-36, -20, -6)),
)
def test_a_pure_tone_of_the_right_length_is_a_beep(hz, seconds, dbfs):
    (beep,) = hear(alone(tone(hz, seconds, dbfs)))
    assert beep.start == pytest.approx(8000, abs=100)
    assert beep.end == pytest.approx(8000 + 8000 * seconds, abs=100)
    assert beep.hz == pytest.approx(hz, rel=0.01)


@each_row(("seconds", "beeps"), [(0.15, 0), (0.2, 1), (0.5, 1), (1.0, 1)])
def test_a_low_beep_has_to_last_longer_than_a_voice_holds_its_pitch(seconds, beeps):
    assert len(hear(alone(tone(330, seconds)))) == beeps


@each_row("snr", [20, 15, 10])
def test_a_beep_is_heard_in_noise(snr):
    assert len(hear(noise(alone(tone(1000, 0.3)), -20 - snr))) == 1


@each_row("lost", [0.06, 0.2, 0.5])
def test_a_lost_frame_does_not_end_a_beep(lost):
    sound = alone(tone(1400, 0.6))
    sound[8000 + round(8000 * lost) :][:160] = 0
    assert len(hear(sound)) == 1


def pulses(on: Sound, off: float, times: int) -> Sound:
    return np.concatenate([np.concatenate((on, silence(off)))] * times)


def both(first: float, second: float, seconds: float) -> Sound:
    return tone(first, seconds, -23) + tone(second, seconds, -23)


RINGING = 2 * tone(400, 0.4) * np.sin(2 * np.pi * 25 * np.arange(3200) / 8000)
NO_BEEPS = {
    "ringing, USA": pulses(both(440, 480, 2), 4, 2),
    "ringing, India": pulses(np.concatenate((RINGING, silence(0.2), RINGING)), 2, 3),
    "ringing, India, not modulated": pulses(
        np.concatenate((tone(400, 0.4), silence(0.2), tone(400, 0.4))), 2, 3
    ),
    "ringing, United Kingdom": pulses(both(400, 450, 0.4), 0.2, 4),
    "ringing, Europe": pulses(tone(425, 1), 4, 3),
    "busy, India": pulses(tone(400, 0.75), 0.75, 5),
    "busy, USA": pulses(both(480, 620, 0.5), 0.5, 5),
    "busy, Europe": pulses(tone(425, 0.5), 0.5, 5),
    "congestion, India": pulses(tone(400, 0.25), 0.25, 8),
    "congestion, USA": pulses(both(480, 620, 0.25), 0.25, 8),
    "dial tone, USA": both(350, 440, 3),
    "call waiting": pulses(tone(440, 0.3), 3, 3),
    "special information": np.concatenate([tone(hz, 0.33) for hz in (950, 1400, 1800)]),
    "special information, with gaps": np.concatenate(
        [pulses(tone(hz, 0.33), 0.03, 1) for hz in (950, 1400, 1800)]
    ),
    "a modem's answer": tone(2100, 2.6),
    "too short": tone(1000, 0.1),
    "too low": tone(200, 0.5),
    "too high": tone(3200, 0.5),
    "too faint": tone(1000, 0.5, -46),
    "a chord": tone(600, 0.5) + tone(1500, 0.5),
    "a siren": np.sin(2 * np.pi * np.cumsum(np.linspace(600, 1600, 8000)) / 8000) * 0.2,
    "noise": noise(silence(3), -20),
    "silence": silence(3),
}


@each_row("name", NO_BEEPS)
def test_other_tones_are_no_beep(name):
    assert hear(alone(NO_BEEPS[name])) == []
    assert hear(noise(alone(NO_BEEPS[name]), -50)) == []


def test_keys_are_no_beep():
    assert hear(b"\xff" * 4000 + tones("0123456789*#", 200, 200) + b"\xff" * 4000) == []


def test_of_two_beeps_in_a_row_the_first_is_told():
    (beep,) = hear(alone(tone(1000, 0.2), silence(0.2), tone(1000, 0.2)))
    assert beep.start == pytest.approx(8000, abs=100)


def test_a_beep_is_told_soon_after_its_end():
    detector = BeepDetector()
    assert detector.hear(encode(np.concatenate((silence(1), tone(1000, 0.5))))) == ()
    assert len(detector.hear(encode(silence(0.12)))) == 1


def test_a_beep_right_after_speech_is_heard():
    speech = decode_float(voices.over_the_line(voices.Clip(vowels(), 8000)))
    assert hear(np.concatenate((speech, tone(1000, 0.4), silence(1)))) != []


def vowels() -> Sound:
    """Gliding harmonics of a voice."""
    times = np.arange(16000) / 8000
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 2 * times)) / 8000
    return sum(np.sin(k * phase) / k for k in range(1, 20)).astype(np.float32)


@pytest.mark.skipif(not voices.RECORDINGS.exists(), reason="needs asterisk-core-sounds-en-wav")
def test_people_do_not_beep():
    for clip in islice(voices.people(()), 50):
        assert hear(voices.over_the_line(clip), piece=8000) == []


@pytest.mark.skipif(not voices.RECORDINGS.exists(), reason="needs asterisk-core-sounds-en-wav")
def test_the_beep_of_a_telephone_system_is_one():
    (path,) = (voices.RECORDINGS / "en_US_f_Allison").glob("beep.wav")
    with wave.open(str(path)) as file:
        recorded = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    assert len(hear(alone(recorded))) == 1


@settings(max_examples=20)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=20).filter(any))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    audio = encode(noise(alone(tone(1000, 0.3)), -40))
    detector, at, told, number = BeepDetector(), 0, [], 0
    while at < len(audio):
        size = sizes[number % len(sizes)]
        told += detector.hear(audio[at : at + size])
        at, number = at + size, number + 1
    assert told == hear(audio)
