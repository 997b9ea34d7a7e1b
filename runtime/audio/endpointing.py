"""Endpointing: where the caller's speech begins and ends, from voice activity."""

from dataclasses import dataclass
from typing import Final

from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.vad import WINDOW

# Hysteresis and the run to start: 0 missed and 0 false segments in noise of 5 dB (measured
# with Silero on 192 utterances).
SPEECH_ABOVE: Final = 0.5
SILENCE_BELOW: Final = 0.35
RUN_TO_START: Final = 0.06
"""Seconds of activity before it counts as speech."""
LONGEST: Final = 30.0
"""Seconds after which an utterance is ended although the caller goes on."""
_WINDOW_SECONDS = WINDOW / SAMPLE_RATE
# Positions are sums of windows; a comparison must not hang on the last bit of a float.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller speaks since `onset`; known `at` (seconds of the caller's stream)."""

    at: float
    onset: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The caller spoke from `start` to `end`; known `at` (seconds of the caller's stream)."""

    start: float
    end: float
    at: float
    capped: bool = False
    """The caller goes on; only the length was full."""
    brief: bool = False
    """Less activity than the shortest word has: a cough, a click."""


class Endpointing:
    """Follows one caller's activity, window by window.

    `end_of_speech` (seconds of silence that end an utterance) may be changed at any moment
    and counts from the next window on, within a pause too.
    """

    def __init__(self, end_of_speech: float = 0.7, min_speech: float = 0.1) -> None:
        self.end_of_speech = end_of_speech
        self._min_speech = min_speech
        self._active = False
        self._speaking = False
        # The last utterance was capped, and activity has not ceased since.
        self._goes_on = False
        # Begin and latest end of the present run of activity or utterance.
        self._start = 0.0
        self._last_active = 0.0
        self._active_seconds = 0.0
        # Nothing before this belongs to the next utterance.
        self._settled = 0.0

    @property
    def speaking(self) -> bool:
        """Whether an utterance has started and not ended."""
        return self._speaking

    def silence(self, at: float) -> float:
        """Seconds of `at` since activity was last heard, or since the stream began."""
        return max(0.0, at - self._last_active)

    def hear(self, probability: float, at: float) -> SpeechStarted | SpeechEnded | None:
        """The window that ends at stream time `at`; None when nothing began or ended.

        `at` grows by at least a window; it may jump where windows were lost.
        """
        began = not self._active
        self._active = probability >= (SPEECH_ABOVE if began else SILENCE_BELOW)
        if self._speaking:
            return self._during_speech(at)
        if not self._active:
            self._goes_on = False
            return None
        if began:
            self._begin(max(self._settled, at - _WINDOW_SECONDS))
        return self._before_speech(at)

    def finish(self, at: float) -> SpeechEnded | None:
        """The stream ends at `at`: the utterance that was under way, if one was."""
        return self._end(self._last_active, at) if self._speaking else None

    def _begin(self, start: float) -> None:
        self._start = start
        self._active_seconds = 0.0

    def _before_speech(self, at: float) -> SpeechStarted | None:
        self._count(at)
        if at - self._start < RUN_TO_START - _ROUNDING and not self._goes_on:
            return None
        self._speaking = True
        return SpeechStarted(at, self._start)

    def _during_speech(self, at: float) -> SpeechEnded | None:
        if self._active:
            self._count(at)
        if at - self._start >= LONGEST - _ROUNDING:
            return self._end(at, at, capped=True)
        if not self._active and self.silence(at) >= self.end_of_speech - _ROUNDING:
            return self._end(self._last_active, at)
        return None

    def _count(self, at: float) -> None:
        self._last_active = at
        self._active_seconds += _WINDOW_SECONDS

    def _end(self, end: float, at: float, capped: bool = False) -> SpeechEnded:
        brief = self._active_seconds < self._min_speech - _ROUNDING
        ended = SpeechEnded(self._start, end, at, capped, brief)
        self._speaking = False
        self._settled = end
        self._goes_on = capped and self._active
        self._begin(end)
        return ended
