import numpy as np
import pytest

from providers.log_mel import HOP, RATE, log_mel, mel_filters


def tone(hertz, seconds=1.0):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE)).astype("f4")


# Values of openai/whisper's mel_filters.npz, as faster-whisper's feature extractor computes them.
@pytest.mark.parametrize(
    ("band", "bin_", "weight"),
    [(0, 0, 0.0), (0, 1, 0.02486259), (0, 2, 0.0), (79, 195, 0.0022438), (79, 199, 0.00044876)],
)
def test_filters_are_whispers(band, bin_, weight):
    assert mel_filters(80)[band, bin_] == pytest.approx(weight, rel=1e-5, abs=1e-9)


def test_filters_sum_to_what_whispers_sum_to():
    assert mel_filters(80).sum() == pytest.approx(1.9990242, rel=1e-6)


# faster-whisper 1.2.1's extractor on this very signal, filled up with silence to 30 s.
def test_spectrogram_is_whispers():
    noise = np.random.default_rng(0).standard_normal(3 * RATE) * 0.1
    samples = (noise * np.sin(np.arange(3 * RATE) / 3000)).astype(np.float32)
    mel = log_mel(samples, 3000)
    assert mel[0, :3] == pytest.approx([-0.23139727, 0.01812613, 0.18077588], abs=1e-5)
    assert mel[2, :3] == pytest.approx([-0.19886994, -0.20352352, 0.02629244], abs=1e-5)
    assert mel[40, 100] == pytest.approx(0.51585186, abs=1e-5)


@pytest.mark.parametrize("bands", [80, 128])
def test_each_tone_is_loudest_in_a_band_around_it(bands):
    centres = [log_mel(tone(hertz), 100, bands)[:, 50].argmax() for hertz in (300, 1000, 3000)]
    assert centres == sorted(set(centres))


def test_short_sound_is_filled_up_with_silence():
    mel = log_mel(tone(440, 0.5), 1500)
    assert mel.shape == (80, 1500)
    assert mel.dtype == np.float32
    assert np.all(mel[:, 60:] == mel.min())


def test_long_sound_is_cut_off():
    assert log_mel(tone(440, 2.0), 100).shape == (80, 100)


def test_loudest_and_quietest_lie_eight_decades_apart_at_most():
    mel = log_mel(tone(440), 200)
    assert mel.max() - mel.min() == pytest.approx(2.0, abs=1e-5)


@pytest.mark.parametrize("samples", [1, HOP - 1, HOP, 401])
def test_a_moment_of_sound_is_enough(samples):
    assert np.isfinite(log_mel(tone(440)[:samples], 20)).all()


def test_no_sound_is_an_error():
    with pytest.raises(ValueError, match="no sound"):
        log_mel(np.zeros(0, np.float32), 100)
