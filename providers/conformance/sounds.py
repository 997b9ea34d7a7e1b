"""Sound whose place can be told from itself, and the formats in which vendors take and give it."""

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from runtime.audio import mulaw

BLOCK: Final = 800
"""Bytes, and samples, of 100 ms."""
LEVELS: Final = (-40.0, -35.0, -30.0, -25.0, -20.0, -15.0)
"""Of a spoken answer's blocks, in dB of full scale, in order."""


def tone(seconds: float, level: float = -20.0) -> bytes:
    """A tone of 500 Hz in mu-law."""
    at = np.arange(round(seconds * mulaw.SAMPLE_RATE))
    peak = 10 ** ((level + 3.0103) / 20)
    return mulaw.encode(peak * np.sin(2 * np.pi * 500 / mulaw.SAMPLE_RATE * at))


def rising() -> bytes:
    """Blocks of 100 ms, each louder than the one before."""
    return b"".join(tone(0.1, level) for level in LEVELS)


def in_pieces(audio: bytes) -> tuple[bytes, ...]:
    """The same sound, cut where no frame ends."""
    cuts = (0, 1, 333, 1999, 2400, 3777, len(audio))
    return tuple(audio[a:b] for a, b in pairwise(cuts))


def levels_of(audio: bytes) -> list[float]:
    """The levels of the middles of the blocks: filters ring at the borders."""
    return [
        mulaw.level(audio[start + 200 : start + 600])
        for start in range(0, len(audio) - BLOCK // 2, BLOCK)
    ]


def to_pcm(audio: bytes, rate: int) -> bytes:
    """Mu-law to 16-bit little-endian samples at `rate`, a multiple of 8000, each piece for itself.

    Each sample is repeated: nothing is held back between two pieces.
    """
    samples: npt.NDArray[np.int16] = mulaw.decode(audio).repeat(rate // mulaw.SAMPLE_RATE)
    return samples.astype("<i2").tobytes()


def from_pcm(samples: bytes, rate: int) -> bytes:
    """16-bit little-endian samples at `rate`, a multiple of 8000, to mu-law, unfiltered."""
    taken = np.frombuffer(samples, "<i2")[:: rate // mulaw.SAMPLE_RATE]
    return mulaw.encode(taken.astype(np.int16))
