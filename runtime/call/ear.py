"""One call's hearing: from the payload of a frame to digits, starts of speech and utterances.

Everything here is synchronous and done within the frame that brought it; only voice activity comes
back later, from the meter that all calls share.
"""

from typing import Protocol

from runtime.audio.dtmf import Digit, ToneDetector
from runtime.audio.endpointing import (
    Endpointing,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSustained,
)
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.pause_levels import PauseLevels
from runtime.audio.tone_mask import ToneMask
from runtime.audio.utterance import UtteranceBuffer
from runtime.audio.vad import WINDOW
from runtime.call.activity import ActivityMeter
from runtime.carrier.inbound import InboundAudio
from runtime.carrier.reorder import Counters, KeyPressed

SAME_KEY = SAMPLE_RATE // 2
"""A key told twice within 0.5 s, as a telephone-event and as a tone, was pressed once."""

KEYS = frozenset("0123456789*#")
"""A-D exist as tones but on no caller's phone."""


class Listener(Protocol):
    """Who is told what was heard."""

    def sound(self, sound: bytes) -> None:
        """The caller's sound (mu-law), in order and without gaps."""

    def speech_started(self, sound: bytes) -> None:
        """The caller has begun to speak, with this (mu-law)."""

    def speech_sustained(self) -> None:
        """He speaks for certain: it is no click and no cough."""

    def paused(self, sound: bytes) -> None:
        """He has said this (mu-law), and may have finished."""

    def went_on(self) -> None:
        """He had not finished."""

    def utterance(self, sound: bytes) -> None:
        """The caller has said this (mu-law)."""

    def noise(self) -> None:
        """What had begun as speech was none."""

    def pressed(self, digit: str) -> None:
        """The caller pressed a key."""

    def tone(self, start: int, end: int | None) -> None:
        """A key sounds from there on (samples of the caller's sound); None: it still does."""


class Ear:
    """Listens to one call; `hear` takes each frame's payload."""

    def __init__(self, meter: ActivityMeter, listener: Listener) -> None:
        self._inbound = InboundAudio()
        self._follow_packet = self._inbound.follow
        self._listener = listener
        self._meter = meter
        self._seat = meter.sit(self._activity)
        self._tones = ToneDetector()
        self._mask = ToneMask()
        self._sound = UtteranceBuffer()
        self._speech = Endpointing(levels=PauseLevels(self._sound))
        self._is_toneless = True
        """No key was ever pressed, and nothing may be one."""
        self._window = b""
        self._pushed = 0
        """Samples that activity has been asked about."""
        self._windows = 0
        """Windows that it has told of, or dropped."""
        self._last_key: tuple[str, type, int] = ("", Digit, -SAME_KEY)

    @property
    def counters(self) -> Counters:
        """What the line did to the packets so far."""
        return self._inbound.counters

    @property
    def seconds(self) -> float:
        """The caller's sound so far."""
        return self._sound.position / SAMPLE_RATE

    @property
    def position(self) -> int:
        """The same in samples."""
        return self._sound.position

    @property
    def is_speech(self) -> bool:
        """Whether the caller is speaking."""
        return self._speech.speaking

    @property
    def silence(self) -> float:
        """Seconds since the caller was last heard to speak."""
        return self._speech.silence(self.seconds)

    @property
    def is_in_speech(self) -> bool:
        """Whether the caller speaks, or seems to; the rest of what was too long does not count."""
        return self._speech.speaking and not self._speech.is_rest

    def expect(self, end_of_speech: float) -> None:
        """Wait that many seconds after the caller's last word."""
        self._speech.end_of_speech = end_of_speech

    def wait(self, seconds: float) -> None:
        """Wait that many seconds in the pause under way, which may be over by that."""
        ended = self._speech.wait(seconds)
        if ended is not None:
            self._ended(ended)

    def hear(self, payload: bytes) -> None:
        """Take the payload of one frame."""
        sound = self._follow_packet(payload)
        if sound is not None:
            self._hear_sound(sound)
            return
        for arrival in self._inbound.hear(payload):
            if type(arrival) is bytes:
                self._hear_sound(arrival)
            elif isinstance(arrival, KeyPressed):
                self._key(arrival.digit, KeyPressed, self._sound.position)

    def close(self) -> None:
        """Stop listening."""
        self._meter.leave(self._seat)

    def _hear_sound(self, sound: bytes) -> None:
        self._sound.append(sound)
        self._listener.sound(sound)
        if not (self._is_toneless and self._tones.skip(sound)):
            self._hear_tones(sound)
        self._window += sound
        while len(self._window) >= WINDOW:
            self._push_window()

    def _push_window(self) -> None:
        window, self._window = self._window[:WINDOW], self._window[WINDOW:]
        self._pushed += WINDOW
        end = self._pushed
        if not self._is_toneless:
            window = self._mask.cover(window, end - WINDOW)
        is_urgent = self._speech.is_urgent(end / SAMPLE_RATE)
        self._meter.push(self._seat, window, is_urgent=is_urgent)

    def _hear_tones(self, sound: bytes) -> None:
        """Tell of keys; what activity says of windows that are no key's is certain then."""
        keys, suspect = self._tones.hear(sound), self._tones.suspect
        for key in keys:
            self._mask.hear(key)
            if isinstance(key, Digit):
                self._sound.silence(key.span_start, self._sound.position)
                self._listener.tone(key.span_start, None)
                self._key(key.key, Digit, key.start)
            else:
                self._sound.silence(*key.span)
                self._listener.tone(*key.span)
        self._mask.suspect(suspect)
        for probability, end in self._mask.settle():
            self._follow(probability, end)
        self._is_toneless = self._mask.is_idle

    def _key(self, digit: str, source: type, position: int) -> None:
        last, last_source, last_position = self._last_key
        self._last_key = (digit, source, position)
        told = digit == last and source is not last_source
        if digit in KEYS and not (told and abs(position - last_position) < SAME_KEY):
            self._listener.pressed(digit)

    def _activity(self, probability: float, dropped: int) -> None:
        self._windows += 1 + dropped
        if self._is_toneless:
            self._follow(probability, self._windows * WINDOW)
            return
        for certain, end in self._mask.judge(probability, self._windows * WINDOW):
            self._follow(certain, end)

    def _follow(self, probability: float, position: int) -> None:
        """The next window of activity, which ends at that sample."""
        change = self._speech.hear(probability, position / SAMPLE_RATE)
        if change is None:
            return
        match change:
            case SpeechStarted(onset=onset):
                start = round(onset * SAMPLE_RATE)
                self._sound.hold(start)
                self._listener.speech_started(self._sound.peek(start, self._sound.position))
            case SpeechSustained():
                self._listener.speech_sustained()
            case SpeechPaused(start=start, end=end):
                sound = self._sound.peek(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
                self._listener.paused(sound)
            case SpeechResumed():
                self._listener.went_on()
            case SpeechEnded() as speech:
                self._ended(speech)

    def _ended(self, speech: SpeechEnded) -> None:
        if speech.brief:
            self._sound.release()
            self._listener.noise()
        else:
            start, end = round(speech.start * SAMPLE_RATE), round(speech.end * SAMPLE_RATE)
            self._listener.utterance(self._sound.take(start, end))
