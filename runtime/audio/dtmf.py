"""DTMF in the sound: the telephone's keys as tones (ITU-T Q.23, Q.24)."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from runtime.audio.mulaw import DECODE, DECODE_FLOAT, SAMPLE_RATE, encode

KEYS: Final = "123A456B789C*0#D"
"""Row by row; each key is its row's low tone and its column's high tone."""
_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_TONES = np.array(_LOW + _HIGH)

# 20 ms windows every 10 ms: 40 ms of tone fill three windows to 0.75 at least wherever they
# start, 23 ms never do (Q.24: 40 ms must be heard, AT&T: 23 ms must not).
_WINDOW = 160
_HOP = 80
_HITS = 3
# A frame that was lost (20 ms) spoils up to three windows and must not split a key; a pause of
# 40 ms spoils four at least, and must (Q.24; it asks only that 10 ms do not).
_MISSES = 4

# Q.24, AT&T: the high tone up to 4 dB above and 8 dB below the low one; 2 dB of room each way in
# the middle of a key. Elsewhere 2 dB more: tones that are off their bins read up to 1.6 dB uneven.
_TWIST = (10 ** (-10 / 10), 10 ** (6 / 10))
_ANY_TWIST = (10 ** (-12 / 10), 10 ** (8 / 10))
# Share of a window's energy that two tones must explain: anywhere in a key, and in the middle of
# its first three windows, which the tone always fills.
_PURITY = 0.6
_MIDDLE_PURITY = 0.85
# A tone 1.5 % off stands 10.8 dB above its group's next in a full window, as the middle one is,
# and 6.5 dB in one that is 0.75 full (the least of all keys, phases and twists; measured).
_LEAD = 10 ** (4.5 / 10)
_MIDDLE_LEAD = 10 ** (8 / 10)
# Q.24: 1.5 % off must be heard, 3.5 % must not.
_DETUNE = 0.024

# -25 dBm0 (Q.24's weakest) swings to 1279 of 32768; under this even its quarter is not seen.
_FAINT = 190
_FAINT_CODES = bytes(code for code in range(256) if abs(int(DECODE[code])) < _FAINT)
_LOUD_SHARE = 4

_SHAPE = np.hamming(_WINDOW).astype(np.float32)
_PHASES = -2j * np.pi * np.outer(np.arange(_WINDOW), _TONES) / SAMPLE_RATE
_BASIS = np.hstack((np.exp(_PHASES).real, np.exp(_PHASES).imag)).astype(np.float32)
# |sum|^2 of a pure tone by its windowed energy.
_COHERENCE = float(_SHAPE.sum() ** 2 / (2 * (_SHAPE**2).sum()))
# A window whose two tones have less of its energy is no part of a key; 1 % for rounding.
_SURELY_IMPURE = 0.99 * _PURITY * _COHERENCE
# How a tone's phase at the window's start turns in one hop, taken back.
_TURNED_BACK = tuple(cmath.exp(-2j * math.pi * tone * _HOP / SAMPLE_RATE) for tone in _LOW + _HIGH)
# A tone between two bins (a bin is half a turn) loses power in a Hamming window; as exp(-1.6 x^2),
# true to 2 % up to half a bin.
_SCALLOP = 1.6
_MAX_TURN = tuple(2 * math.pi * tone * _DETUNE * _HOP / SAMPLE_RATE for tone in _LOW + _HIGH)

# A window counts from 0.6 full on, so a tone begins and ends about so far into one.
_BEGINS = 30
_ENDS = 130
# Of a tone no sample lies further outside of what is told of it (63 samples, measured).
_MARGIN = 80


@dataclass(frozen=True, slots=True)
class Digit:
    """A key went down; `start` is a position in samples, true to about 5 ms."""

    key: str
    start: int

    @property
    def span_start(self) -> int:
        """Surely no sample of the tone lies before this."""
        return self.start - _MARGIN


@dataclass(frozen=True, slots=True)
class DigitEnded:
    """The key is up again: its tone lay between these positions in samples."""

    key: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Surely no sample of the tone lies outside of these."""
        return self.start - _MARGIN, self.end + _MARGIN


@dataclass(frozen=True, slots=True)
class _Reading:
    """A window that may be part of a key: two tones, their phasors, their shares of its energy."""

    low: int
    high: int
    low_phasor: complex
    high_phasor: complex
    low_share: float
    high_share: float
    lead: float

    @property
    def key(self) -> str:
        return KEYS[4 * self.low + self.high - 4]


class ToneDetector:
    """Listens to one caller's stream; a quiet line costs under a microsecond a frame."""

    def __init__(self) -> None:
        self._unread = b""
        self._position = 0
        self._run: tuple[_Reading, ...] = ()
        self._down: Digit | None = None
        self._last_hit = 0
        self._misses = 0

    @property
    def suspect(self) -> int | None:
        """Where something began that may be a key; None if nothing may, or it is one."""
        if self._down or not 0 < len(self._run) < _HITS:
            return None
        return self._position - len(self._run) * _HOP + _BEGINS - _MARGIN

    def hear(self, audio: bytes) -> tuple[Digit | DigitEnded, ...]:
        """The next mu-law of the stream, any length; for many calls at once, see `hear_all`."""
        windows = self.windows(audio)
        return self.follow(_read(windows)) if windows else ()

    def windows(self, audio: bytes) -> list[bytes]:
        """The windows that `audio` completes and that are worth a look; `follow` must come next."""
        if self.skip(audio):
            return []
        self._unread += audio
        ends = len(self._unread) - _WINDOW + 1
        return [self._unread[at : at + _WINDOW] for at in range(0, ends, _HOP)]

    def skip(self, audio: bytes) -> bool:
        """Take the next of the stream where it surely is no part of a key, and nothing is before.

        False: it is not taken, and must be heard.
        """
        if self._run or self._down:
            return False
        unread = self._unread + audio
        if _is_loud(audio) and _may_begin(unread):
            return False
        skipped = max(0, len(unread) // _HOP - 1) * _HOP
        self._unread = unread[skipped:]
        self._position += skipped
        return True

    def follow(self, readings: Sequence[_Reading | None]) -> tuple[Digit | DigitEnded, ...]:
        """What the readings of the last `windows` tell."""
        events: list[Digit | DigitEnded] = []
        for number, reading in enumerate(readings):
            events += self._step(reading, self._position + number * _HOP)
        self._skip(len(readings))
        return tuple(events)

    def _skip(self, hops: int) -> None:
        self._unread = self._unread[hops * _HOP :]
        self._position += hops * _HOP

    def _step(self, reading: _Reading | None, at: int) -> list[Digit | DigitEnded]:
        if reading and self._down and reading.key == self._down.key:
            self._run, self._misses, self._last_hit = (), 0, at
            return []
        events: list[Digit | DigitEnded] = []
        self._misses += 1
        if self._down and self._misses >= _MISSES:
            events.append(DigitEnded(self._down.key, self._down.start, self._last_hit + _ENDS))
            self._down = None
        self._run = _extended(self._run, reading)
        if not self._down and reading and _is_key(self._run):
            self._down = Digit(reading.key, at - (_HITS - 1) * _HOP + _BEGINS)
            events.append(self._down)
            self._run, self._misses, self._last_hit = (), 0, at
        return events


def hear_all(
    detectors: Sequence[ToneDetector], audio: Sequence[bytes]
) -> list[tuple[Digit | DigitEnded, ...]]:
    """One piece of sound for each detector, all in one product; as if each had heard its own."""
    windows = [detector.windows(heard) for detector, heard in zip(detectors, audio, strict=True)]
    readings = iter(_read([window for of_one in windows for window in of_one]))
    return [
        detector.follow([next(readings) for _ in of_one])
        for detector, of_one in zip(detectors, windows, strict=True)
    ]


def tones(
    digits: str, ms: int = 100, gap_ms: int = 100, level_db: float = -10, twist: float = 0
) -> bytes:
    """The keys as mu-law, a gap after each; the low tone at `level_db` dBm0, the high one
    `twist` dB above it. A key that does not exist is a ValueError.
    """
    times = np.arange(SAMPLE_RATE * ms // 1000) / SAMPLE_RATE
    # A full-scale sine is 3.17 dBm0 (G.711).
    low = 10 ** ((level_db - 3.17) / 20)
    high = low * 10 ** (twist / 20)
    gap = b"\xff" * (SAMPLE_RATE * gap_ms // 1000)
    pressed = []
    for digit in digits.upper():
        if digit not in KEYS:
            raise ValueError(f"{digit!r} is not a telephone's key: {KEYS}")
        row, column = divmod(KEYS.index(digit), 4)
        wave = low * np.sin(2 * np.pi * _LOW[row] * times)
        wave += high * np.sin(2 * np.pi * _HIGH[column] * times)
        pressed.append(encode(wave))
    return b"".join(tone + gap for tone in pressed)


def _is_loud(audio: bytes) -> bool:
    """Whether some 20 ms of it are worth a look."""
    if len(audio) > _WINDOW:
        return any(_is_loud(audio[at : at + _WINDOW]) for at in range(0, len(audio), _WINDOW))
    return len(audio.translate(None, _FAINT_CODES)) * _LOUD_SHARE >= len(audio)


def _may_begin(unread: bytes) -> bool:
    """Whether a key may begin in the two windows of a usual frame, for a quarter of `_read`.

    A key that begins in either also fills the second, so that one tells: speech, which is neither
    quiet nor a key, fails here.
    """
    if len(unread) != _HOP + _WINDOW:
        return True
    sound = DECODE_FLOAT.take(np.frombuffer(unread, np.uint8, _WINDOW, _HOP))
    sound *= _SHAPE
    # One by one: a loop over the eight takes as long again.
    a, b, c, d, e, f, g, h, a_, b_, c_, d_, e_, f_, g_, h_ = sound.dot(_BASIS).tolist()
    low = max(a * a + a_ * a_, b * b + b_ * b_, c * c + c_ * c_, d * d + d_ * d_)
    high = max(e * e + e_ * e_, f * f + f_ * f_, g * g + g_ * g_, h * h + h_ * h_)
    return bool(low + high > _SURELY_IMPURE * float(sound.dot(sound)))


def _read(windows: Sequence[bytes]) -> list[_Reading | None]:
    """Each window's pair of tones, where two tones are about all there is."""
    sound = np.frombuffer(b"".join(windows), np.uint8).reshape(-1, _WINDOW)
    shaped = DECODE_FLOAT.take(sound) * _SHAPE
    energy = np.einsum("ij,ij->i", shaped, shaped)
    phasors = shaped @ _BASIS
    powers = phasors[:, :8] ** 2 + phasors[:, 8:] ** 2
    shares = powers / (_COHERENCE * energy[:, None] + np.float32(1e-9))
    purity = shares[:, :4].max(axis=1) + shares[:, 4:].max(axis=1)
    readings: list[_Reading | None] = [None] * len(windows)
    for number in np.flatnonzero(purity > _PURITY).tolist():
        readings[number] = _pair(phasors[number].tolist(), shares[number].tolist())
    return readings


def _pair(phasors: list[float], shares: list[float]) -> _Reading | None:
    """The strongest tone of either group, if each leads its group and their twist is right."""
    *_, next_low, low_share = sorted(shares[:4])
    *_, next_high, high_share = sorted(shares[4:])
    lead = min(low_share / (next_low + 1e-9), high_share / (next_high + 1e-9))
    if lead < _LEAD or not _ANY_TWIST[0] * low_share <= high_share <= _ANY_TWIST[1] * low_share:
        return None
    low, high = shares.index(low_share, 0, 4), shares.index(high_share, 4)
    low_phasor = complex(phasors[low], phasors[low + 8])
    high_phasor = complex(phasors[high], phasors[high + 8])
    return _Reading(low, high, low_phasor, high_phasor, low_share, high_share, lead)


def _extended(run: tuple[_Reading, ...], reading: _Reading | None) -> tuple[_Reading, ...]:
    if reading is None:
        return ()
    before = run if run and run[-1].key == reading.key else ()
    return (*before, reading)[-_HITS:]


def _is_key(run: tuple[_Reading, ...]) -> bool:
    """Long enough, both tones hold a key's frequencies, and there is little but them."""
    if len(run) < _HITS:
        return False
    middle = run[1]
    if middle.lead < _MIDDLE_LEAD:
        return False
    low = [_turn(middle.low, a.low_phasor, b.low_phasor) for a, b in pairwise(run)]
    high = [_turn(middle.high, a.high_phasor, b.high_phasor) for a, b in pairwise(run)]
    if max(map(abs, low)) > _MAX_TURN[middle.low] or max(map(abs, high)) > _MAX_TURN[middle.high]:
        return False
    low_share = middle.low_share * _regained(low)
    high_share = middle.high_share * _regained(high)
    is_even = _TWIST[0] * low_share <= high_share <= _TWIST[1] * low_share
    return is_even and low_share + high_share >= _MIDDLE_PURITY


def _turn(tone: int, before: complex, after: complex) -> float:
    """How far a tone's phase turned in one hop beyond what its key's tone turns."""
    return cmath.phase(after * before.conjugate() * _TURNED_BACK[tone])


def _regained(turns: list[float]) -> float:
    """By how much a tone's power was read too small because it is off its bin."""
    bins = sum(turns) / len(turns) / math.pi
    return math.exp(_SCALLOP * bins * bins)
