"""Pauses in mu-law sound: where long speech may be cut into several messages."""

import numpy as np

from runtime.audio.mulaw import DECODE

# Whole numbers, so that sums of the same silence are the same.
_ENERGY = DECODE.astype(np.int64) ** 2
# The cut falls in the middle of the quietest stretch of this length: 100 ms.
_STRETCH = 800


def cut_audio(audio: bytes, limit_bytes: int) -> list[bytes]:
    """`audio` in pieces of at most `limit_bytes`, each cut off where it is quietest.

    Every piece but the last has at least half of the limit. No audio, no pieces.
    """
    if limit_bytes < 1:
        raise ValueError(f"a piece needs room for one byte at least, not {limit_bytes}")
    pieces = []
    start = 0
    while len(audio) - start > limit_bytes:
        region = start + (limit_bytes + 1) // 2
        end = region + _quietest(audio[region : start + limit_bytes])
        pieces.append(audio[start:end])
        start = end
    return [*pieces, audio[start:]] if audio else pieces


def _quietest(region: bytes) -> int:
    """The middle of the quietest stretch; of equals, the first."""
    stretch = min(_STRETCH, len(region))
    sums = np.cumsum(np.concatenate(([0], _ENERGY.take(np.frombuffer(region, np.uint8)))))
    return int(np.argmin(sums[stretch:] - sums[: len(sums) - stretch])) + stretch // 2
