"""The beep of an answering machine: one steady, pure tone that stands alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from runtime.audio.mulaw import SAMPLE_RATE, decode_float

LOWEST_HZ: Final = 300.0
HIGHEST_HZ: Final = 3000.0
CALL_PROGRESS_HZ: Final = (380.0, 490.0)
"""Ringing, busy and congestion tones of one frequency lie at 400 to 480 Hz wherever one calls
(ITU-T E.180, supplement 2); alone they sound like a beep, so nothing in here is one."""

# 40 ms windows every 20 ms.
_WINDOW = 320
_HOP = 160
# 0.15 s hold five whole windows wherever they begin, 2 s at most a hundred.
_FEWEST = 5
_MOST = 100
# The pitch of a voice may be as steady and as pure for 0.16 s (7 times in four hours of speech, all
# from 290 to 372 Hz), not for 0.2 s.
_VOICE_HZ = 500.0
_FEWEST_OF_VOICE = 8
# A tone fills its first and its last window to seven eighths on average.
_EDGE = 40
# A lost frame spoils three windows and must not end a beep.
_MISSES = 3
# Notes of a melody and the three special information tones of exchanges follow on each other.
_ALONE = SAMPLE_RATE // 2
# Share of a window's energy around its peak: noise of 15 dB leaves 0.97.
_PURITY = 0.85
_STEADY = 0.015
# The quietest of a window's eight parts by the loudest: a tone leaves 0.8; two tones together beat,
# and India's ringing tone (400 Hz times 25 Hz) goes through zero every 20 ms.
_EVEN = 0.4
_PARTS = 8
# -40 dBFS: mean square of a window.
_QUIET = 1e-4

_SHAPE = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
_BIN_HZ = SAMPLE_RATE / _WINDOW
_FIRST_BIN = round(LOWEST_HZ / _BIN_HZ)
_LAST_BIN = round(HIGHEST_HZ / _BIN_HZ)


@dataclass(frozen=True, slots=True)
class Beep:
    """A beep lay between these positions in samples, true to 10 ms."""

    start: int
    end: int
    hz: float


@dataclass(slots=True)
class _Run:
    """A tone under way: the first and the last window that it filled."""

    first: int
    last: int
    hz: float
    windows: int = 1


class BeepDetector:
    """Listens to one stream; a beep is told 60 to 100 ms after its end.

    A quiet frame costs 5 us, another one 25 us: for the first minute of outgoing calls.
    """

    def __init__(self) -> None:
        self._unread = b""
        self._position = 0
        self._run: _Run | None = None
        # Where the last tone ended that was no beep, or one already told.
        self._other = -_ALONE

    def hear(self, audio: bytes) -> tuple[Beep, ...]:
        """The next mu-law of the stream, any length."""
        self._unread += audio
        beeps: list[Beep] = []
        at = 0
        while at + _WINDOW <= len(self._unread):
            beep = self._step(_pure_tone(self._unread[at : at + _WINDOW]), self._position)
            if beep:
                beeps.append(beep)
            at += _HOP
            self._position += _HOP
        self._unread = self._unread[at:]
        return tuple(beeps)

    def _step(self, hz: float | None, at: int) -> Beep | None:
        run = self._run
        if hz is None:
            is_over = run is not None and at - run.last > _MISSES * _HOP
            return self._end() if is_over else None
        if run and abs(hz - run.hz) <= _STEADY * run.hz:
            run.last, run.windows = at, run.windows + 1
            return None
        if run:
            # One tone after another is a melody; both are out.
            self._other = at
        self._run = _Run(at, at, hz)
        return None

    def _end(self) -> Beep | None:
        run, self._run = self._run, None
        if run is None:
            return None
        is_alone = run.first - self._other >= _ALONE
        if run.windows >= _FEWEST:
            self._other = run.last
        fewest = _FEWEST_OF_VOICE if run.hz < _VOICE_HZ else _FEWEST
        low, high = CALL_PROGRESS_HZ
        if is_alone and fewest <= run.windows <= _MOST and not low <= run.hz <= high:
            return Beep(run.first - _EDGE, run.last + _WINDOW + _EDGE, run.hz)
        return None


def _pure_tone(window: bytes) -> float | None:
    """The frequency, if one even tone is about all there is."""
    sound = decode_float(window)
    energy = float(sound @ sound)
    if energy < _QUIET * _WINDOW:
        return None
    parts = np.square(sound).reshape(_PARTS, -1).sum(axis=1)
    if parts.min() < _EVEN * parts.max():
        return None
    powers = np.abs(np.fft.rfft(sound * _SHAPE)) ** 2
    peak = int(powers.argmax())
    if not _FIRST_BIN <= peak <= _LAST_BIN:
        return None
    if powers[peak - 2 : peak + 3].sum() < _PURITY * powers.sum():
        return None
    before, top, after = np.log(powers[peak - 1 : peak + 2] + 1e-12)
    # The top of a parabola through the logarithms: true to 2 Hz with this window's shape.
    return float(peak + (before - after) / (2 * (before - 2 * top + after))) * _BIN_HZ
