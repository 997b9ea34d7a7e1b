import asyncio
from pathlib import Path

import pytest
from running import DID, HELLO, Running, Speech, calling, running, until

from providers.scripted import ScriptedTextToSpeech
from runtime.call.figures import Figures
from runtime.flow.did_entry import DidEntry, Side, StopIf, Trial
from runtime.flow.dids import Dids
from runtime.server.trials import Tally, Trials

OLD, NEW, NEWER = (DidEntry(f"{name}.yaml") for name in ("old", "new", "newer"))


def trial(*sides: tuple[DidEntry, int], calls: int = 2) -> Trial:
    shared = tuple(Side(entry, share) for entry, share in sides)
    return Trial(shared, StopIf(errors=50, gave_up=50, calls=calls))


ALL_TO_THE_NEWCOMER = trial((OLD, 0), (NEW, 100))


class Counting:
    """Trials of one DID; `versions` are those that serve."""

    def __init__(self, entry: Trial = ALL_TO_THE_NEWCOMER) -> None:
        self.figures = Figures()
        self.trials = Trials(self.figures)
        self.versions = {"old.yaml": "1", "new.yaml": "1", "newer.yaml": "1"}
        self.renew(entry)

    def renew(self, entry: Trial, **others: Trial) -> None:
        self.trials.renew(Dids({DID: entry, **others}), self.versions.get)

    def chosen(self, caller: str = "9800000000") -> Tally:
        return self.trials.choose(DID, caller)[0]

    def end(self, *reasons: str) -> None:
        for reason in reasons:
            self.chosen().ended(reason)

    def stopped_in_the_figures(self, flow: str = "new.yaml", side: str = "2") -> float | None:
        labels = {"did": DID, "side": side, "flow": flow}
        return self.figures.registry.get_sample_value("callwright_trial_stopped", labels)


@pytest.mark.parametrize("reason", ["error", "fault", "gave_up"])
def test_a_newcomer_that_fails_too_often_is_taken_out(reason: str):
    counting = Counting()
    counting.end("hangup")
    assert counting.stopped_in_the_figures() == 0
    assert counting.chosen().side.entry == NEW
    counting.end(reason)
    assert counting.chosen().side.entry == OLD
    assert counting.stopped_in_the_figures() == 1
    [shown] = counting.trials.as_json()
    assert shown["did"] == DID
    old, new = shown["sides"]
    assert (old["stopped"], old["calls"]) == (None, 0)
    assert new["stopped"].startswith("1 of 2 calls ended ")
    assert (new["flow"], new["share"], new["version"], new["calls"]) == ("new.yaml", 100, "1", 2)


def test_a_newcomer_is_not_judged_by_callers_who_hang_up_or_by_the_operator():
    counting = Counting()
    counting.end("caller_hung_up", "operator", "hangup", "idle", "server_shutdown")
    assert counting.chosen().side.entry == NEW


def test_the_first_side_is_never_taken_out():
    counting = Counting(trial((OLD, 100), (NEW, 0)))
    counting.end(*["error"] * 10)
    assert counting.chosen().side.entry == OLD
    assert counting.chosen().errors == 10


def test_without_stop_if_nobody_is_taken_out():
    counting = Counting(Trial((Side(OLD, 0), Side(NEW, 100))))
    counting.end(*["error"] * 100)
    assert counting.chosen().side.entry == NEW


def test_each_newcomer_is_judged_by_itself():
    counting = Counting(trial((OLD, 0), (NEW, 50), (NEWER, 50)))
    callers = [str(number) for number in range(40)]
    first = counting.chosen(callers[0])
    first.ended("error")
    first.ended("error")
    assert {counting.chosen(x).side.entry.flow for x in callers} == {
        "old.yaml",
        next(x.flow for x in (NEW, NEWER) if x != first.side.entry),
    }


def test_a_newcomer_stays_out_whatever_else_changes():
    counting = Counting()
    counting.end("error", "error")
    counting.versions["old.yaml"] = "2"
    counting.renew(ALL_TO_THE_NEWCOMER, **{"8645012399": ALL_TO_THE_NEWCOMER})
    assert counting.chosen().side.entry == OLD
    assert counting.stopped_in_the_figures() == 1


def test_a_newcomer_comes_back_with_a_new_version_of_its_flow():
    counting = Counting()
    before = counting.chosen()
    counting.end("error", "error")
    counting.versions["new.yaml"] = "2"
    counting.renew(ALL_TO_THE_NEWCOMER)
    assert counting.chosen().side.entry == NEW
    assert counting.stopped_in_the_figures() == 0
    # Calls that had begun on the old version say nothing about the new one.
    before.ended("error")
    before.ended("error")
    assert (counting.chosen().side.entry, counting.chosen().calls) == (NEW, 0)


def test_a_newcomer_comes_back_when_its_entry_changes():
    counting = Counting()
    counting.end("error", "error")
    counting.renew(trial((OLD, 10), (NEW, 90)))
    assert counting.trials.as_json()[0]["sides"][1]["stopped"] is None


def test_a_trial_that_is_over_leaves_the_figures():
    counting = Counting()
    counting.trials.renew(Dids({DID: OLD}), counting.versions.get)
    assert counting.trials.as_json() == []
    assert counting.stopped_in_the_figures() is None


BROKEN = HELLO.replace("greeting: Hello.", "greeting: I am new.").replace(
    "  bye:\n", "  bye:\n    set: {seat: '[][0]'}\n"
)
SPLIT = f"""
dids:
  {DID}:
    split: [{{flow: hello.yaml, share: 0}}, {{flow: new.yaml, share: 100}}]
    stop_if: {{errors: 50%, calls: 2}}
"""


async def _ended_by_a_key(server: Running) -> str:
    """Call, press the key that leads to the end, and return the flow that answered."""
    async with calling(server) as carrier:
        await carrier.connect()
        await carrier.next("connected")
        await carrier.next("greeting")
        await carrier.press(9)
        assert await carrier.closed() == 1000
    await until(lambda: not len(server.house.switchboard))
    return str((await server.ended_call())["flow"])


@pytest.mark.network
def test_calls_of_a_trial_go_back_to_the_first_side_when_the_newcomer_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def call() -> None:
        quick = Speech(tts=ScriptedTextToSpeech(milliseconds_per_character=1))
        new = {"new.yaml": BROKEN}
        async with running(tmp_path, flows=new, dids=SPLIT, providers=quick) as server:
            flows = [await _ended_by_a_key(server) for _ in range(3)]
            assert flows == ["new", "new", "hello"]
            [shown] = (await server.get("/v1/flows")).json()["trials"]
            why = "2 of 2 calls ended in an error: 100%, the limit is 50%"
            assert [side["stopped"] for side in shown["sides"]] == [None, why]
            assert [record.why for record in caplog.records if record.msg == "trial_stopped"] == [
                why
            ]
            figures = (await server.get("/metrics")).text
            assert f'trial_stopped{{did="{DID}",flow="new.yaml",side="2"}} 1.0' in figures
            assert 'end="error",flow="new.yaml",side="2"} 2.0' in figures
            # A new version of the newcomer is given another chance.
            mended = BROKEN.replace("'[][0]'", "'1'")
            (server.flows / "new.yaml").write_text(mended)
            await until(lambda: not server.house.shelf.trials.as_json()[0]["sides"][1]["stopped"])
            assert await _ended_by_a_key(server) == "new"

    asyncio.run(call())
