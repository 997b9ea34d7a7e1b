from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from runtime.audio import dtmf
from runtime.audio.mulaw import SAMPLE_RATE, SILENCE, decode_float, encode
from runtime.call.activity import ActivityMeter
from runtime.call.ear import Ear
from runtime.carrier import rtp, telephone_event
from runtime.carrier.telephone_event import TelephoneEvent

QUIET = bytes([SILENCE])


class Loudness:
    """A meter that answers at once: whatever is not silence is speech."""

    urgent = 0

    def sit(self, heard: Callable[[float, int], None]) -> Callable[[float, int], None]:
        return heard

    def push(
        self, seat: Callable[[float, int], None], window: bytes, *, is_urgent: bool = False
    ) -> None:
        self.urgent += is_urgent
        seat(float(window != QUIET * 256), 0)

    def leave(self, seat: Any) -> None:
        pass


class Heard:
    """Keeps what the ear tells, in order."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.utterances: list[bytes] = []

    def sound(self, sound: bytes) -> None:
        pass

    def speech_started(self, sound: bytes) -> None:
        self.told.append("started")

    def speech_sustained(self) -> None:
        self.told.append("sustained")

    def paused(self, sound: bytes) -> None:
        self.told.append(("paused", round(len(sound) / 8000, 1)))

    def went_on(self) -> None:
        self.told.append("went on")

    def utterance(self, sound: bytes) -> None:
        self.utterances.append(sound)
        self.told.append(round(len(sound) / 8000, 1))

    def noise(self) -> None:
        self.told.append("noise")

    def pressed(self, digit: str) -> None:
        self.told.append(f"key {digit}")

    def tone(self, start: int, end: int | None) -> None:
        pass


class Line:
    """Sends an ear RTP packets of 20 ms."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.ear = Ear(cast(ActivityMeter, Loudness()), self.heard)
        self._sequence = 0

    def send(self, audio: bytes) -> None:
        for start in range(0, len(audio), 160):
            self._packet(0, audio[start : start + 160])

    def press(self, event: int) -> None:
        # All packets of one key have the timestamp of its beginning (RFC 4733, 2.3).
        began = self._sequence * 160
        for end in (False, True):
            body = telephone_event.write(TelephoneEvent(event, end, 10, 800))
            self._packet(101, body, began)

    def _packet(self, payload_type: int, payload: bytes, began: int | None = None) -> None:
        stamp = self._sequence * 160 if began is None else began
        packet = rtp.RtpPacket(payload_type, False, self._sequence, stamp, 9, payload)
        self._sequence += 1
        self.ear.hear(rtp.write(packet))


def test_speech_and_a_pause_are_an_utterance_with_a_moment_before_it():
    line = Line()
    line.send(QUIET * 8000 + b"\x00\x80" * 4000 + QUIET * 8000)
    assert line.heard.told == ["started", "sustained", ("paused", 1.3), 1.3]


def test_the_pause_that_ends_speech_is_what_the_flow_expects():
    line = Line()
    line.ear.expect(end_of_speech=1.5)
    line.send(QUIET * 4000 + b"\x00\x80" * 2000 + QUIET * 8000 + b"\x00\x80" * 2000 + QUIET * 16000)
    assert line.heard.told == [
        *("started", "sustained", ("paused", 0.8), "went on", ("paused", 2.3), 2.3),
    ]


def test_what_is_known_to_be_complete_ends_at_once():
    line = Line()
    line.send(QUIET * 4000 + b"\x00\x80" * 2000 + QUIET * 1600)
    line.ear.wait(0.25)
    line.send(QUIET * 800)
    assert line.heard.told == ["started", "sustained", ("paused", 0.8), 0.8]


def test_a_caller_is_in_speech_from_its_start_to_its_end():
    line = Line()
    line.send(QUIET * 4000)
    assert not line.ear.is_in_speech
    line.send(b"\x00\x80" * 2000 + QUIET * 4000)
    assert line.ear.is_in_speech
    line.send(QUIET * 4000)
    assert not line.ear.is_in_speech


def test_the_rest_of_what_was_too_long_is_no_speech_to_wait_for():
    line = Line()
    line.send(b"\x00\x80" * 4000 * 31)
    assert line.heard.utterances
    assert not line.ear.is_in_speech
    line.send(QUIET * 8000 + b"\x00\x80" * 2000)
    assert line.ear.is_in_speech


def test_a_click_is_no_utterance():
    line = Line()
    line.send(QUIET * 8000 + b"\x00\x80" * 300 + QUIET * 8000)
    assert line.heard.told == ["started", "noise"]


def test_a_tone_is_a_key_and_no_speech():
    line = Line()
    line.send(QUIET * 4000 + dtmf.tones("5", ms=400) + QUIET * 8000)
    assert line.heard.told == ["key 5"]


def test_speech_around_a_key_is_heard_without_the_tone():
    line = Line()
    speech = b"\x00\x80" * 1200
    line.send(QUIET * 4000 + speech + QUIET * 400 + dtmf.tones("5", ms=120, gap_ms=50) + speech)
    line.send(QUIET * 8000)
    assert "key 5" in line.heard.told
    assert line.heard.told[-1] == 1.2
    [utterance] = line.heard.utterances
    assert len(utterance) - utterance.count(QUIET) > 2 * len(speech) * 0.9
    assert dtmf.ToneDetector().hear(utterance) == ()


def test_a_key_that_comes_as_event_and_as_tone_was_pressed_once():
    line = Line()
    line.send(QUIET * 4000)
    line.press(7)
    line.send(dtmf.tones("7", ms=120) + QUIET * 8000)
    assert [told for told in line.heard.told if str(told).startswith("key")] == ["key 7"]


def test_the_same_key_pressed_twice_counts_twice():
    line = Line()
    line.send(QUIET * 4000 + dtmf.tones("11", ms=80, gap_ms=80) + QUIET * 8000)
    assert [told for told in line.heard.told if str(told).startswith("key")] == ["key 1", "key 1"]


def test_keys_that_no_caller_has_are_not_told():
    line = Line()
    line.send(QUIET * 4000)
    line.press(12)
    line.send(QUIET * 8000)
    assert line.heard.told == []


class Late:
    """A meter that takes what is above -24 dBFS for speech, and so many windows more."""

    def __init__(self, more: int) -> None:
        self._more = more
        self._left = 0

    def sit(self, heard: Callable[[float, int], None]) -> Callable[[float, int], None]:
        return heard

    def push(
        self, seat: Callable[[float, int], None], window: bytes, *, is_urgent: bool = False
    ) -> None:
        power = float(np.mean(decode_float(window) ** 2))
        self._left = self._more + 1 if power > 10**-2.4 else max(0, self._left - 1)
        seat(float(self._left > 0), 0)

    def leave(self, seat: Any) -> None:
        pass


def ended_after(noise: float, *, more: int) -> float:
    """Seconds of silence after which a second of speech was an utterance, 0.7 s being waited."""
    chance = np.random.default_rng(2)
    heard = Heard()
    ear = Ear(cast(ActivityMeter, Late(more)), heard)
    for frame in range(200):
        level = -20.0 if 50 <= frame < 100 else noise
        sound = encode(chance.standard_normal(160) * 10 ** (level / 20))
        packet = rtp.RtpPacket(0, False, frame, frame * 160, 9, sound)
        ear.hear(rtp.write(packet))
        if heard.utterances:
            return ear.seconds - 100 * 160 / SAMPLE_RATE
    raise AssertionError("nothing ended")


@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_on_a_quiet_line_the_wait_is_the_same_however_long_the_detector_goes_on(more):
    # A window, and a frame, may have to be filled.
    assert 0.7 <= ended_after(-60.0, more=more) <= 0.76


@pytest.mark.parametrize("noise", [-30.0, -40.0])
def test_in_noise_it_is_longer(noise):
    assert 0.78 <= ended_after(noise, more=0) <= 0.84
