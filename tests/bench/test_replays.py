from shipped import FLOWS

from bench.conversations import read
from bench.replays import calls_of, replay_all
from runtime.flow.replay.replaying import Likeness


def test_the_calls_that_are_measured_replay_identically():
    calls = list(calls_of(read(FLOWS / "survey.test.yaml")))
    assert replay_all(calls).likeness == {Likeness.SAME: len(calls)}
    assert all(call.steps for call in calls)
