"""The caller's side of a recording: what of it may be kept by now, and what still has to wait."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from runtime.audio.mulaw import SAMPLE_RATE, SILENCE

LATENESS: Final = SAMPLE_RATE * 3
"""Speech is noticed 0.1 s after its begin, 2.8 s where activity is late (`utterance.py`)."""

TAIL: Final = SAMPLE_RATE // 2
"""Silenced beyond the end of a sensitive question, which the last digit of an answer ends."""

MOST: Final = SAMPLE_RATE * 60
"""Sound that waits; of what is longer in doubt the oldest is silenced."""

BEHIND: Final = SAMPLE_RATE * 3 // 10
"""By so much sound may be late: jitter, and frames that come in bursts."""

CAUGHT_UP: Final = SAMPLE_RATE
"""What is behind for so much sound was not late: nothing came for a while."""

_SILENCE: Final = bytes([SILENCE])


@dataclass(slots=True, eq=False)
class Held:
    """What is said, from the moment before its begin until it is known what it is."""

    start: int
    end: int | None = None
    """None while it is being said."""
    is_sensitive: bool = False


class CallerTrack:
    """Sound in order, in; the same with sensitive spans silenced, out, as soon as it is certain.

    Positions are samples of the caller's sound, of which `first` is the first recorded. What is
    taken is longer by the gaps: time in which nothing came. `holds_back`: something may turn out to
    be sensitive; without it all can be taken at once.
    """

    def __init__(self, first: int, *, holds_back: bool) -> None:
        self._first = first
        self._sound = bytearray()
        self._lateness = LATENESS if holds_back else 0
        self._holds_back = holds_back
        self._held: list[Held] = []
        self._speaking: Held | None = None
        self._silenced: list[tuple[int, int]] = []
        self._private_from: int | None = None
        self._tone: int | None = None
        self._gap: int | None = None
        """Where the sound has been behind the clock since."""
        self._behind = 0
        self._gaps: deque[tuple[int, int]] = deque()
        self._filled = -first

    @property
    def position(self) -> int:
        """The sample after the last."""
        return self._first + len(self._sound)

    @property
    def length(self) -> int:
        """Samples of the recording so far, gaps included."""
        return self.position + self._filled

    @property
    def waiting(self) -> int:
        """Samples that were not taken yet."""
        return len(self._sound)

    def hear(self, sound: bytes, behind: int) -> None:
        """The next sound, any length; by the clock it is so many samples late."""
        start = self.position
        self._sound += sound
        if behind <= BEHIND:
            self._gap = None
        elif self._gap is None:
            self._gap, self._behind = start, behind
        else:
            self._behind = min(self._behind, behind)
            if self.position - self._gap >= CAUGHT_UP:
                self._gaps.append((self._gap, self._behind))
                self._filled += self._behind
                self._gap = None

    # -- what is sensitive -------------------------------------------------------------------------

    def ask(self, *, is_sensitive: bool) -> None:
        """What is heard from here on answers a question for a sensitive value, or another one."""
        if is_sensitive and self._private_from is None:
            self._private_from = self.position
        elif not is_sensitive and self._private_from is not None:
            self.silence(self._private_from, self.position + TAIL)
            self._private_from = None

    def begin(self, start: int) -> None:
        """Something is being said since `start`."""
        if self._holds_back:
            is_sensitive = self._private_from is not None
            self._speaking = Held(max(start, self._first), is_sensitive=is_sensitive)
            self._held.append(self._speaking)

    def end(self) -> Held | None:
        """It has been said: to be settled when it is known what; None where nothing is held."""
        held, self._speaking = self._speaking, None
        if held is not None:
            held.end = self.position
        return held

    def settle(self, held: Held, *, is_sensitive: bool) -> None:
        """It is known what was said, or never will be, which counts as sensitive."""
        if held in self._held:
            self._held.remove(held)
            if is_sensitive or held.is_sensitive:
                self.silence(held.start, self.position if held.end is None else held.end)

    def tone(self, start: int, end: int | None) -> None:
        """A key sounds from `start` on; up to `end`, once that is known."""
        if end is None:
            self._tone = start if self._is_private(start) else None
        elif self._tone is not None:
            self.silence(self._tone, end)
            self._tone = None

    def silence(self, start: int, end: int) -> None:
        """Keep nothing of these samples."""
        self._silenced.append((start, end))

    def _is_private(self, position: int) -> bool:
        if self._private_from is not None:
            return True
        return any(start <= position < end for start, end in self._silenced)

    # -- what is certain ---------------------------------------------------------------------------

    def take(self, most: int) -> bytes:
        """Return what is certain and was not taken yet, `most` samples of it."""
        if len(self._sound) > MOST:
            most = max(most, len(self._sound) - MOST)
            self._give_up(self.position - MOST)
        taken: list[bytes] = []
        certain = self._certain()
        while most > 0:
            gap, samples = self._gaps[0] if self._gaps else (certain, 0)
            upto = min(certain, gap, self._first + most)
            if upto > self._first:
                piece = self._cut(upto)
            elif gap == self._first and samples:
                piece = _SILENCE * min(samples, most)
                self._gaps.popleft()
                if samples > len(piece):
                    self._gaps.appendleft((gap, samples - len(piece)))
            else:
                break
            taken.append(piece)
            most -= len(piece)
        return b"".join(taken)

    def finish(self) -> None:
        """Nothing more will be known: what is in doubt is silenced, and the rest is certain."""
        self._give_up(self.position)
        self._speaking = self._tone = self._gap = None
        self._lateness = 0

    def _certain(self) -> int:
        """Return up to where it is known what is sensitive."""
        certain = max(self.position - self._lateness, self._first)
        for doubt in (self._tone, self._gap, *(held.start for held in self._held[:1])):
            if doubt is not None:
                certain = min(certain, max(doubt, self._first))
        return certain

    def _give_up(self, before: int) -> None:
        for held in [held for held in self._held if held.start < before]:
            self.settle(held, is_sensitive=True)
            if held is self._speaking:
                self._speaking = None
                self.begin(self.position)
                self._held[-1].is_sensitive = True
        if self._tone is not None and self._tone < before:
            self.silence(self._tone, self.position)
            self._tone = self.position
        if self._gap is not None and self._gap < before:
            self._gap = None

    def _cut(self, upto: int) -> bytes:
        piece = self._sound[: upto - self._first]
        spans = list(self._silenced)
        if self._private_from is not None:
            spans.append((self._private_from, upto))
        for start, end in spans:
            begin, stop = max(start, self._first), min(end, upto)
            if begin < stop:
                piece[begin - self._first : stop - self._first] = _SILENCE * (stop - begin)
        del self._sound[: len(piece)]
        self._first = upto
        self._silenced = [span for span in self._silenced if span[1] > upto]
        return bytes(piece)
