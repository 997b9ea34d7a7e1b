import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.did_entry import DidEntry, Side, StopIf, Trial
from runtime.flow.dids import Dids, caller_key, normal_did, read_dids

GOOD = """\
dids:
  8645012345: clinic.yaml
  +91 86450 12346: {flow: survey.yaml, variables: {topic: delivery}}
default: reception.yaml
"""
FLOWS = ("clinic.yaml", "survey.yaml", "reception.yaml")


def read(text: str) -> Dids:
    reading = read_dids(text, "dids.yaml", flows=FLOWS)
    assert [str(problem) for problem in reading.problems] == []
    assert reading.dids is not None
    return reading.dids


def mistakes(text: str) -> list[str]:
    reading = read_dids(text, "d", flows=FLOWS)
    assert reading.dids is None
    return [str(problem) for problem in reading.problems]


@pytest.mark.parametrize(
    "written", ["8645012345", "08645012345", "+918645012345", "+91 86450 12345", "86450-12345"]
)
def test_a_did_is_ten_digits_however_it_is_written(written: str) -> None:
    assert normal_did(written) == "8645012345"


@pytest.mark.parametrize(
    "written",
    ["", "864501234", "86450123456", "918645012345", "clinic", "८६४५०१२३४५", "+1 8645012345"],
)
def test_anything_else_is_no_did(written: str) -> None:
    assert normal_did(written) is None


def test_a_number_finds_its_flow() -> None:
    dids = read(GOOD)
    assert dids.flow_for("8645012345") == DidEntry("clinic.yaml")
    assert dids.flow_for("+918645012346") == DidEntry("survey.yaml", {"topic": "delivery"})


def test_an_unknown_number_finds_the_default_if_there_is_one() -> None:
    assert read(GOOD).flow_for("9000000000") == DidEntry("reception.yaml")
    assert read("dids: {8645012345: clinic.yaml}").flow_for("9000000000") is None
    assert read("dids: {8645012345: clinic.yaml}").flow_for("") is None


def test_all_mistakes_are_told_at_once() -> None:
    text = """\
dids:
  864501234: clinic.yaml
  8645012345: clinc.yaml
  08645012345: survey.yaml
  8645012346: {variables: {topic: x}}
  8645012347: {flow: nothing-like-it.yaml, variable: {}}
  8645012348:
defualt: reception.yaml
"""
    assert mistakes(text) == [
        "d:2:3: error[bad-did] '864501234' is not a DID: a DID has 10 digits. "
        "+91 or 0 may stand before them.",
        "d:3:15: error[unknown-flow] there is no flow 'clinc.yaml'. Did you mean 'clinic.yaml'?",
        "d:4:3: error[repeated-key] the DID 8645012345 stands here and already in line 3. "
        "Keep one of them.",
        "d:5:15: error[missing-key] a DID needs the key 'flow', or 'split' for a trial.",
        "d:6:22: error[unknown-flow] there is no flow 'nothing-like-it.yaml'.",
        "d:6:44: error[unknown-key] 'variable' is not a key of a DID. Did you mean 'variables'?",
        "d:7:14: error[wrong-type] a text is needed here, not nothing.",
        "d:8:1: error[unknown-key] 'defualt' is not a key of the DIDs' file. "
        "Did you mean 'default'?",
    ]


TRIAL = """\
dids:
  8645012345:
    split:
      - {flow: clinic.yaml, share: 90}
      - {flow: survey.yaml, share: 10%, variables: {topic: visit}}
    variables: {topic: delivery, company: Swift}
    stop_if: {errors: 5%, gave_up: 2.5, calls: 20}
default: {split: [{flow: clinic.yaml, share: 50}, {flow: survey.yaml, share: 50}]}
"""


def trial(*shares: int, **limits: float) -> Trial:
    sides = tuple(Side(DidEntry(f"{place}.yaml"), share) for place, share in enumerate(shares))
    return Trial(sides, StopIf(**limits))  # type: ignore[arg-type]


def test_a_trial_splits_the_callers_of_a_number():
    dids = read(TRIAL)
    common = {"topic": "delivery", "company": "Swift"}
    assert dids.flow_for("8645012345") == Trial(
        (
            Side(DidEntry("clinic.yaml", common), 90),
            Side(DidEntry("survey.yaml", {**common, "topic": "visit"}), 10),
        ),
        StopIf(errors=5.0, gave_up=2.5, calls=20),
    )
    assert [(did, len(entry.possible)) for did, entry in dids.named()] == [
        ("8645012345", 2),
        ("default", 2),
    ]
    assert [dids.name_of(did) for did in ("+918645012345", "9")] == ["8645012345", "default"]


def test_all_mistakes_of_trials_are_told_at_once():
    text = """\
dids:
  8645012341: {split: [{flow: clinic.yaml, share: 90}, {flow: survey.yaml, share: 11}]}
  8645012342: {split: [{flow: clinic.yaml, share: 100}], stop_if: {calls: 50}}
  8645012343: {split: clinic.yaml}
  8645012344: {flow: clinic.yaml, stop_if: {errors: 5%}}
  8645012345:
    flow: clinic.yaml
    splitt: []
    split: [{flow: clinc.yaml, shar: 1}, {share: 33.3}, {flow: survey.yaml, share: 101}]
    stop_if: {error: 5%, gave_up: many, calls: 0, errors: 0%}
  8645012346: [clinic.yml]
default: {split: [{flow: x.yaml, share: 50}, {flow: survey.yaml, share: half}]}
"""
    assert mistakes(text) == [
        "d:2:23: error[shares] the shares add up to 101, not to 100. "
        "They are percentages of the callers.",
        "d:3:23: error[too-few] a trial has at least two sides. "
        "Where one flow answers all calls, write 'flow' instead.",
        "d:3:67: error[missing-key] 'stop_if' needs a limit: 'errors', 'gave_up' or both.",
        "d:4:23: error[wrong-type] a list of sides such as [{flow: old.yaml, share: 90}, …] "
        "is needed here, not the text 'clinic.yaml'.",
        "d:5:35: error[misplaced-key] 'stop_if' belongs to a trial: it needs 'split' beside it.",
        "d:7:5: error[misplaced-key] a DID has either 'flow' or 'split'. "
        "A flow of a trial is named in the list under 'split'.",
        "d:8:5: error[unknown-key] 'splitt' is not a key of a DID. Did you mean 'split'?",
        "d:9:13: error[missing-key] a side of a trial needs the key 'share'.",
        "d:9:20: error[unknown-flow] there is no flow 'clinc.yaml'. Did you mean 'clinic.yaml'?",
        "d:9:32: error[unknown-key] 'shar' is not a key of a side of a trial. "
        "Did you mean 'share'?",
        "d:9:42: error[missing-key] a side of a trial needs the key 'flow'.",
        "d:9:50: error[wrong-type] a whole percentage from 0 to 100 is needed here, not 33.3.",
        "d:9:84: error[wrong-type] a whole percentage from 0 to 100 is needed here, not 101.",
        "d:10:15: error[unknown-key] 'error' is not a key of 'stop_if'. Did you mean 'errors'?",
        "d:10:35: error[wrong-type] a percentage such as 5% is needed here, not the text 'many'.",
        "d:10:48: error[out-of-range] a whole number from 1 to 1000000 is needed here, not 0.",
        "d:10:59: error[out-of-range] a limit is more than 0% and at most 100%.",
        "d:11:15: error[wrong-type] a text is needed here, not a list.",
        "d:12:26: error[unknown-flow] there is no flow 'x.yaml'.",
        "d:12:73: error[wrong-type] a whole percentage from 0 to 100 is needed here, "
        "not the text 'half'.",
    ]


def test_shares_hold_over_many_callers():
    counts = [0, 0, 0]
    for number in range(9800000000, 9800010000):
        counts[trial(70, 20, 10).side_of("8645012345", str(number))] += 1
    # Four standard deviations of a binomial distribution with 10,000 draws.
    assert abs(counts[0] - 7000) < 184
    assert abs(counts[1] - 2000) < 160
    assert abs(counts[2] - 1000) < 120


def test_a_caller_keeps_the_side_from_one_process_to_the_next():
    callers = [str(9800000000 + number) for number in range(16)]
    sides = [trial(50, 50).side_of("8645012345", caller) for caller in callers]
    assert sides == [1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0]
    assert sides != [trial(50, 50).side_of("8645012346", caller) for caller in callers]


def test_nobody_leaves_a_newcomer_whose_share_grows():
    for number in range(500):
        before, after = (trial(*x).side_of("d", str(number)) for x in ((90, 10), (60, 40)))
        assert after >= before


def test_a_share_of_nothing_is_nobody():
    assert {trial(0, 100).side_of("d", str(number)) for number in range(200)} == {1}
    assert {trial(100, 0).side_of("d", str(number)) for number in range(200)} == {0}


@pytest.mark.parametrize(
    ("mobile", "key"),
    [
        ("+91 98000 00000", "9800000000"),
        ("+44 20 7946 0000", "+44 20 7946 0000"),
        ("anonymous", "call-1"),
        ("", "call-1"),
    ],
)
def test_a_caller_without_a_number_is_known_by_the_call(mobile: str, key: str):
    assert caller_key(mobile, "call-1") == key


def test_a_newcomer_is_judged_once_enough_calls_have_ended():
    stop_if = StopIf(errors=5, gave_up=30, calls=50)
    assert stop_if.verdict(49, 49, 0) is None
    assert stop_if.verdict(50, 2, 14) is None
    assert stop_if.verdict(100, 5, 0) == "5 of 100 calls ended in an error: 5%, the limit is 5%"
    assert (
        stop_if.verdict(50, 0, 16)
        == "16 of 50 calls ended because the bot gave up: 32%, the limit is 30%"
    )
    assert StopIf(gave_up=30).verdict(1000, 1000, 0) is None


def test_an_unknown_default_is_told() -> None:
    assert len(mistakes("default: {flow: x.yaml}")) == 1


def test_flows_are_not_looked_up_where_nobody_knows_them() -> None:
    assert read_dids("default: x.yaml", "d", flows=None).dids is not None


@given(st.text(max_size=60))
def test_any_text_is_read_or_explained(text: str) -> None:
    reading = read_dids(text, "d", flows=None)
    assert (reading.dids is None) == any(problem.is_error for problem in reading.problems)
