"""A synthetic voice as the line wants it: loud enough, never clipped, no idle ends."""

from typing import Final

import numpy as np
import numpy.typing as npt

ACTIVE_LEVEL: Final = -20.0
"""RMS of what is spoken, pauses left out, in dB of full scale: what telephone speech is like."""

_LOUDEST_PEAK = 0.95
# Quieter than this beside the loudest moment is a pause: 34 dB below.
_PAUSE = 0.02

# Voices leave 0.3 s before and 0.45 s after a sentence (measured). The caller would wait for the
# one; of the other as much is kept as parts two sentences.
_SECONDS_BEFORE = 0.04
_SECONDS_AFTER = 0.2


def for_the_line(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    """One sentence at `ACTIVE_LEVEL`, its ends trimmed; nothing where nothing is spoken."""
    loudness = np.abs(samples)
    peak = float(loudness.max(initial=0.0))
    if peak < 1e-4:
        return np.zeros(0, np.float32)
    active = np.flatnonzero(loudness > _PAUSE * peak)
    level = float(np.sqrt(np.mean(samples[active] ** 2)))
    gain = min(10 ** (ACTIVE_LEVEL / 20) / level, _LOUDEST_PEAK / peak)
    start = max(0, int(active[0]) - round(_SECONDS_BEFORE * rate))
    end = int(active[-1]) + 1 + round(_SECONDS_AFTER * rate)
    return (samples[start:end] * gain).astype(np.float32)
