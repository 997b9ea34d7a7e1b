"""What Whisper hears: the logarithm of a mel spectrogram, in numpy.

The definition is that of the model's authors (openai/whisper, `audio.py`): 16 kHz, windows of
25 ms (Hann) every 10 ms, Slaney's mel scale and norm, eight decades of range.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 16000
"""Samples per second that Whisper works with."""
HOP: Final = 160
"""Samples between two frames: 10 ms."""

_WINDOW = 400
_BINS = _WINDOW // 2 + 1
_DECADES = 8.0

Frames = npt.NDArray[np.float32]
"""Mel bands by frames."""


def log_mel(samples: npt.NDArray[np.float32], frames: int, bands: int = 80) -> Frames:
    """The spectrogram of `samples` (16 kHz), filled up with digital silence to `frames` frames.

    Sound beyond `frames` is cut off. No sound is an error: there is no loudest moment to scale by.
    """
    if not len(samples):
        raise ValueError("there is no sound to look at")
    heard = np.pad(samples[: frames * HOP], (0, _WINDOW))
    # Reflection at the start, silence at the end: the authors pad with silence before they reflect.
    around = np.concatenate((heard[_WINDOW // 2 : 0 : -1], heard))
    windows = np.lib.stride_tricks.sliding_window_view(around, _WINDOW)[::HOP]
    spectrum = np.fft.rfft(windows * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    logarithm = np.log10(np.maximum(mel_filters(bands) @ power.T, 1e-10))[:, :frames]
    floor = logarithm.max() - _DECADES
    filled = np.full((bands, frames), floor, np.float32)
    filled[:, : logarithm.shape[1]] = np.maximum(logarithm, floor)
    return (filled + 4.0) / 4.0


@cache
def mel_filters(bands: int) -> Frames:
    """Triangles over 0 to 8000 Hz, each of the same area (Slaney, Auditory Toolbox, 1998)."""
    edges = _hertz(np.linspace(0.0, _mel(RATE / 2), bands + 2))
    bins = np.linspace(0.0, RATE / 2, _BINS)
    ramps = edges[:, None] - bins[None, :]
    widths = np.diff(edges)[:, None]
    rising, falling = -ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


@cache
def _hann() -> npt.NDArray[np.float64]:
    """Periodic, as of `torch.hann_window`."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)


# Slaney's scale: linear up to 1000 Hz (15 mel), above it 27 steps for every factor of 6.4.
_LINEAR_STEP = 200.0 / 3
_KNEE_HERTZ = 1000.0
_KNEE_MEL = _KNEE_HERTZ / _LINEAR_STEP
_LOG_STEP = np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    """For frequencies above the knee, which the upper end of the scale is."""
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HERTZ) / _LOG_STEP)


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(
        mel < _KNEE_MEL,
        mel * _LINEAR_STEP,
        _KNEE_HERTZ * np.exp(_LOG_STEP * (mel - _KNEE_MEL)),
    )
