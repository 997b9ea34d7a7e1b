"""The soak's own parts: what callers have really heard, and what is concluded."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drift import FLAT_SHARE, Playing, Rounds, Trend, own, trend, verdict
from bench.lags import Lags
from bench.listeners import LINES, PAUSE_SECONDS, SPEAK_AFTER_SECONDS, Listener, Seen
from bench.load import FRAME_SECONDS, Caller
from bench.server import DID
from bench.soak import FLOWS, Log, memory
from runtime.audio.sentences import sentences
from runtime.flow.dids import read_dids
from runtime.flow.reading import read_flow

SPOKEN = re.compile(r"(?:say|ask): \"?([^\"\n]*?)\"?(?:, next: .*)?$", re.MULTILINE)


def caller(speech_frames: int = 4, silence_frames: int = 30) -> Caller:
    frames = [bytes([number]) * 160 for number in range(speech_frames + silence_frames)]
    return Caller(tuple(frames), speech_frames)


# -- what has been played --------------------------------------------------------------------------


def test_what_came_before_the_answer_plays_from_the_answer_on():
    playing = Playing()
    playing.came(1.0, 0.5)
    playing.came(1.1, 2.0)
    assert playing.ends_at is None
    playing.answered(3.0)
    playing.answered(4.0)
    assert playing.ends_at == 5.5


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 5)), min_size=1, max_size=12))
def test_pieces_play_one_after_the_other_and_never_before_they_came(pieces):
    playing = Playing()
    playing.answered(0.0)
    at = quiet = 0.0
    for gap, seconds in pieces:
        at += gap
        playing.came(at, seconds)
        quiet = max(quiet, at) + seconds
    assert playing.ends_at == pytest.approx(quiet)
    assert playing.ends_at >= sum(seconds for _, seconds in pieces)


def test_the_drift_is_how_late_the_next_round_begins_after_a_silence():
    rounds = Rounds(lines=2, pause=1.0, playing=Playing())
    rounds.playing.answered(0.0)
    assert rounds.line_came(0.0, 2.0, after_silence=False) is None
    assert rounds.line_came(0.0, 1.5, after_silence=False) is None
    assert rounds.is_whole
    # Played out at 3.5, and silent until 4.5.
    assert rounds.line_came(4.512, 2.0, after_silence=True) == pytest.approx(0.012)
    assert rounds.line_came(4.512, 1.5, after_silence=True) is None
    # At 8.012; a server that thinks the line is over 50 ms before is early.
    assert rounds.line_came(8.962, 2.0, after_silence=True) == pytest.approx(-0.05)


def test_a_round_that_follows_an_answer_tells_no_drift():
    rounds = Rounds(lines=1, pause=1.0, playing=Playing())
    rounds.playing.answered(0.0)
    rounds.line_came(0.0, 2.0, after_silence=False)
    assert rounds.line_came(9.0, 2.0, after_silence=False) is None


def test_what_the_server_stops_plays_no_longer_and_the_next_round_tells_no_drift():
    rounds = Rounds(lines=2, pause=1.0, playing=Playing())
    rounds.playing.answered(0.0)
    rounds.line_came(0.0, 2.0, after_silence=True)
    rounds.line_came(0.0, 2.0, after_silence=True)
    rounds.cut(1.5)
    assert rounds.playing.ends_at == 1.5
    assert rounds.line_came(3.0, 2.0, after_silence=True) is None
    assert rounds.line_came(3.0, 2.0, after_silence=True) is None
    assert rounds.line_came(8.25, 2.0, after_silence=True) == pytest.approx(0.25)


def test_a_cut_before_the_answer_leaves_nothing_to_play():
    playing = Playing()
    playing.came(0.0, 3.0)
    playing.cut(0.5)
    playing.answered(1.0)
    assert playing.ends_at == 1.0


@pytest.mark.parametrize(
    ("drift", "away", "expected"),
    [(0.03, 0.0, 0.03), (0.03, 0.02, 0.01), (0.03, 0.05, 0.0), (-0.01, 0.02, -0.01)],
)
def test_a_pause_takes_nothing_but_lateness_off_a_drift(drift, away, expected):
    assert own(drift, away) == pytest.approx(expected)


# -- callers ---------------------------------------------------------------------------------------


def listened(listener: Listener, until: float, begin: float = 0.0) -> list[tuple[float, int]]:
    """Send frames until that time; return when which frame of the speech was sent."""
    spoken = []
    at = begin
    while at < until:
        if listener.position >= 0:
            spoken.append((at, listener.position))
        listener.frame_sent(at)
        at += FRAME_SECONDS
    return spoken


def test_a_listener_speaks_only_when_the_last_line_has_been_played_and_every_other_time():
    listener = Listener(0, caller(), random.Random(1))
    assert listened(listener, 0.5) == []
    for _ in range(LINES):
        assert listener.line_came(0.5, 1.0) is None
    # Number 0 begins as one who speaks; he turns silent with the end of each round.
    assert listener.is_silent
    assert listened(listener, 8.0, 0.5) == []
    drifts = [listener.line_came(6.51, 1.0) for _ in range(LINES)]
    assert drifts[0] == pytest.approx(6.51 - (0.5 + LINES + PAUSE_SECONDS))
    assert not listener.is_silent
    spoken = listened(listener, 14.0, 8.0)
    assert [number for _, number in spoken] == [0, 1, 2, 3]
    assert spoken[0][0] == pytest.approx(6.51 + LINES + SPEAK_AFTER_SECONDS, abs=2 * FRAME_SECONDS)
    assert listener.spoke_until == pytest.approx(spoken[-1][0])


def test_a_silent_listener_sends_the_silence_only():
    said = caller(speech_frames=4, silence_frames=30)
    listener = Listener(1, said, random.Random(3))
    sent = set()
    for number in range(200):
        sent.add(listener.position % len(said.frames))
        listener.frame_sent(number * FRAME_SECONDS)
    assert sent == set(range(4, 34))


def test_the_bot_speaks_as_many_messages_as_the_listeners_count():
    text = (FLOWS / "lines.yaml").read_text()
    reading = read_flow(text, "lines.yaml", open_file=lambda _: None)
    assert reading.problems == ()
    flow = reading.flow
    assert flow is not None
    said = [line for state in SPOKEN.findall(text) for line in sentences(state)]
    assert (len(flow.states), len(said)) == (LINES, LINES)
    assert flow.states["five"].no_input_after == PAUSE_SECONDS
    dids = (FLOWS / "dids.yaml").read_text()
    assert read_dids(dids, "dids.yaml", flows=["lines.yaml"]).problems == ()
    assert DID in dids


# -- conclusions -----------------------------------------------------------------------------------


def test_a_straight_line_is_found_with_no_error():
    found = trend([(60.0 * minute, 200 + 0.5 * minute) for minute in range(21)])
    assert found is not None
    assert found.slope == pytest.approx(30.0)
    assert found.error == pytest.approx(0.0, abs=1e-6)
    assert (found.mean, found.hours) == pytest.approx((205.0, 20 / 60))


@pytest.mark.parametrize("samples", [[], [(0.0, 1.0)], [(1.0, 5.0), (1.0, 6.0), (1.0, 7.0)]])
def test_too_few_samples_are_no_line(samples):
    assert trend(samples) is None


@pytest.mark.parametrize(
    ("slope", "error", "minutes", "expected"),
    [
        (0.0, 0.0, 20, "flat"),
        (-30.0, 1.0, 20, "flat"),
        (200 * FLAT_SHARE - 0.1, 0.0, 10, "flat"),
        (200 * FLAT_SHARE + 0.1, 0.0, 20, "NOT FLAT"),
        (0.0, 200 * FLAT_SHARE, 20, "NOT FLAT"),
        (0.0, 0.0, 9, "too short to say"),
    ],
)
def test_memory_is_flat_by_the_rule_alone(slope, error, minutes, expected):
    assert verdict(Trend(slope, error, 200.0, minutes / 60)) == expected


def test_memory_is_not_judged_before_the_warm_up_is_over():
    growing = [(float(at), 200.0 + at) for at in range(0, 3600, 2)]
    assert "too short to say" in memory(Log(samples=growing))
    log = Log(samples=[*growing, *((at, 3800.0) for at in range(3600, 5400, 2))], warm_at=3600.0)
    assert "+0.0 MB/hour" in memory(log)
    assert ": flat" in memory(log)


def test_a_log_keeps_of_each_minute_what_is_told_at_the_end():
    log = Log()
    log.add(
        Seen(drifts=[0.01], own_drifts=[0.0], pings=[0.002], lags=Lags(*[0.001] * 99, 0.2), cut=1)
    )
    log.add(Seen(drifts=[-0.02], lags=Lags(0.003)))
    assert log.own_drifts == [0.0]
    assert (log.drifts, log.pings, log.lags, log.cut) == ([0.01, -0.02], [0.002], [0.001, 0.003], 1)
