"""The bot's side of a recording: what the caller heard, when he heard it."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from runtime.audio.mulaw import SAMPLE_RATE

Sound = TypeVar("Sound")
"""How the call names a piece of speech; it is handed back as it came."""

ECHO: Final = SAMPLE_RATE * 3 // 10
"""So long after us the caller's telephone may still send back what we said."""


@dataclass(frozen=True, slots=True)
class Part(Generic[Sound]):
    """A part of a sound, and where in what was taken it begins."""

    at: int
    sound: Sound
    first: int
    upto: int


@dataclass(slots=True)
class _Played(Generic[Sound]):
    sound: Sound
    start: int
    end: int
    is_sensitive: bool


class BotTrack(Generic[Sound]):
    """Sounds as they were sent, in; parts of them as they were heard, out.

    Positions are samples since the recording began; a sound may have begun before it.
    """

    def __init__(self) -> None:
        self._played: deque[_Played[Sound]] = deque()

    def play(self, sound: Sound, start: int, samples: int, *, is_sensitive: bool) -> None:
        """A sound will be heard from `start` on, after those before it."""
        self._played.append(_Played(sound, start, start + samples, is_sensitive))

    def cut(self, at: int) -> None:
        """Nothing of what was sent is heard from here on."""
        for played in self._played:
            played.end = min(played.end, at)
        while self._played and self._played[-1].end <= self._played[-1].start:
            self._played.pop()

    def take(self, start: int, end: int) -> tuple[tuple[Part[Sound], ...], list[tuple[int, int]]]:
        """Return what sounds between these positions, and what of the caller's side is silenced.

        Both count from `start`. What comes before `end` can not be taken again.
        """
        parts: list[Part[Sound]] = []
        private: list[tuple[int, int]] = []
        for played in self._played:
            first, upto = max(played.start, start), min(played.end, end)
            if played.is_sensitive:
                private.append((first - start, min(played.end + ECHO, end) - start))
            elif first < upto:
                at = first - start
                parts.append(Part(at, played.sound, first - played.start, upto - played.start))
        while self._played and self._played[0].end + ECHO <= end:
            self._played.popleft()
        return tuple(parts), [(first, upto) for first, upto in private if first < upto]
