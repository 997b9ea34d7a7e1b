"""G.711 mu-law, the only codec on the line (ITU-T G.711, table 2)."""

from typing import Final

import numpy as np
import numpy.typing as npt

SAMPLE_RATE: Final = 8000
"""Samples, and so bytes, per second."""
FRAME: Final = 160
"""Bytes of one carrier frame: 20 ms."""
SILENCE: Final = 0xFF
"""The byte that decodes to zero."""
QUIETEST: Final = -96.0
"""What `level` says of digital silence, in dBFS."""

Pcm = npt.NDArray[np.int16]
Samples = npt.NDArray[np.float32]
"""Sound as numbers from -1 up to, but without, 1."""

# The bias makes every segment start at a power of two, so exponent and mantissa can be read off.
_BIAS = 0x84
_LOUDEST = 32635


def _decode_table() -> Pcm:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 0x07)) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> npt.NDArray[np.uint8]:
    """One code for each 16-bit sample, indexed by the sample's bits as an unsigned number."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int64)
    magnitude = np.minimum(np.abs(sample), _LOUDEST) + _BIAS
    exponent = np.frexp(magnitude)[1] - 8
    code = np.where(sample < 0, 0x80, 0) | exponent << 4 | magnitude >> exponent + 3 & 0x0F
    table: npt.NDArray[np.uint8] = (~code & 0xFF).astype(np.uint8)
    return table


DECODE: Final = _decode_table()
"""The 16-bit sample of each code."""
DECODE_FLOAT: Final = DECODE.astype(np.float32) / np.float32(32768)
"""The sample of each code, scaled to [-1, 1)."""
_ENCODE: Final = _encode_table()


def decode(audio: bytes | bytearray | memoryview) -> Pcm:
    """Mu-law to 16-bit samples."""
    return DECODE.take(np.frombuffer(audio, np.uint8))


def decode_float(audio: bytes | bytearray | memoryview) -> Samples:
    """Mu-law to samples in [-1, 1)."""
    return DECODE_FLOAT.take(np.frombuffer(audio, np.uint8))


def encode(samples: Pcm | npt.NDArray[np.floating]) -> bytes:
    """16-bit samples, or floats in [-1, 1), to mu-law; what is louder is clipped."""
    if samples.dtype != np.int16:
        samples = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return _ENCODE.take(np.ascontiguousarray(samples).view(np.uint16)).tobytes()


def duration(audio: bytes | bytearray | memoryview) -> float:
    """Seconds of sound in `audio`."""
    return len(audio) / SAMPLE_RATE


def level(audio: bytes | bytearray | memoryview) -> float:
    """RMS in dB of full scale (a full-scale sine is -3); `QUIETEST` for silence and for nothing."""
    if not audio:
        return QUIETEST
    samples = decode_float(audio)
    mean_square = float(samples @ samples) / len(samples)
    return max(QUIETEST, 10 * float(np.log10(mean_square))) if mean_square else QUIETEST
