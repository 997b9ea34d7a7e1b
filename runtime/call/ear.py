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

    def speech_started(self) -> None:
        """The caller has begun to speak."""

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


class Ear:
    """Listens to one call; `hear` takes each frame's payload."""

    def __init__(self, meter: ActivityMeter, listener: Listener) -> None:
        self._inbound = InboundAudio()
        self._listener = listener
        self._meter = meter
        self._seat = meter.sit(self._activity)
        self._tones = ToneDetector()
        self._speech = Endpointing()
        self._sound = UtteranceBuffer()
        self._window = bytearray()
        self._windows = 0
        self._last_key: tuple[str, type, int] = ("", Digit, -SAME_KEY)

    @property
    def counters(self) -> Counters:
        """What the line did to the packets so far."""
        return self._inbound.counters

    @property
    def seconds(self) -> float:
        """The caller's sound so far."""
        return self._sound.position / SAMPLE_RATE

    def expect(self, end_of_speech: float) -> None:
        """Wait that many seconds after the caller's last word."""
        self._speech.end_of_speech = end_of_speech

    def wait(self, seconds: float) -> None:
        """Wait that many seconds in the pause under way."""
        self._speech.wait(seconds)

    def hear(self, payload: bytes) -> None:
        """Take the payload of one frame."""
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
        for key in self._tones.hear(sound):
            if isinstance(key, Digit):
                self._key(key.key, Digit, key.start)
        window = self._window
        window += sound
        while len(window) >= WINDOW:
            self._meter.push(self._seat, bytes(window[:WINDOW]))
            del window[:WINDOW]

    def _key(self, digit: str, source: type, position: int) -> None:
        last, last_source, last_position = self._last_key
        self._last_key = (digit, source, position)
        told = digit == last and source is not last_source
        if digit in KEYS and not (told and abs(position - last_position) < SAME_KEY):
            self._listener.pressed(digit)

    def _activity(self, probability: float, dropped: int) -> None:
        self._windows += 1 + dropped
        at = self._windows * WINDOW / SAMPLE_RATE
        match self._speech.hear(probability, at):
            case SpeechStarted(onset=onset):
                self._sound.hold(round(onset * SAMPLE_RATE))
                self._listener.speech_started()
            case SpeechSustained():
                self._listener.speech_sustained()
            case SpeechPaused(start=start, end=end):
                self._paused(round(start * SAMPLE_RATE), round(end * SAMPLE_RATE))
            case SpeechResumed():
                self._listener.went_on()
            case SpeechEnded() as speech:
                self._ended(speech)

    def _paused(self, start: int, end: int) -> None:
        if not self._is_tone(start, end):
            self._listener.paused(self._sound.peek(start, end))

    def _is_tone(self, start: int, end: int) -> bool:
        # A tone is activity too; the key that it was has been told.
        return self._last_key[0] != "" and start - WINDOW <= self._last_key[2] <= end

    def _ended(self, speech: SpeechEnded) -> None:
        start, end = round(speech.start * SAMPLE_RATE), round(speech.end * SAMPLE_RATE)
        if speech.brief or self._is_tone(start, end):
            self._sound.release()
            self._listener.noise()
        else:
            self._listener.utterance(self._sound.take(start, end))
