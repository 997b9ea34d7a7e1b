"""Endpointing: where the caller's speech begins and ends, from voice activity."""

from dataclasses import dataclass
from typing import Final, Protocol

from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.vad import WINDOW

# Hysteresis and the run to start: 0 missed and 0 false segments in noise of 5 dB (measured
# with Silero on 192 utterances).
SPEECH_ABOVE: Final = 0.5
SILENCE_BELOW: Final = 0.35
RUN_TO_START: Final = 0.06
"""Seconds of activity before it counts as speech."""
SHORTEST_WORD: Final = 0.1
"""Seconds of activity that an utterance has at least; less is a click or a cough."""
MIN_SPEECH: Final = 0.2
"""Seconds of activity after which somebody speaks for certain; coughs and clicks are shorter."""
LIKELY_END: Final = 0.15
"""Seconds of silence that may be the end; the closures of stops (p, t, k) within words are shorter,
under 0.13 s."""
HELD_BACK: Final = 4
"""Windows by which an end is put off where the newest sound may be speech that begins: activity
follows it by one or two, in noise of 10 dB by up to four."""
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
class SpeechSustained:
    """What has started is speech for certain: it has lasted `min_speech`."""

    at: float


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The caller spoke from `start` to `end`, and may have finished; known `at`."""

    start: float
    end: float
    at: float


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller had not finished: it was a pause."""

    at: float


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


SpeechChange = SpeechStarted | SpeechSustained | SpeechPaused | SpeechResumed | SpeechEnded


class Levels(Protocol):
    """How loud a pause is."""

    def overhang(self, end: float, at: float) -> float:
        """Seconds by which speech ended before its activity did, at `end`; the pause goes on `at`.

        Below zero where noise hides so much of it.
        """

    def rises(self, begin: float, at: float) -> bool:
        """Whether the sound from `begin` to `at` is louder than the pause that was measured."""


class NoLevels:
    """Takes activity for the truth."""

    def overhang(self, end: float, at: float) -> float:
        """None."""
        return 0.0

    def rises(self, begin: float, at: float) -> bool:
        """It never does."""
        return False


class Endpointing:
    """Follows one caller's activity, window by window.

    Between a start and its end come at most one `SpeechSustained`, and pauses (of what is not
    brief), each of which ends in `SpeechResumed` or the end. `end_of_speech` (seconds of silence
    that end an utterance) may be changed at any moment and counts from the next window on, within a
    pause too; `wait` changes it for the pause under way only. Silence is counted from where the
    sound ended by its level, not from where activity did.
    """

    def __init__(
        self,
        end_of_speech: float = 0.7,
        min_speech: float = MIN_SPEECH,
        levels: Levels | None = None,
    ) -> None:
        self.end_of_speech = end_of_speech
        self._min_speech = min_speech
        self._levels = levels or NoLevels()
        self._overhang = 0.0
        # Windows by which the end of the pause under way was put off.
        self._held_back = 0
        self._wait: float | None = None
        self._active = False
        self._speaking = False
        self._sustained = False
        self._paused = False
        # The last utterance was capped, and activity has not ceased since.
        self._goes_on = False
        self._is_rest = False
        # Begin and latest end of the present run of activity or utterance.
        self._start = 0.0
        self._last_active = 0.0
        self._active_seconds = 0.0
        # Nothing before this belongs to the next utterance.
        self._settled = 0.0
        # The newest window's end, and what activity says of it.
        self._at = 0.0
        self._probability = 0.0

    @property
    def speaking(self) -> bool:
        """Whether an utterance has started and not ended."""
        return self._speaking

    @property
    def paused(self) -> bool:
        """Whether a pause was told that has not ended."""
        return self._paused

    @property
    def is_rest(self) -> bool:
        """Whether what was capped goes on in the utterance under way."""
        return self._is_rest

    def silence(self, at: float) -> float:
        """Seconds of `at` since activity was last heard, or since the stream began."""
        return max(0.0, at - self._last_active)

    def wait(self, seconds: float) -> SpeechEnded | None:
        """End the utterance after so much of the pause under way; the next pause is as before.

        Returns the end where that much has passed already.
        """
        if not self._paused:
            return None
        self._wait = seconds
        is_over = self._pause(self._at) >= self._enough
        return self._end_of_pause(self._at) if is_over else None

    def is_urgent(self, at: float) -> bool:
        """Whether silence up to `at` would pause or end the utterance: every millisecond counts."""
        if not self._speaking:
            return False
        pause = self._pause(at)
        return pause >= self._enough or (not self._paused and pause >= LIKELY_END)

    @property
    def _enough(self) -> float:
        return self.end_of_speech if self._wait is None else self._wait

    def _pause(self, at: float) -> float:
        silence = at - self._last_active
        return (silence if silence > 0.0 else 0.0) + self._overhang + _ROUNDING

    def hear(self, probability: float, at: float) -> SpeechChange | None:
        """The window that ends at stream time `at`; None when nothing changed.

        `at` grows by at least a window; it may jump where windows were lost.
        """
        self._at, self._probability = at, probability
        began = not self._active
        self._active = probability >= (SPEECH_ABOVE if began else SILENCE_BELOW)
        if self._speaking:
            if self._active:
                return self._during_speech(at)
            return self._during_pause(at)
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
        self._speaking, self._is_rest = True, self._goes_on
        return SpeechStarted(at, self._start)

    def _during_speech(self, at: float) -> SpeechChange | None:
        self._count(at)
        self._forget_pause()
        if self._is_full(at):
            return self._end(at, at, capped=True)
        if self._paused:
            self._paused = False
            return SpeechResumed(at)
        if not self._sustained and self._active_seconds >= self._min_speech - _ROUNDING:
            self._sustained = True
            return SpeechSustained(at)
        return None

    def _during_pause(self, at: float) -> SpeechPaused | SpeechEnded | None:
        if self._is_full(at):
            return self._end(at, at, capped=True)
        if not self._paused:
            self._overhang = self._levels.overhang(self._last_active, at)
        pause = self._pause(at)
        if pause >= self._enough:
            return self._end_of_pause(at)
        if pause >= LIKELY_END and not (self._paused or self._is_brief()):
            self._paused = True
            return SpeechPaused(self._start, self._last_active, at)
        return None

    def _end_of_pause(self, at: float) -> SpeechEnded | None:
        """The end, unless the newest window may be speech that begins; that is soon known."""
        may_begin = self._probability >= SILENCE_BELOW or self._levels.rises(
            at - _WINDOW_SECONDS, at
        )
        if may_begin and self._held_back < HELD_BACK:
            self._held_back += 1
            return None
        return self._end(self._last_active, at)

    def _forget_pause(self) -> None:
        self._wait, self._overhang, self._held_back = None, 0.0, 0

    def _is_full(self, at: float) -> bool:
        return at - self._start >= LONGEST - _ROUNDING

    def _is_brief(self) -> bool:
        return self._active_seconds < SHORTEST_WORD - _ROUNDING

    def _count(self, at: float) -> None:
        self._last_active = at
        self._active_seconds += _WINDOW_SECONDS

    def _end(self, end: float, at: float, capped: bool = False) -> SpeechEnded:
        ended = SpeechEnded(self._start, end, at, capped, self._is_brief())
        self._speaking = self._sustained = self._paused = False
        self._forget_pause()
        self._settled = end
        self._goes_on = capped and self._active
        self._begin(end)
        return ended
