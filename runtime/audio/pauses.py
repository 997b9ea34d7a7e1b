"""Pauses in mu-law sound: where long speech may be cut, and where it may be taken up again."""

import numpy as np

from runtime.audio.mulaw import DECODE

# Whole numbers, so that sums of the same silence are the same.
_ENERGY = DECODE.astype(np.int64) ** 2
# The cut falls in the middle of the quietest stretch of this length: 100 ms.
_STRETCH = 800
_FRAME = 160
_FRAMES = 5
_QUIET = 0.005
"""Of the mean energy: a pause is 23 dB below the speech around it, for 100 ms at least."""


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


def last_pause(audio: bytes, position: int) -> int:
    """The sample in the last pause before `position` from which speech may go on; 0 without one.

    It lies in the middle of the pause, so that nothing of the word that follows is lost.
    """
    energy = _ENERGY.take(np.frombuffer(audio[: len(audio) - len(audio) % _FRAME], np.uint8))
    frames = energy.reshape(-1, _FRAME).sum(axis=1)
    quiet = (frames[: position // _FRAME] <= _QUIET * frames.mean()).tolist() if len(frames) else []
    run = 0
    for frame in range(len(quiet) - 1, -1, -1):
        run = run + 1 if quiet[frame] else 0
        if run == _FRAMES:
            first = frame
            while first and quiet[first - 1]:
                first -= 1
            last = frame + _FRAMES
            return (first + last) // 2 * _FRAME if first else 0
    return 0


def _quietest(region: bytes) -> int:
    """The middle of the quietest stretch; of equals, the first."""
    stretch = min(_STRETCH, len(region))
    sums = np.cumsum(np.concatenate(([0], _ENERGY.take(np.frombuffer(region, np.uint8)))))
    return int(np.argmin(sums[stretch:] - sums[: len(sums) - stretch])) + stretch // 2
