"""WAV files: mu-law written as the carrier and telephone tools take it, most kinds read."""

import struct
from dataclasses import dataclass

import numpy as np

from runtime.audio import mulaw, resample
from runtime.audio.mulaw import SAMPLE_RATE, Samples

PCM, A_LAW, MU_LAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
"""Format tags (RFC 2361, appendix A)."""

MONO_HEADER_BYTES = STEREO_HEADER_BYTES = 58

_SILENCE = bytes([mulaw.SILENCE])
_HEADER = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")
_FORMAT = struct.Struct("<HHIIHH")
_CHUNK = struct.Struct("<4sI")
_ONE = np.float32(1)
_FROM_16_BITS = np.float32(1 / 32768)
_FROM_8_BITS = np.float32(1 / 128)


class WavProblem(ValueError):  # noqa: N818 - it reads as what came
    """A WAV file that cannot be used; the message says why, and how to mend it."""


def mono(audio: bytes) -> bytes:
    """Return mu-law as a complete mono WAV file."""
    return header(len(audio), channels=1) + audio + b"\0" * (len(audio) % 2)


def stereo(left: bytes, right: bytes) -> bytes:
    """Return two sides of mu-law as a complete stereo WAV file; the shorter one ends in silence."""
    both = interleaved(left, right)
    return header(len(both), channels=2) + both


def interleaved(left: bytes, right: bytes) -> bytes:
    """Return the sides sample by sample; the shorter one ends in silence."""
    length = max(len(left), len(right))
    both = bytearray(_SILENCE) * (2 * length)
    both[0 : 2 * len(left) : 2] = left
    both[1 : 2 * len(right) : 2] = right
    return bytes(both)


def header(data_bytes: int, channels: int) -> bytes:
    """Return what stands before `data_bytes` of mu-law.

    With cbSize and a fact chunk, as every format but PCM has to have them ("New Multimedia Data
    Types and Data Techniques", Microsoft 1994).
    """
    padded = data_bytes + data_bytes % 2
    return _HEADER.pack(
        *(b"RIFF", _HEADER.size - 8 + padded, b"WAVE"),
        *(b"fmt ", 18, MU_LAW, channels, SAMPLE_RATE, SAMPLE_RATE * channels, channels, 8, 0),
        *(b"fact", 4, data_bytes // channels),
        *(b"data", data_bytes),
    )


def length(head: bytes) -> int:
    """Return how many bytes the file has that begins with this header, by its own account."""
    (size,) = struct.unpack_from("<I", head, 4)
    return int(size) + 8


@dataclass(frozen=True, slots=True)
class Wav:
    """A WAV file taken apart; `data` is as it stands in the file."""

    format_tag: int
    channels: int
    rate: int
    bits: int
    data: bytes


def parse(content: bytes) -> Wav:
    """Take a WAV file apart; raises `WavProblem`. Unknown chunks are passed over."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavProblem("this is no WAV file: it does not begin with RIFF and WAVE")
    form: bytes | None = None
    at = 12
    while at + _CHUNK.size <= len(content):
        name, size = _CHUNK.unpack_from(content, at)
        body = content[at + _CHUNK.size : at + _CHUNK.size + size]
        if name == b"fmt ":
            form = body
        elif name == b"data":
            return _wav(form, body)
        at += _CHUNK.size + size + size % 2
    raise WavProblem("the WAV file has no data chunk: it is cut short")


def _wav(form: bytes | None, data: bytes) -> Wav:
    if form is None or len(form) < _FORMAT.size:
        raise WavProblem("the WAV file has no whole fmt chunk before its data")
    tag, channels, rate, _, _, bits = _FORMAT.unpack_from(form)
    if tag == EXTENSIBLE and len(form) >= 26:
        # The sub-format's first two bytes are the tag (WAVEFORMATEXTENSIBLE).
        tag = int.from_bytes(form[24:26], "little")
    if channels < 1 or rate < 1:
        raise WavProblem(f"the WAV file has {channels} channels at {rate} Hz")
    return Wav(tag, channels, rate, bits, data)


def read(content: bytes) -> bytes:
    """Return the file's sound as mu-law, 8000 Hz, mono; channels are averaged.

    Takes mu-law, and PCM of 8 or 16 bits, at any rate; raises `WavProblem` for anything else.
    """
    file = parse(content)
    if (file.format_tag, file.bits, file.rate, file.channels) == (MU_LAW, 8, SAMPLE_RATE, 1):
        return file.data
    return resample.speech_to_mulaw(_mixed(file), file.rate)


def read_channels(content: bytes) -> tuple[bytes, ...]:
    """Return each channel of a mu-law file of 8000 Hz, such as a call's recording."""
    file = parse(content)
    if (file.format_tag, file.bits, file.rate) != (MU_LAW, 8, SAMPLE_RATE):
        raise WavProblem("the WAV file is not mu-law of 8000 Hz")
    whole = len(file.data) - len(file.data) % file.channels
    return tuple(file.data[each : whole : file.channels] for each in range(file.channels))


def _mixed(file: Wav) -> Samples:
    decode = _DECODERS.get((file.format_tag, file.bits))
    if decode is None:
        kind = _KINDS.get(file.format_tag, f"of format tag {file.format_tag}")
        raise WavProblem(
            f"the WAV file is {kind} with {file.bits} bits; mu-law, or PCM of 8 or 16 bits, "
            "is needed: sox IN.wav -r 8000 -c 1 -e mu-law OUT.wav"
        )
    samples = decode(file.data)
    whole = len(samples) - len(samples) % file.channels
    mixed: Samples = samples[:whole].reshape(-1, file.channels).mean(axis=1, dtype=np.float32)
    return mixed


def _from_pcm16(data: bytes) -> Samples:
    whole = data[: len(data) - len(data) % 2]
    return np.frombuffer(whole, dtype="<i2").astype(np.float32) * _FROM_16_BITS


def _from_pcm8(data: bytes) -> Samples:
    return np.frombuffer(data, dtype=np.uint8).astype(np.float32) * _FROM_8_BITS - _ONE


_DECODERS = {(MU_LAW, 8): mulaw.decode_float, (PCM, 16): _from_pcm16, (PCM, 8): _from_pcm8}
"""By format tag and bits: the data as samples from -1 to 1, channel by channel."""

_KINDS = {PCM: "PCM", 3: "floating point", A_LAW: "A-law", MU_LAW: "mu-law"}
