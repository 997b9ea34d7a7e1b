"""The sound of the measured calls: levels, ends of speech, and what conditions do to them."""

import numpy as np
import pytest

from bench import turn_sound
from bench.turn_sound import (
    SPEECH_LEVEL,
    WHISPER_LEVEL,
    Bounds,
    at_level,
    bounds,
    click,
    cough,
    joined,
    level,
    on_the_line,
    pink,
    stammered,
    trimmed,
    voices_behind,
    whispered,
)
from runtime.audio.mulaw import SAMPLE_RATE

RATE = SAMPLE_RATE


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def hum(seconds: float, hertz: float = 150.0, rate: int = RATE) -> np.ndarray:
    """Something like a vowel: a tone and all its overtones up to 3 kHz."""
    at = np.arange(round(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * hertz * n * at) / n for n in range(1, round(3000 / hertz))]
    return (0.2 * np.sum(tones, axis=0)).astype(np.float32)


def syllables(count: int) -> np.ndarray:
    """Vowels of 0.3 s that rise and fall."""
    swell = np.hanning(round(0.3 * RATE)).astype(np.float32)
    return np.concatenate([hum(0.3) * (0.1 + swell) for _ in range(count)])


def pauses(sound: np.ndarray) -> list[float]:
    """Seconds of each stretch of silence within the sound, from 0.1 s on."""
    whole = np.pad(sound, (0, -len(sound) % 80), constant_values=1.0)
    quiet = np.abs(whole).reshape(-1, 80).max(axis=1) < 1e-3
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet, [0]))))
    return [(b - a) / 100 for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 10]


def test_the_level_of_speech_leaves_its_pauses_out():
    spoken = at_level(hum(1.0), -20.0)
    assert level(spoken) == pytest.approx(-20.0, abs=0.01)
    assert level(np.concatenate((spoken, silence(4.0)))) == pytest.approx(-20.0, abs=0.1)


def test_silence_stays_silent_at_any_level():
    assert not at_level(silence(1.0), -20.0).any()


def test_speech_ends_with_its_last_audible_sample_and_not_with_the_file():
    sound = np.concatenate((silence(0.25), hum(1.0), silence(0.7)))
    assert bounds(sound) == Bounds(round(0.25 * RATE), round(1.25 * RATE))
    assert len(trimmed(sound)) == RATE


def test_a_voice_that_dies_away_ends_thirty_decibels_below_its_level():
    fading = hum(2.0) * np.float32(10) ** (-np.linspace(0, 60, 2 * RATE, dtype=np.float32) / 20)
    end = bounds(fading).end
    window = fading[end - 80 : end]
    loudness = 10 * np.log10(np.mean(window**2)) - level(fading)
    assert loudness == pytest.approx(-30.0, abs=1.0)


def test_noise_far_below_speech_moves_no_bounds():
    clean = np.concatenate((silence(0.3), hum(1.0), silence(0.3)))
    noisy = clean + turn_sound.white(1.6, level(clean) - 45, chance())
    assert bounds(noisy) == bounds(clean)


def test_where_nothing_is_spoken_there_are_no_bounds():
    with pytest.raises(ValueError, match="nothing is spoken"):
        bounds(silence(1.0))


def test_every_voice_comes_onto_the_line_at_the_same_level_and_within_its_band():
    line = on_the_line(hum(1.0, rate=24_000) * 0.01, 24_000)
    power = np.abs(np.fft.rfft(line)) ** 2
    hertz = np.fft.rfftfreq(len(line), 1 / RATE)
    assert level(line) == pytest.approx(SPEECH_LEVEL, abs=0.01)
    assert power[hertz < 200].sum() < 0.05 * power.sum()


def test_a_voice_of_higher_pitch_is_shorter_by_as_much():
    assert len(on_the_line(hum(1.2, rate=24_000), 24_000, pitch=1.2)) == pytest.approx(RATE, abs=2)


def test_between_the_parts_of_a_line_there_is_just_the_pause():
    part = np.concatenate((silence(0.2), hum(0.5), silence(0.3)))
    assert len(joined([part, part], [0.4])) == round(1.4 * RATE)
    assert pauses(joined([part, part], [0.4])) == [0.4]


@pytest.mark.parametrize("snr", [20, 10, 5])
def test_noise_is_as_far_below_speech_as_it_is_said_to_be(snr: int):
    noise = pink(5.0, SPEECH_LEVEL - snr, chance())
    assert 10 * np.log10(np.mean(noise**2)) == pytest.approx(SPEECH_LEVEL - snr, abs=0.01)


def test_pink_noise_has_as_much_power_in_each_octave():
    noise = pink(20.0, -30.0, chance())
    power = np.abs(np.fft.rfft(noise)) ** 2
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    octaves = [power[(hertz >= low) & (hertz < 2 * low)].sum() for low in (500, 1000)]
    assert octaves[0] == pytest.approx(octaves[1], rel=0.15)


def test_voices_behind_the_caller_talk_as_long_as_the_call_and_at_their_level():
    babble = voices_behind([hum(0.7, 120), hum(1.1, 190)], 10.0, -30.0, chance())
    assert len(babble) == 10 * RATE
    assert level(babble) == pytest.approx(-30.0, abs=0.01)


def test_a_whisper_keeps_the_shape_of_speech_and_loses_its_voice():
    voiced = np.concatenate((silence(0.3), hum(1.0), silence(0.3)))
    breath = whispered(voiced, chance())
    spectrum = np.abs(np.fft.rfft(breath[4000:8000])) ** 2
    harmonics = spectrum[75 * 3 : 75 * 15 : 75].sum()
    assert len(breath) == len(voiced)
    assert level(breath) == pytest.approx(WHISPER_LEVEL, abs=0.01)
    assert bounds(breath).start == pytest.approx(bounds(voiced).start, abs=320)
    assert bounds(breath).end == pytest.approx(bounds(voiced).end, abs=320)
    # A voice has all its power in its harmonics; noise has a 75th of it there.
    assert harmonics < 0.1 * spectrum[75 * 3 : 75 * 15].sum()


def test_a_stammerer_repeats_his_first_syllable_and_stops_within_what_he_says():
    plain = syllables(10)
    said = stammered(plain, chance())
    found = pauses(said)
    assert len(said) > len(plain) + 3 * 0.15 * RATE
    assert 3 <= len(found) <= 4
    assert all(0.14 <= pause <= 0.47 for pause in found)


def test_a_single_word_is_stammered_too():
    said = stammered(syllables(1), chance())
    assert len(pauses(said)) >= 1
    assert bounds(said).end > bounds(syllables(1)).end


def test_a_cough_is_as_loud_as_speech_and_a_click_is_over_at_once():
    assert level(cough(chance())) == pytest.approx(SPEECH_LEVEL, abs=0.01)
    assert 0.4 <= len(cough(chance())) / RATE <= 0.7
    assert len(click(chance())) / RATE == pytest.approx(0.03)


@pytest.mark.parametrize("make", [whispered, stammered])
def test_the_same_chance_makes_the_same_sound(make):
    first, again = make(syllables(4), chance(3)), make(syllables(4), chance(3))
    assert np.array_equal(first, again)
    assert len(make(syllables(4), chance(4))) != len(first) or make is whispered
