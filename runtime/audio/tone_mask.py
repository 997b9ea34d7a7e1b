"""A key's tone is no speech: it is taken out of what voice activity hears and says."""

from collections import deque
from typing import Final

from runtime.audio.dtmf import Digit, DigitEnded
from runtime.audio.endpointing import SILENCE_BELOW
from runtime.audio.mulaw import SAMPLE_RATE, SILENCE
from runtime.audio.vad import WINDOW

# Activity comes at most that late (2 s of waiting windows), so older tones concern no window.
_LATEST: Final = SAMPLE_RATE * 3


class ToneMask:
    """One call's tones, and the windows of activity that wait for a verdict on theirs.

    All positions are samples of the caller's stream. Silero takes some tones for speech, and in a
    line's noise stays sure of it for up to 0.4 s after them (measured): hence `cover`.
    """

    def __init__(self) -> None:
        self._tones: deque[tuple[int, int]] = deque()
        self._down: int | None = None
        self._suspect: int | None = None
        self._waiting: deque[tuple[float, int]] = deque()

    @property
    def down_since(self) -> int | None:
        """Where the tone of the key began that is down now."""
        return self._down

    def hear(self, event: Digit | DigitEnded) -> None:
        """What the detector told."""
        match event:
            case Digit():
                self._down = event.span_start
            case DigitEnded():
                self._down = None
                self._tones.append(event.span)
                while self._tones[0][1] < event.end - _LATEST:
                    self._tones.popleft()

    def suspect(self, since: int | None) -> None:
        """From here on it may be a tone (`ToneDetector.suspect`); None: no, or it is known."""
        self._suspect = since

    def is_tone(self, start: int, end: int) -> bool:
        """Whether any of these samples are a key's, as far as is known."""
        if self._down is not None and end > self._down:
            return True
        return any(start < tone_end and end > tone for tone, tone_end in self._tones)

    def may_be_tone(self, start: int, end: int) -> bool:
        """Whether that is not known yet; a key is certain, or none, 10 to 20 ms later."""
        in_doubt = self._suspect is not None and end > self._suspect
        return in_doubt and not self.is_tone(start, end)

    def cover(self, window: bytes, start: int) -> bytes:
        """The window at `start` with silence for a tone, as far as it is known by now."""
        end = start + len(window)
        if not self.is_tone(start, end):
            return window
        covered = bytearray(window)
        tones = [*self._tones] if self._down is None else [*self._tones, (self._down, end)]
        for tone, tone_end in tones:
            first, last = max(tone - start, 0), min(tone_end - start, len(window))
            covered[first:last] = bytes([SILENCE]) * (last - first)
        return bytes(covered)

    def judge(self, probability: float, end: int) -> tuple[tuple[float, int], ...]:
        """The next window of activity (it ends at `end`), to all that are certain, in order.

        A window that touches a tone comes out as 0. One that may be a tone, and those after it,
        come out of a later call or of `settle`.
        """
        self._waiting.append((probability, end))
        return self.settle()

    def settle(self) -> tuple[tuple[float, int], ...]:
        """The windows that were in doubt and are no longer; call it when sound has been heard."""
        certain: list[tuple[float, int]] = []
        while self._waiting:
            probability, end = self._waiting[0]
            # What is no activity is none, whatever it was.
            if probability >= SILENCE_BELOW and self.may_be_tone(end - WINDOW, end):
                break
            self._waiting.popleft()
            certain.append((0.0 if self.is_tone(end - WINDOW, end) else probability, end))
        return tuple(certain)
