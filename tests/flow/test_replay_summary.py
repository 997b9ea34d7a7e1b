"""Many replays, summed up."""

import json

from kept_calls import FLOW, a_call, edited
from scripted_calls import flow_of, no_rank

from runtime.flow.replay.replaying import Likeness, replay
from runtime.flow.replay.summing_up import sum_up


def test_many_calls_are_summed_up():
    flow = flow_of(FLOW.replace("ok: offer", "ok: sorry").replace("It is cancelled.", "Gone."))
    calls = [
        *[a_call(FLOW)] * 3,
        a_call(FLOW, acts=("cancel",)),
        a_call(FLOW, acts=("what",)),
        a_call(FLOW, acts=()),
    ]
    replays = [
        replay(flow, steps, rank=no_rank, call=f"c{number}") for number, steps in enumerate(calls)
    ]
    summary = sum_up(replays, {"x": "the beginning of the call was not kept"})
    assert summary.calls == 6
    assert summary.likeness == {Likeness.SAME: 2, Likeness.WORDS: 1, Likeness.PATH: 3}
    assert summary.words == (("gone", "It is cancelled.", "Gone.", 1),)
    fork = summary.forks[0]
    assert (fork.state, fork.event, fork.was, fork.now, fork.calls) == (
        *("visit", "heard", "state offer", "state sorry"),
        3,
    )
    assert fork.examples == ("c0", "c1", "c2")
    assert summary.ends == ()
    assert json.loads(json.dumps(summary.as_json()))["path"] == 3


def test_ends_that_changed_are_counted():
    flow = edited(
        "done: {hangup: Bye.}", "done: {ask: More?, on: {yes: menu}}\n  end: {hangup: B.}"
    )
    summary = sum_up([replay(flow, a_call(FLOW), rank=no_rank)])
    assert summary.ends == (("hangup", "", 1),)
