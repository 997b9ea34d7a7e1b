import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.endpointing import (
    HELD_BACK,
    LONGEST,
    RUN_TO_START,
    Endpointing,
    SpeechChange,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSustained,
)
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.audio.vad import WINDOW

STEP = WINDOW / SAMPLE_RATE


class Levels:
    """Every pause began so long before activity ended; sound rises in the windows that are said."""

    def __init__(self, overhang: float = 0.0, rises_from: float = 1e9) -> None:
        self._overhang = overhang
        self._rises_from = rises_from

    def overhang(self, end: float, at: float) -> float:
        return self._overhang

    def rises(self, begin: float, at: float) -> bool:
        return begin + STEP / 2 > self._rises_from


class Line:
    """Feeds windows one after the other and keeps what was told."""

    def __init__(self, endpointing: Endpointing) -> None:
        self.endpointing = endpointing
        self.windows = 0
        self.all_told: list[SpeechChange] = []

    @property
    def at(self) -> float:
        return self.windows * STEP

    @property
    def told(self) -> list[SpeechStarted | SpeechEnded]:
        return [x for x in self.all_told if isinstance(x, SpeechStarted | SpeechEnded)]

    def hear(self, probability: float, windows: int = 1) -> "Line":
        for _ in range(windows):
            self.windows += 1
            if event := self.endpointing.hear(probability, self.at):
                self.all_told.append(event)
        return self


def line(levels: Levels | None = None, **settings: float) -> Line:
    return Line(Endpointing(levels=levels, **settings))


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
    caller = line(end_of_speech=0.3).hear(0.9, 3).hear(0.0, 20)
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


def test_speech_is_certain_when_it_has_lasted_and_that_is_told_once():
    caller = line(min_speech=0.2).hear(0.0, 5).hear(0.9, 30)
    assert caller.all_told[1:] == [SpeechSustained(at=seconds(12))]


def test_only_activity_makes_speech_certain():
    caller = line(min_speech=0.2, end_of_speech=1.0).hear(0.9, 4).hear(0.0, 3).hear(0.9, 2)
    assert SpeechSustained not in [type(event) for event in caller.all_told]
    assert caller.hear(0.9).all_told[-1] == SpeechSustained(at=seconds(10))


def test_a_pause_may_be_the_end_and_is_told_once():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 20)
    assert caller.all_told[-1] == SpeechPaused(start=0.0, end=seconds(10), at=seconds(15))
    assert caller.endpointing.paused


def test_a_caller_who_goes_on_had_only_paused():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 10).hear(0.9, 2)
    assert caller.all_told[-1] == SpeechResumed(at=seconds(21))
    assert not caller.endpointing.paused


def test_what_is_complete_is_waited_for_less_in_this_pause_only():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 6)
    caller.endpointing.wait(0.25)
    assert caller.hear(0.0, 2).told[-1] == SpeechEnded(0.0, seconds(10), seconds(18))
    caller.hear(0.9, 10).hear(0.0, 8)
    assert caller.endpointing.speaking


def test_what_is_unfinished_is_waited_for_longer_and_the_next_pause_is_as_before():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 6)
    caller.endpointing.wait(1.2)
    caller.hear(0.0, 25).hear(0.9, 10)
    assert caller.endpointing.speaking
    assert isinstance(caller.hear(0.0, 22).told[-1], SpeechEnded)


def test_a_verdict_that_comes_after_its_time_ends_the_utterance_at_once():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 9)
    ended = SpeechEnded(0.0, seconds(10), seconds(19))
    assert caller.endpointing.wait(0.25) == ended
    assert not caller.endpointing.speaking
    assert caller.endpointing.wait(0.25) is None


def test_the_window_that_may_pause_or_end_an_utterance_is_known_before_it_is_heard():
    caller = line(end_of_speech=0.32)
    assert not caller.endpointing.is_urgent(10.0)
    caller.hear(0.9, 10)
    urgent = []
    for window in range(11, 21):
        if caller.endpointing.is_urgent(window * STEP):
            urgent.append(window)
        caller.hear(0.0)
    assert urgent == [15, 20]
    assert [type(event) for event in caller.all_told[-2:]] == [SpeechPaused, SpeechEnded]


def test_a_verdict_that_comes_when_the_caller_has_gone_on_changes_nothing():
    caller = line(end_of_speech=0.7).hear(0.9, 10).hear(0.0, 6).hear(0.9)
    assert caller.endpointing.wait(0.0) is None
    assert caller.hear(0.0, 6).endpointing.speaking


def kinds(told: list[SpeechChange]) -> list[tuple[type, int]]:
    """What was told, and after how many windows."""
    return [(type(event), round(event.at / STEP)) for event in told]


def test_a_pause_is_counted_from_where_the_sound_ended():
    caller = line(Levels(overhang=3 * STEP), end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 9)
    assert kinds(caller.all_told[-2:]) == [(SpeechPaused, 12), (SpeechEnded, 17)]
    # What was said is as long as activity says: a quiet end is no loss.
    assert caller.told[-1].end == seconds(10)


def test_in_noise_a_pause_has_to_be_longer():
    caller = line(Levels(overhang=-3 * STEP), end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 20)
    assert kinds(caller.all_told[-2:]) == [(SpeechPaused, 18), (SpeechEnded, 23)]


def test_in_noise_what_is_complete_is_waited_for_longer_too():
    caller = line(Levels(overhang=-3 * STEP)).hear(0.9, 10).hear(0.0, 8)
    assert caller.endpointing.wait(10 * STEP) is None
    assert kinds(caller.hear(0.0, 10).all_told[-1:]) == [(SpeechEnded, 23)]


def test_the_window_that_may_end_a_pause_in_noise_is_known_before_it_is_heard():
    caller = line(Levels(overhang=-3 * STEP), end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 8)
    urgent = [n for n in range(19, 25) if caller.endpointing.is_urgent(n * STEP)]
    assert urgent == [23, 24]


def test_an_end_is_put_off_where_the_newest_sound_may_be_speech_that_begins():
    caller = line(Levels(rises_from=19 * STEP), end_of_speech=10 * STEP)
    caller.hear(0.9, 10).hear(0.0, 10)
    assert caller.endpointing.speaking
    caller.hear(0.9, 1)
    assert kinds(caller.all_told[-2:]) == [(SpeechPaused, 15), (SpeechResumed, 21)]


def test_an_end_is_put_off_where_activity_is_about_to_rise():
    caller = line(end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 9).hear(0.4)
    assert caller.endpointing.speaking
    assert kinds(caller.hear(0.1).all_told[-1:]) == [(SpeechEnded, 21)]


def test_what_gets_louder_and_is_no_speech_puts_the_end_off_for_four_windows():
    caller = line(Levels(rises_from=0.0), end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 30)
    assert kinds(caller.told[-1:]) == [(SpeechEnded, 20 + HELD_BACK)]


def test_a_verdict_that_comes_while_sound_rises_waits_for_what_it_is():
    caller = line(Levels(rises_from=18 * STEP)).hear(0.9, 10).hear(0.0, 9)
    assert caller.endpointing.wait(5 * STEP) is None
    caller.hear(0.9)
    assert kinds(caller.all_told[-1:]) == [(SpeechResumed, 20)]


def test_what_was_found_of_one_pause_is_forgotten_in_the_next():
    levels = Levels(overhang=3 * STEP)
    caller = line(levels, end_of_speech=10 * STEP).hear(0.9, 10).hear(0.0, 3).hear(0.9, 5)
    assert not caller.endpointing.is_urgent(caller.at + 4 * STEP)


PROBABILITIES = st.sampled_from([0.0, 0.34, 0.4, 0.5, 0.9])
RUNS = st.lists(
    st.tuples(PROBABILITIES, st.integers(1, 400), st.sampled_from([0.0, 0.1, 0.25, 0.7, 1.0])),
    max_size=12,
)


OVERHANGS = st.sampled_from([-0.08, 0.0, 0.13])


@given(RUNS, OVERHANGS)
def test_starts_and_ends_alternate_never_overlap_and_keep_the_cap(runs, overhang):
    caller = line(Levels(overhang, rises_from=9.0))
    for probability, windows, end_of_speech in runs:
        caller.endpointing.end_of_speech = end_of_speech
        caller.hear(probability, windows)
    if ended := caller.endpointing.finish(caller.at):
        caller.all_told.append(ended)
    told = [type(event) for event in caller.told]
    assert told == [SpeechStarted, SpeechEnded] * (len(told) // 2)
    settled = 0.0
    for started, ended in zip(caller.told[::2], caller.told[1::2], strict=True):
        assert settled <= started.onset < started.at
        assert started.onset == ended.start < ended.end <= ended.at
        assert ended.end - ended.start < LONGEST + STEP
        assert started.at - started.onset < RUN_TO_START + STEP
        settled = ended.end


@given(RUNS, st.lists(st.sampled_from([0.0, 0.25, 1.2]), min_size=1, max_size=5), OVERHANGS)
def test_every_pause_ends_in_speech_or_in_the_end_and_certainty_comes_once(runs, waits, overhang):
    caller = line(Levels(overhang, rises_from=9.0))
    for number, (probability, windows, end_of_speech) in enumerate(runs):
        caller.endpointing.end_of_speech = end_of_speech
        caller.hear(probability, windows)
        if ended := caller.endpointing.wait(waits[number % len(waits)]):
            caller.all_told.append(ended)
    is_on = is_paused = is_sustained = False
    for event in caller.all_told:
        match event:
            case SpeechStarted():
                assert not is_on
                is_on, is_sustained = True, False
            case SpeechSustained():
                assert is_on
                assert not is_paused
                assert not is_sustained
                is_sustained = True
            case SpeechPaused(start=start, end=end, at=at):
                assert is_on
                assert not is_paused
                assert start < end < at
                is_paused = True
            case SpeechResumed():
                assert is_paused
                is_paused = False
            case SpeechEnded():
                assert is_on
                is_on = is_paused = False
    assert caller.endpointing.speaking == is_on
    assert caller.endpointing.paused == is_paused
