import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.endpointing import (
    LONGEST,
    RUN_TO_START,
    Endpointing,
    SpeechEnded,
    SpeechStarted,
)
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.vad import WINDOW

STEP = WINDOW / SAMPLE_RATE


class Line:
    """Feeds windows one after the other and keeps what was told."""

    def __init__(self, endpointing: Endpointing) -> None:
        self.endpointing = endpointing
        self.windows = 0
        self.told: list[SpeechStarted | SpeechEnded] = []

    @property
    def at(self) -> float:
        return self.windows * STEP

    def hear(self, probability: float, windows: int = 1) -> "Line":
        for _ in range(windows):
            self.windows += 1
            if event := self.endpointing.hear(probability, self.at):
                self.told.append(event)
        return self


def line(**settings: float) -> Line:
    return Line(Endpointing(**settings))


def seconds(windows: int) -> float:
    return pytest.approx(windows * STEP)


def test_speech_starts_at_its_first_window_and_ends_with_its_last():
    told = line(end_of_speech=0.32).hear(0.0, 10).hear(0.9, 20).hear(0.1, 30).told
    assert told == [
        SpeechStarted(at=seconds(12), onset=seconds(10)),
        SpeechEnded(start=seconds(10), end=seconds(30), at=seconds(40)),
    ]


def test_a_single_window_is_no_speech():
    assert line().hear(0.9).hear(0.0, 3).hear(0.9).hear(0.0, 30).told == []


def test_activity_that_weakens_goes_on_and_does_not_begin():
    assert line().hear(0.4, 30).told == []
    assert len(line(end_of_speech=0.2).hear(0.6, 3).hear(0.4, 30).told) == 1


def test_a_pause_shorter_than_the_wait_belongs_to_the_utterance():
    caller = line(end_of_speech=0.5).hear(0.9, 10).hear(0.0, 14).hear(0.9, 10)
    assert len(caller.told) == 1
    assert caller.endpointing.speaking


def test_a_shorter_wait_counts_within_the_pause():
    caller = line(end_of_speech=2.0).hear(0.9, 10).hear(0.0, 20)
    assert len(caller.told) == 1
    caller.endpointing.end_of_speech = 0.25
    ended = caller.hear(0.0).told[-1]
    assert ended == SpeechEnded(start=seconds(0), end=seconds(10), at=seconds(31))
    assert not caller.endpointing.speaking


def test_a_cough_is_told_to_be_brief():
    caller = line(min_speech=0.2, end_of_speech=0.3).hear(0.9, 3).hear(0.0, 20)
    assert caller.told[-1].brief
    assert not caller.hear(0.9, 10).hear(0.0, 20).told[-1].brief


def test_a_full_utterance_is_ended_and_the_next_follows_at_once():
    windows = round(LONGEST / STEP + 0.5)
    told = line().hear(0.9, windows + 1).told
    assert told == [
        SpeechStarted(at=seconds(2), onset=0.0),
        SpeechEnded(start=0.0, end=seconds(windows), at=seconds(windows), capped=True),
        SpeechStarted(at=seconds(windows + 1), onset=seconds(windows)),
    ]


def test_after_a_full_utterance_and_a_pause_a_run_is_needed_again():
    windows = round(LONGEST / STEP + 0.5)
    caller = line().hear(0.9, windows).hear(0.0).hear(0.9)
    assert len(caller.told) == 2
    assert caller.hear(0.9).told[-1] == SpeechStarted(caller.at, seconds(windows + 1))


def test_a_call_that_ends_in_mid_speech_ends_the_utterance():
    caller = line().hear(0.9, 10).hear(0.0, 3)
    assert caller.endpointing.finish(caller.at) == SpeechEnded(
        start=0.0, end=seconds(10), at=seconds(13)
    )
    assert caller.endpointing.finish(caller.at) is None


def test_silence_is_counted_from_the_last_activity():
    caller = line().hear(0.9, 10).hear(0.0, 5)
    assert caller.endpointing.silence(caller.at) == seconds(5)
    assert line().hear(0.0, 4).endpointing.silence(4 * STEP) == seconds(4)


PROBABILITIES = st.sampled_from([0.0, 0.34, 0.4, 0.5, 0.9])
RUNS = st.lists(
    st.tuples(PROBABILITIES, st.integers(1, 400), st.sampled_from([0.0, 0.1, 0.25, 0.7, 1.0])),
    max_size=12,
)


@given(RUNS)
def test_starts_and_ends_alternate_never_overlap_and_keep_the_cap(runs):
    caller = line()
    for probability, windows, end_of_speech in runs:
        caller.endpointing.end_of_speech = end_of_speech
        caller.hear(probability, windows)
    if ended := caller.endpointing.finish(caller.at):
        caller.told.append(ended)
    kinds = [type(event) for event in caller.told]
    assert kinds == [SpeechStarted, SpeechEnded] * (len(kinds) // 2)
    settled = 0.0
    for started, ended in zip(caller.told[::2], caller.told[1::2], strict=True):
        assert settled <= started.onset < started.at
        assert started.onset == ended.start < ended.end <= ended.at
        assert ended.end - ended.start < LONGEST + STEP
        assert started.at - started.onset < RUN_TO_START + STEP
        settled = ended.end
