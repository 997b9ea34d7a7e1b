"""How loud the sound around a pause is: where speech really ended, and whether it begins again."""

import math
from typing import Final

import numpy as np

from runtime.audio.mulaw import SAMPLE_RATE, Samples, decode_float
from runtime.audio.utterance import UtteranceBuffer

LOUD_WITHIN: Final = 1.0
"""Seconds of speech before the pause that say how loud the caller speaks."""
CLEAR_LINE: Final = 35.0
"""dB from the pause up to the loud parts of speech: from here on nothing hides its edges."""
NOISY_LINE: Final = 25.0
"""dB below which they are hidden whole: in pink noise 20 dB below speech pauses seem as long as in
noise of 10 dB (measured on 47 of "Yes, but …": up to 0.35 s where 0.25 s were made; 0.19 s on an
idle line)."""
HIDDEN: Final = 0.08
"""Seconds by which a pause seems longer in noise: quiet ends of words are not heard as speech, and
beginnings late."""
LONGEST_OVERHANG: Final = 0.16
"""Seconds that activity outlasts the sound at the most (Silero mostly takes 0.03 to 0.13)."""
ABOVE_THE_PAUSE: Final = 8.0
"""dB by which the last sounds of speech are louder than the pause."""
RISE: Final = 6.0
"""dB above the pause at which speech may be beginning: louder than noise gets by itself."""

_GRAIN = SAMPLE_RATE // 125
"""8 ms."""
_SILENT = 1e-9


class PauseLevels:
    """Measures the pauses of one call in the sound that is kept of it; times are its seconds."""

    def __init__(self, sound: UtteranceBuffer) -> None:
        self._sound = sound
        self._floor = _SILENT
        # The speech before a pause stays the same while the pause grows.
        self._before: tuple[float, int] | None = None
        self._speech, self._loud = decode_float(b""), 0.0

    def overhang(self, end: float, at: float) -> float:
        """Seconds by which the caller's sound ended before his activity did, at `end`.

        The pause goes on `at` (a window later at least). Below zero on a noisy line: so much of
        the pause is speech that is not heard.
        """
        self._measure_speech(end)
        speech = self._speech
        pause = self._power(end, at)
        if not (len(speech) and len(pause)):
            return 0.0
        self._floor = _quietest(pause)
        clearness = _decibels(self._loud / self._floor)
        if clearness < CLEAR_LINE:
            return -HIDDEN * min(1.0, (CLEAR_LINE - clearness) / (CLEAR_LINE - NOISY_LINE))
        audible = self._floor * 10 ** (ABOVE_THE_PAUSE / 10)
        if (pause > audible).any():
            # A quiet last sound.
            return 0.0
        loud = np.flatnonzero(speech > audible)
        idle = len(speech) - 1 - int(loud[-1]) if len(loud) else 0
        return min(idle * _GRAIN / SAMPLE_RATE, LONGEST_OVERHANG)

    def _measure_speech(self, end: float) -> None:
        """Measure the speech that ended then, unless that is done."""
        before = end, self._sound.silenced
        if before != self._before:
            speech = self._power(end - LOUD_WITHIN, end)
            self._before, self._speech = before, speech
            self._loud = float(np.sort(speech)[len(speech) * 9 // 10]) if len(speech) else 0.0

    def rises(self, begin: float, at: float) -> bool:
        """Whether the sound from `begin` to `at` is louder than the pause that was measured."""
        power = self._power(begin, at)
        return len(power) > 0 and _decibels(float(power.mean()) / self._floor) > RISE

    def _power(self, begin: float, end: float) -> Samples:
        """The mean square of each 8 ms, the first part left out that fills none."""
        sound = self._sound.between(round(begin * SAMPLE_RATE), round(end * SAMPLE_RATE))
        samples = decode_float(sound[len(sound) % _GRAIN :]).reshape(-1, _GRAIN)
        power: Samples = np.einsum("ij,ij->i", samples, samples) / np.float32(_GRAIN)
        return power


def _quietest(power: Samples) -> float:
    """The mean square of the quietest 32 ms of a pause."""
    whole = len(power) // 4 * 4
    windows = power[-whole:].reshape(-1, 4).mean(axis=1) if whole else power
    return max(float(windows.min()), _SILENT)


def _decibels(ratio: float) -> float:
    return 10 * math.log10(max(ratio, _SILENT))
