"""The sound of telephone calls: voices on the line, what is behind them, and what they go through.

Pure: the same samples and the same random numbers give the same sound. Sound is 8 kHz, from -1 to
1; levels are dB of full scale, RMS of what is spoken with its pauses left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runtime.audio.mulaw import SAMPLE_RATE, Samples
from runtime.audio.resample import to_8k

SPEECH_LEVEL = -20.0
"""Of every caller, whatever the voice."""
AUDIBLE = -30.0
"""dB below the speech's level; what is quieter at its ends is no longer speech."""
IDLE_LEVEL = -60.0
"""The noise of a quiet line."""
WHISPER_LEVEL = -28.0

_WINDOW = SAMPLE_RATE // 100
"""10 ms: the grain of all that is looked for in the sound."""
_ORDER = 12
"""Of the linear prediction: the usual one at 8 kHz, a pole pair for each kHz and four more."""

Chance = np.random.Generator


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where speech begins and ends in a sound, in samples."""

    start: int
    end: int


def level(sound: Samples) -> float:
    """Return the level of what is spoken: windows within 30 dB of the loudest."""
    power = _power(sound)
    spoken = power[power > power.max(initial=0.0) * 1e-3]
    return float(10 * np.log10(spoken.mean())) if len(spoken) else -np.inf


def at_level(sound: Samples, wanted: float) -> Samples:
    """Return the sound at that level; silence stays silent."""
    found = level(sound)
    return _float(sound * 10 ** ((wanted - found) / 20)) if np.isfinite(found) else sound


def bounds(sound: Samples) -> Bounds:
    """Return where the clean sound is speech, to 10 ms: from its first to its last audible window.

    Raises `ValueError` where nothing is spoken.
    """
    power = _power(sound)
    audible = np.flatnonzero(power > 10 ** ((level(sound) + AUDIBLE) / 10))
    if not len(audible):
        raise ValueError("nothing is spoken here")
    end = min(len(sound), (int(audible[-1]) + 1) * _WINDOW)
    return Bounds(int(audible[0]) * _WINDOW, end)


def trimmed(sound: Samples) -> Samples:
    """Return what is spoken, without idle ends."""
    found = bounds(sound)
    return sound[found.start : found.end]


def on_the_line(samples: Samples, rate: int, pitch: float = 1.0) -> Samples:
    """Return a voice as a telephone brings it: 300 to 3400 Hz, at `SPEECH_LEVEL`.

    `pitch` is how much faster it is played: the voice gets higher, smaller and shorter.
    """
    return at_level(_band(to_8k(samples, round(rate * pitch))), SPEECH_LEVEL)


def joined(parts: Sequence[Samples], pauses: Sequence[float]) -> Samples:
    """Return the parts one after the other; `pauses` are the seconds of silence between them."""
    pieces = [trimmed(parts[0])]
    for part, seconds in zip(parts[1:], pauses, strict=True):
        pieces += [_silence(seconds), trimmed(part)]
    return np.concatenate(pieces)


# -- what is behind the caller ---------------------------------------------------------------------


def white(seconds: float, wanted: float, chance: Chance) -> Samples:
    """Return the noise of an idle line."""
    noise = chance.standard_normal(round(seconds * SAMPLE_RATE))
    return _float(noise * 10 ** (wanted / 20))


def pink(seconds: float, wanted: float, chance: Chance) -> Samples:
    """Return noise whose power falls by 3 dB an octave, as telephones pass it on."""
    spectrum = np.fft.rfft(chance.standard_normal(round(seconds * SAMPLE_RATE)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise = _band(_float(np.fft.irfft(spectrum, round(seconds * SAMPLE_RATE))))
    return _float(noise * 10 ** (wanted / 20) / np.sqrt(np.mean(noise**2)))


def voices_behind(
    voices: Sequence[Samples], seconds: float, wanted: float, chance: Chance
) -> Samples:
    """Return voices that talk all the time: one is a radio, six are a room full of people."""
    length = round(seconds * SAMPLE_RATE)
    whole = np.zeros(length, np.float32)
    for voice in voices:
        start = int(chance.integers(len(voice)))
        whole += np.resize(np.roll(voice, -start), length)
    return at_level(whole, wanted)


# -- how the caller speaks -------------------------------------------------------------------------


def whispered(sound: Samples, chance: Chance) -> Samples:
    """Return the speech without its voice: the vocal tract's filter, blown through with noise.

    The filter is that of a linear prediction of each 32 ms (every 8 ms a new one), the noise has
    the power of what the prediction leaves over; 8 dB quieter than speech.
    """
    size, hop = 256, 64
    window = np.sqrt(np.hanning(size + 1)[:-1])
    padded = np.pad(sound.astype(np.float64), size)
    noise = chance.standard_normal(len(padded))
    breath = np.zeros(len(padded))
    for start in range(0, len(padded) - size, hop):
        here = slice(start, start + size)
        filter_, power = _prediction(padded[here] * window)
        spectrum = np.fft.rfft(noise[here] * window) / np.fft.rfft(filter_, size)
        breath[here] += np.fft.irfft(spectrum, size) * window * np.sqrt(power)
    return at_level(_band(_float(breath[size:-size])), WHISPER_LEVEL)


def stammered(sound: Samples, chance: Chance) -> Samples:
    """Return the speech with its first syllable said two or three times, and stops within it.

    Each repetition and each stop (one for each 1.2 s, at the quietest places) is followed by a
    pause of 150 to 450 ms.
    """
    spoken = trimmed(sound)
    pieces: list[Samples] = []
    syllable = _faded(spoken[: _syllable_end(spoken)])
    for _ in range(int(chance.integers(1, 3))):
        pieces += [syllable, _silence(chance.uniform(0.15, 0.45))]
    at = 0
    for stop in _stops(spoken):
        pieces += [_faded(spoken[at:stop]), _silence(chance.uniform(0.15, 0.45))]
        at = stop
    return np.concatenate((*pieces, spoken[at:]))


# -- what is no speech -----------------------------------------------------------------------------


def cough(chance: Chance) -> Samples:
    """Return a cough: a burst of noise of 0.2 to 0.35 s that opens at once, and a weaker second."""
    bursts = []
    for loud in (1.0, 0.5):
        length = round(chance.uniform(0.2, 0.35) * SAMPLE_RATE)
        at = np.arange(length) / SAMPLE_RATE
        shape = np.minimum(at / 0.01, 1.0) * np.exp(-at / 0.07)
        # A throat is a tube: it rings at some 600 and 1500 Hz.
        ring = 1 + np.cos(2 * np.pi * 600 * at) + 0.6 * np.cos(2 * np.pi * 1500 * at)
        bursts.append(loud * shape * ring * chance.standard_normal(length))
    return at_level(_band(_float(np.concatenate(bursts))), SPEECH_LEVEL)


def click(chance: Chance) -> Samples:
    """Return a knock on the phone: 30 ms that ring at some frequency and die away."""
    at = np.arange(round(0.03 * SAMPLE_RATE)) / SAMPLE_RATE
    ring = np.sin(2 * np.pi * chance.uniform(500, 2500) * at) * np.exp(-at / 0.006)
    return at_level(_float(ring), SPEECH_LEVEL + 6)


# -- the parts -------------------------------------------------------------------------------------


def _float(sound: np.ndarray) -> Samples:
    return sound.astype(np.float32)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def _power(sound: Samples) -> np.ndarray:
    """The mean square of each 10 ms; the last one is filled with silence."""
    padded = np.pad(sound.astype(np.float64), (0, -len(sound) % _WINDOW))
    power: np.ndarray = np.mean(padded.reshape(-1, _WINDOW) ** 2, axis=1)
    return power


def _band(sound: Samples) -> Samples:
    """The telephone's band, with the soft edges of a fourth-order filter."""
    frequency = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    low = 1 / np.sqrt(1 + (300 / np.maximum(frequency, 1)) ** 8)
    high = 1 / np.sqrt(1 + (frequency / 3400) ** 8)
    return _float(np.fft.irfft(np.fft.rfft(sound) * low * high, len(sound)))


def _prediction(frame: np.ndarray) -> tuple[np.ndarray, float]:
    """Linear prediction by autocorrelation (Levinson and Durbin): the filter, the rest's power."""
    full = np.correlate(frame, frame, "full")[len(frame) - 1 : len(frame) + _ORDER]
    # White noise 40 dB below keeps the recursion stable in silence.
    full[0] = full[0] * 1.0001 + 1e-9
    filter_, rest = np.array([1.0]), full[0]
    for order in range(1, _ORDER + 1):
        reflection = -(filter_ @ full[order:0:-1]) / rest
        longer = np.append(filter_, 0.0)
        filter_ = longer + reflection * longer[::-1]
        rest *= 1 - reflection**2
    return filter_, float(rest) / len(frame)


def _syllable_end(spoken: Samples) -> int:
    """The quietest place between 0.13 and 0.25 s, or half of what is shorter."""
    power = _power(spoken)
    first, last = 13, min(25, len(power) // 2)
    if last <= first:
        return len(spoken) // 2
    return (first + int(np.argmin(power[first:last]))) * _WINDOW


def _stops(spoken: Samples) -> list[int]:
    """The quietest places, 0.3 s from each other and from both ends, one for each 1.2 s."""
    power, apart = _power(spoken), 30
    inner = np.full(len(power), np.inf)
    inner[apart : max(apart, len(power) - apart)] = power[apart : max(apart, len(power) - apart)]
    found: list[int] = []
    for _ in range(round(len(spoken) / SAMPLE_RATE / 1.2)):
        quietest = int(np.argmin(inner))
        if not np.isfinite(inner[quietest]):
            break
        found.append(quietest * _WINDOW)
        inner[max(0, quietest - apart) : quietest + apart] = np.inf
    return sorted(found)


def _faded(sound: Samples) -> Samples:
    """The sound, its last 10 ms fading."""
    fade = min(_WINDOW, len(sound))
    shape = np.ones(len(sound), np.float32)
    shape[len(sound) - fade :] = np.linspace(1, 0, fade)
    return sound * shape
