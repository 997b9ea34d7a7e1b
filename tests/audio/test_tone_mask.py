"""Tones are neither speech nor part of it: the mask alone, and with the real detectors."""

import asyncio
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.audio.dtmf import Digit, DigitEnded, ToneDetector, tones
from runtime.audio.endpointing import Endpointing, SpeechEnded, SpeechStarted
from runtime.audio.mulaw import FRAME, decode_float, encode
from runtime.audio.tone_mask import ToneMask
from runtime.audio.utterance import UtteranceBuffer
from runtime.audio.vad import WINDOW, SileroActivity, VoiceActivity

QUIET = b"\xff"
KEY = DigitEnded("5", start=1000, end=1800)
"""With its margin it lies between 920 and 1880."""


def mask_of(*events: Digit | DigitEnded) -> ToneMask:
    mask = ToneMask()
    for event in events:
        mask.hear(event)
    return mask


@each_row(
    ("start", "end", "is_tone"),
    [
        (0, 920, False),
        (0, 921, True),
        (1200, 1400, True),
        (1879, 2200, True),
        (1880, 2200, False),
        (900, 1900, True),
    ],
)
def test_what_touches_a_key_is_tone(start, end, is_tone):
    assert mask_of(KEY).is_tone(start, end) is is_tone


def test_a_key_that_is_down_goes_on_until_it_is_up():
    mask = mask_of(Digit("5", 1000))
    assert mask.down_since == 920
    assert [mask.is_tone(0, 900), mask.is_tone(0, 1000), mask.is_tone(9000, 9256)] == [
        False,
        True,
        True,
    ]
    mask.hear(KEY)
    assert mask.down_since is None
    assert not mask.is_tone(9000, 9256)


def test_tones_of_long_ago_are_forgotten_and_those_of_waiting_windows_are_not():
    mask = mask_of(KEY, DigitEnded("6", 17_000, 18_000))
    assert mask.is_tone(1000, 1256)
    mask.hear(DigitEnded("7", 33_000, 34_000))
    assert not mask.is_tone(1000, 1256)
    assert mask.is_tone(17_000, 17_256)


def test_what_may_be_a_tone_is_in_doubt_until_it_is_known():
    mask = mask_of()
    mask.suspect(1000)
    assert mask.may_be_tone(900, 1156)
    assert not mask.may_be_tone(700, 956)
    mask.hear(Digit("5", 1080))
    mask.suspect(None)
    assert not mask.may_be_tone(900, 1156)
    assert mask.is_tone(900, 1156)


def test_a_tone_is_covered_as_far_as_it_is_known():
    window = bytes(range(200)) + bytes(56)
    mask = mask_of(KEY)
    assert mask.cover(window, 0) == window
    assert mask.cover(window, 800) == window[:120] + QUIET * 136
    assert mask.cover(window, 1800) == QUIET * 80 + window[80:]
    mask.hear(Digit("6", 2100))
    assert mask.cover(window, 1800) == QUIET * 80 + window[80:220] + QUIET * 36
    assert mask.cover(window, 2100) == QUIET * 256


def test_activity_of_a_tone_is_none():
    mask = mask_of(KEY)
    found = [mask.judge(0.9, end) for end in range(WINDOW, 2600, WINDOW)]
    assert [p for ((p, _),) in found] == [0.9] * 3 + [0.0] * 5 + [0.9] * 2


def test_activity_in_doubt_waits_with_all_that_follows_and_comes_in_order():
    mask = mask_of()
    assert mask.judge(0.8, 256) == ((0.8, 256),)
    mask.suspect(300)
    assert mask.judge(0.9, 512) == ()
    assert mask.judge(0.1, 768) == ()
    assert mask.settle() == ()
    mask.suspect(None)
    assert mask.settle() == ((0.9, 512), (0.1, 768))
    assert mask.settle() == ()


def test_activity_that_turns_out_to_be_a_tone_is_none():
    mask = mask_of()
    mask.suspect(300)
    assert mask.judge(0.9, 512) == ()
    mask.hear(Digit("5", 380))
    mask.suspect(None)
    assert mask.settle() == ((0.0, 512),)


def test_what_is_no_activity_waits_for_nothing():
    mask = mask_of()
    mask.suspect(0)
    assert mask.judge(0.2, 256) == ((0.2, 256),)


@given(
    st.lists(
        st.one_of(
            st.just(None),
            st.integers(0, 4000).map(lambda start: Digit("1", start)),
            st.integers(0, 4000).map(lambda start: DigitEnded("1", start, start + 500)),
            st.integers(0, 4000),
        ),
        max_size=40,
    )
)
def test_no_window_is_lost_or_comes_twice_or_out_of_order(steps):
    mask, told = ToneMask(), []
    for number, step in enumerate(steps):
        match step:
            case Digit() | DigitEnded():
                mask.hear(step)
            case since:
                mask.suspect(since)
        told += mask.settle()
        told += mask.judge(0.9, (number + 1) * WINDOW)
    mask.suspect(None)
    told += mask.settle()
    assert [end for _, end in told] == [(number + 1) * WINDOW for number in range(len(steps))]
    assert {probability for probability, _ in told} <= {0.0, 0.9}


class Listening:
    """Hears a line as a call does; an answer of the model's comes some frames late."""

    def __init__(self, model: VoiceActivity, late_frames: int = 1) -> None:
        self._model, self._row = model, np.array([model.open_row()])
        self._late = late_frames
        self._tones, self._mask = ToneDetector(), ToneMask()
        self._speech, self._sound = Endpointing(), UtteranceBuffer()
        self._window, self._pushed = b"", 0
        self._answers: list[tuple[int, float, int]] = []
        self.keys = ""
        self.starts: list[float] = []
        self.utterances: list[bytes] = []

    def hear(self, sound: bytes) -> "Listening":
        for at in range(0, len(sound), FRAME):
            self._frame(sound[at : at + FRAME])
        return self

    def _frame(self, frame: bytes) -> None:
        self._sound.append(frame)
        for event in self._tones.hear(frame):
            self._mask.hear(event)
            if isinstance(event, DigitEnded):
                self._sound.silence(*event.span)
            else:
                self.keys += event.key
        self._mask.suspect(self._tones.suspect)
        self._follow(self._mask.settle())
        while self._answers and self._answers[0][0] <= self._sound.position:
            _, probability, end = self._answers.pop(0)
            self._follow(self._mask.judge(probability, end))
        self._window += frame
        if len(self._window) >= WINDOW:
            self._ask(self._mask.cover(self._window[:WINDOW], self._pushed))
            self._window = self._window[WINDOW:]

    def _ask(self, window: bytes) -> None:
        self._pushed += WINDOW
        (found,) = self._model.probabilities(decode_float(window)[None], self._row).tolist()
        self._answers.append((self._sound.position + self._late * FRAME, found, self._pushed))

    def _follow(self, certain: tuple[tuple[float, int], ...]) -> None:
        for probability, end in certain:
            match self._speech.hear(probability, end / 8000):
                case SpeechStarted(onset=onset):
                    self.starts.append(onset)
                    self._sound.hold(round(onset * 8000))
                case SpeechEnded(start=start, end=last):
                    self.utterances.append(
                        self._sound.take(round(start * 8000), round(last * 8000))
                    )


class Loudness:
    """Takes whatever is not faint for speech, as a model at its worst would."""

    def open_row(self) -> int:
        return 0

    def probabilities(self, windows: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return (np.abs(windows).max(axis=1) > 0.01).astype(np.float32)


ENTRY = "4929150763"
LEVELS = (-3, -10, -18, -25)
PACES = ((50, 50), (80, 80), (150, 200), (500, 300))


def entry(
    level: float, ms: int, gap: int, noise_dbfs: float | None = None, offset: int = 0
) -> bytes:
    sound = QUIET * (8000 + offset) + tones(ENTRY, ms, gap, level) + QUIET * 8000
    if noise_dbfs is None:
        return sound
    noise = np.random.default_rng(offset).standard_normal(len(sound)) * 10 ** (noise_dbfs / 20)
    return encode(decode_float(sound) + noise)


@each_row(("number", "level", "pace"), ((n, *way) for n, way in enumerate(product(LEVELS, PACES))))
def test_an_entry_of_ten_digits_is_no_speech_even_if_all_that_sounds_is_activity(
    number, level, pace
):
    line = Listening(Loudness(), late_frames=number % 5).hear(
        entry(level, *pace, offset=number * 16)
    )
    assert line.keys == ENTRY
    assert (line.starts, line.utterances) == ([], [])


@pytest.mark.speech
@pytest.mark.parametrize("noise_dbfs", [None, -60, -45, -40])
def test_silero_hears_no_speech_in_an_entry_of_ten_digits(noise_dbfs):
    pytest.importorskip("onnxruntime")
    silero = SileroActivity()
    for number, (level, pace) in enumerate(product(LEVELS, PACES)):
        line = Listening(silero).hear(entry(level, *pace, noise_dbfs, offset=number * 16))
        assert line.keys == ENTRY
        assert (line.starts, line.utterances) == ([], []), (level, pace)


def spoken(text: str) -> bytes:
    hibari = pytest.importorskip("hibari")
    from providers.loudness import for_the_line
    from runtime.audio.resample import speech_to_mulaw

    said = np.asarray(hibari.Hibari(threads=1)(text), np.float32).ravel()
    return speech_to_mulaw(for_the_line(said, 24000), 24000)


@pytest.mark.speech
def test_speech_right_before_and_after_a_key_is_recognised_without_the_tone():
    pytest.importorskip("onnxruntime")
    from providers.base import Hints
    from providers.local_stt import LocalSpeechToText

    # The pause after a sentence is cut off: the key is pressed while the caller speaks.
    before, after = spoken("I have a question.")[:-1600], spoken("Please tell me the price.")
    key = tones("5", ms=160, gap_ms=0)
    line = Listening(SileroActivity()).hear(QUIET * 8000 + before + key + after + QUIET * 12_000)
    assert line.keys == "5"
    (utterance,) = line.utterances
    assert len(utterance) > len(before + key + after) - 2400
    heard = asyncio.run(LocalSpeechToText().transcribe(utterance, Hints()))
    words = "".join(c for c in heard.text.lower() if c.isalpha() or c == " ")
    assert words == "i have a question please tell me the price"
