"""Mu-law out of what a vendor sends for it: bare, or behind the header of a WAV file.

Vendors' documents contradict each other on whether there is a header, so the bytes decide.
"""

import struct
from typing import Final

import numpy as np

from providers.base import ProviderError
from runtime.audio import mulaw

_PCM, _MU_LAW, _EXTENSIBLE = 1, 7, 0xFFFE
_CHUNK: Final = struct.Struct("<4sI")
_FORMAT: Final = struct.Struct("<HHIIHH")
_PREAMBLE: Final = 12
# Where the header was written before the sound, its size stands for "up to the end".
_UNKNOWN: Final = 0x7FFF0000
_LONGEST_HEADER: Final = 65536


class WavStripper:
    """Takes one answer's bytes as they come; knows mu-law and 16-bit PCM, 8000 Hz, mono.

    `pcm`: what comes without a header is 16-bit PCM, little-endian, and not mu-law.
    """

    def __init__(self, provider: str, *, pcm: bool = False) -> None:
        self._provider = provider
        self._is_pcm = pcm
        self._header: bytearray | None = bytearray()
        """What came so far, until it is known where the sound begins."""
        self._left = _UNKNOWN
        """Bytes of the sound yet to come; chunks of other kinds may follow it."""
        self._half = b""

    def push(self, received: bytes) -> bytes:
        """Return the mu-law that can be told of by now. Raises `ProviderError`."""
        if self._header is None:
            return self._sound(received)
        self._header += received
        sound = self._begin(bytes(self._header))
        if sound is None:
            if len(self._header) > _LONGEST_HEADER:
                raise self._problem("sent a WAV file without sound")
            return b""
        self._header = None
        return self._sound(sound)

    def finish(self) -> bytes:
        """Return what is left at the end of the answer. Raises `ProviderError`."""
        if not self._header:
            return b""
        if self._header.startswith(b"RIFF"):
            raise self._problem("sent a WAV file that is cut short")
        sound, self._header = bytes(self._header), None
        return self._sound(sound)

    def _begin(self, received: bytes) -> bytes | None:
        """The sound as far as it has come, or None where the header may still go on."""
        if not received.startswith(b"RIFF"[: len(received)]):
            return received
        if len(received) < _PREAMBLE:
            return None
        if received[8:_PREAMBLE] != b"WAVE":
            return received
        at = _PREAMBLE
        while at + _CHUNK.size <= len(received):
            name, size = _CHUNK.unpack_from(received, at)
            at += _CHUNK.size
            if name == b"data":
                self._left = size if 0 < size < _UNKNOWN else _UNKNOWN
                return received[at:]
            if at + size > len(received):
                return None
            if name == b"fmt ":
                self._read_format(received[at : at + size])
            at += size + size % 2
        return None

    def _read_format(self, form: bytes) -> None:
        if len(form) < _FORMAT.size:
            raise self._problem("sent a WAV file whose format is cut short")
        tag, channels, rate, _, _, bits = _FORMAT.unpack_from(form)
        if tag == _EXTENSIBLE and len(form) >= 26:
            # The sub-format's first two bytes are the tag (WAVEFORMATEXTENSIBLE).
            tag = int.from_bytes(form[24:26], "little")
        known = (tag, bits) in ((_PCM, 16), (_MU_LAW, 8))
        if not known or channels != 1 or rate != mulaw.SAMPLE_RATE:
            raise self._problem(
                f"sent a WAV file of format {tag} with {bits} bits, {channels} channels, {rate} Hz"
            )
        self._is_pcm = tag == _PCM

    def _sound(self, received: bytes) -> bytes:
        if self._left < _UNKNOWN:
            received = received[: self._left]
            self._left -= len(received)
        if not self._is_pcm:
            return received
        samples = self._half + received
        whole = len(samples) - len(samples) % 2
        self._half = samples[whole:]
        return mulaw.encode(np.frombuffer(samples[:whole], "<i2").astype(np.int16))

    def _problem(self, message: str) -> ProviderError:
        return ProviderError(message, provider=self._provider, retryable=False)
