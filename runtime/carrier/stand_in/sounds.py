"""Sounds of a stand-in person that need no speech model."""

import numpy as np

from runtime.audio import mulaw
from runtime.audio.mulaw import SAMPLE_RATE

_SECONDS_A_CHARACTER = 0.065
_SYLLABLES_A_SECOND = 4.0
_LOUDEST = 0.3
_BEEP_HZ = 1000.0


def babble(seconds: float) -> bytes:
    """Return voiced sound with the pitch, formants and syllables of speech, without words."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.7 * at)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    # Vowels differ in their formants; these two wander as those of /a/ and /e/ do.
    first = 600 + 150 * np.sin(2 * np.pi * 1.3 * at)
    second = 1500 + 300 * np.sin(2 * np.pi * 0.9 * at)
    voice = np.zeros_like(at)
    for harmonic in range(1, 25):
        hertz = harmonic * pitch
        shape = np.exp(-(((hertz - first) / 200) ** 2)) + 0.5 * np.exp(
            -(((hertz - second) / 300) ** 2)
        )
        voice += (0.05 + shape) * np.sin(harmonic * phase) / np.sqrt(harmonic)
    voice *= 0.15 + np.abs(np.sin(np.pi * _SYLLABLES_A_SECOND * at))
    return mulaw.encode(_LOUDEST * voice / max(1e-9, float(np.abs(voice).max(initial=0.0))))


def babble_of(text: str) -> bytes:
    """Return babble that lasts as long as the text would."""
    return babble(max(0.3, _SECONDS_A_CHARACTER * len(text)))


def beep(seconds: float = 0.5) -> bytes:
    """Return the tone after which an answering machine records."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return mulaw.encode(_LOUDEST * np.sin(2 * np.pi * _BEEP_HZ * at))
