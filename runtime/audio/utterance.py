"""What the caller said last, as sound, so that it can be given to the recogniser."""

from typing import Final

from runtime.audio.mulaw import SAMPLE_RATE, SILENCE

PREROLL: Final = SAMPLE_RATE * 300 // 1000
"""Samples kept from before an onset: activity is certain 82-110 ms after it (measured)."""
LONGEST: Final = SAMPLE_RATE * 30
"""Samples of the longest utterance."""
# An onset may be told this late: 2 s of unread frames, and the detector's own delay.
_LATENESS = SAMPLE_RATE * 5 // 2
# The bytearray gives its front back in steps, so that most appends only append.
_STEP = SAMPLE_RATE // 2
_MOST_IDLE = PREROLL + _LATENESS + _STEP


class UtteranceBuffer:
    """The newest part of the caller's mu-law stream; positions are samples since its start.

    Holds what may still become an utterance, and from `hold` on the utterance itself; never
    more than the longest utterance, its pre-roll and the time an onset may be late.
    """

    def __init__(self) -> None:
        self._audio = bytearray()
        self._first = 0
        self._silenced = 0
        self._held: int | None = None
        self._taken = 0

    @property
    def position(self) -> int:
        """Samples heard so far."""
        return self._first + len(self._audio)

    @property
    def oldest(self) -> int:
        """The first sample still kept."""
        return self._first

    @property
    def silenced(self) -> int:
        """How often `silence` has changed what is kept."""
        return self._silenced

    def append(self, audio: bytes) -> None:
        """The next part of the stream; any length."""
        self._audio += audio
        if len(self._audio) > _MOST_IDLE:
            self._forget()

    def _forget(self) -> None:
        keep = self.position - PREROLL - _LATENESS
        if self._held is not None:
            keep = max(min(keep, self._held), keep - LONGEST)
        if keep - self._first > _STEP:
            del self._audio[: keep - self._first]
            self._first = keep

    def hold(self, onset: int) -> None:
        """Speech began at `onset`: keep it, and its pre-roll, until `take` or `release`."""
        self._held = onset - PREROLL

    def silence(self, start: int, end: int) -> None:
        """Put silence in place of these samples, as far as they are kept: a key's tone."""
        first = max(start - self._first, 0)
        last = min(end - self._first, len(self._audio))
        if first < last:
            self._silenced += 1
            self._audio[first:last] = bytes([SILENCE]) * (last - first)

    def release(self) -> None:
        """What was held was no speech after all."""
        self._held = None

    def between(self, start: int, end: int) -> bytes:
        """The stream from `start` to `end`, as far as it is kept."""
        return bytes(self._audio[max(0, start - self._first) : max(0, end - self._first)])

    def peek(self, start: int, end: int) -> bytes:
        """What `take` would give: it may be the whole utterance, and is held on to."""
        begin = max(start - PREROLL, min(self._taken, start), self._first)
        return bytes(self._audio[begin - self._first : max(begin, end) - self._first])

    def take(self, start: int, end: int) -> bytes:
        """The utterance with its pre-roll, as far as it is kept, and no longer held.

        No pre-roll reaches into what was taken before, so nothing is recognised twice.
        """
        utterance = self.peek(start, end)
        self._taken = end
        self._held = None
        return utterance
