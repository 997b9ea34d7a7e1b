import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.dids import DidEntry, Dids, normal_did, read_dids

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
        "d:5:15: error[missing-key] a DID needs the key 'flow'.",
        "d:6:22: error[unknown-flow] there is no flow 'nothing-like-it.yaml'.",
        "d:6:44: error[unknown-key] 'variable' is not a key of a DID. Did you mean 'variables'?",
        "d:7:14: error[wrong-type] a text is needed here, not nothing.",
        "d:8:1: error[unknown-key] 'defualt' is not a key of the DIDs' file. "
        "Did you mean 'default'?",
    ]


def test_an_unknown_default_is_told() -> None:
    assert len(mistakes("default: {flow: x.yaml}")) == 1


def test_flows_are_not_looked_up_where_nobody_knows_them() -> None:
    assert read_dids("default: x.yaml", "d", flows=None).dids is not None


@given(st.text(max_size=60))
def test_any_text_is_read_or_explained(text: str) -> None:
    reading = read_dids(text, "d", flows=None)
    assert (reading.dids is None) == any(problem.is_error for problem in reading.problems)
