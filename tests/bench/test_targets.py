"""What is reached beside the peers, and how it is told."""

import json
from dataclasses import replace

import pytest

from bench.answers import Turn
from bench.contestants import ALL, BARE, CALLWRIGHT, DIRECT, EXAMPLE, LEANEST, STOCK
from bench.flow_turns import FlowTurns
from bench.lags import Lags
from bench.load import Load
from bench.row import Row
from bench.server import Usage
from bench.table import TITLES, as_json, as_markdown, as_runs, as_text
from bench.targets import BARE_CALLS, Measured, Target, Verdict, half_load, notes, targets


def row(calls: int, *, cpu: float = 1.0, added: tuple[float, float] = (1.0, 10.0), **more) -> Row:
    load = Load(calls, window=(0.0, 10.0), lags=Lags(0.001), turns=[Turn(1.0, 5, 1.8)])
    usage = Usage(0.0, 0, 0.0, 0.0)
    p50, p99 = added
    return replace(
        Row.of(load, usage, usage, {0: [40]}),
        cpu_ms_per_call_second=cpu,
        cpu_us_per_frame=20 * cpu,
        added_p50=p50,
        added_p99=p99,
        **more,
    )


def failed(calls: int) -> Row:
    return row(calls, added=(50.0, 300.0))


def judged(measured: Measured, what: str) -> Target:
    return next(target for target in targets(measured) if target.what.startswith(what))


def few_and_many() -> Measured:
    """Every target is reached."""
    return Measured(
        {
            CALLWRIGHT: [
                row(10, cpu=10.0, resident_mb=102.0),
                row(15, cpu=9.0, resident_mb=103.0),
                row(100, added=(1.0, 25.0), resident_mb=120.0),
                row(200, resident_mb=140.0),
                row(250, resident_mb=150.0),
                failed(300),
                failed(300),
            ],
            LEANEST: [row(10, cpu=50.0), row(15, cpu=40.0), row(17), failed(19), failed(19)],
            EXAMPLE: [row(8), failed(9), failed(9)],
            BARE: [row(BARE_CALLS, cpu=2.0), row(BARE_CALLS, cpu=2.0)],
            STOCK: [row(BARE_CALLS, cpu=4.0)],
            DIRECT: [row(BARE_CALLS, cpu=2.4)],
        },
        flow=[FlowTurns("light", 100, 10, 0.5, 4.0, 9.0, 1.0, 3.0)],
    )


def test_all_is_reached_where_every_figure_is_within_what_is_asked():
    measured = few_and_many()
    measured.rows[CALLWRIGHT] = [
        replace(each, resident_mb=100 + 0.2 * each.calls) for each in measured.rows[CALLWRIGHT]
    ]
    measured.rows[CALLWRIGHT].append(row(120, resident_mb=124.0))
    assert {target.verdict for target in targets(measured)} == {Verdict.REACHED}


@pytest.mark.parametrize(
    ("name", "rows", "what"),
    [
        (CALLWRIGHT, [row(10), row(150), failed(200), failed(200)], "calls a core"),
        (LEANEST, [row(25), failed(30)], "the same beside"),
        (LEANEST, [row(10, cpu=39.0)], "CPU ms a call-second, 10"),
        (LEANEST, [row(15, cpu=35.0)], "CPU ms a call-second, 15"),
        (STOCK, [row(BARE_CALLS, cpu=4.1)], "CPU us a frame, 200 calls, stock"),
        (DIRECT, [row(BARE_CALLS, cpu=2.5)], "CPU us a frame, 200 calls, own"),
        (CALLWRIGHT, [row(10, resident_mb=100), row(100, resident_mb=130)], "memory"),
        (CALLWRIGHT, [row(200), row(100, added=(1.5, 20.0))], "added"),
        (CALLWRIGHT, [row(200), row(100, added=(0.5, 26.0))], "added"),
    ],
)
def test_what_is_beyond_what_is_asked_is_missed(name, rows, what):
    measured = few_and_many()
    measured.rows[name] = rows
    assert judged(measured, what).verdict is Verdict.MISSED


def test_a_flow_that_takes_longer_is_missed():
    measured = Measured(flow=[FlowTurns("local", 100, 10, 0.5, 5.1, 9.0, 1.0, 3.0)])
    assert judged(measured, "the flow's part").verdict is Verdict.MISSED


def test_a_limit_that_was_not_looked_for_decides_nothing():
    measured = few_and_many()
    measured.rows[CALLWRIGHT] = [row(10), row(100)]
    found = judged(measured, "calls a core")
    assert (found.verdict, found.ours) == (Verdict.OPEN, "100 (more not tried)")
    measured.rows[CALLWRIGHT] = [row(200)]
    measured.rows[LEANEST] = [row(17)]
    assert judged(measured, "calls a core").verdict is Verdict.REACHED
    assert judged(measured, "the same beside").why == "the peer may carry more"
    measured.rows[LEANEST] = [row(17), failed(19)]
    assert judged(measured, "the same beside").why == "we may carry more"


def test_a_peer_that_cannot_be_had_leaves_its_rows_open_and_says_why():
    measured = few_and_many()
    del measured.rows[LEANEST], measured.rows[BARE]
    measured.reasons = {LEANEST: "no network", BARE: "no compiler"}
    for what in ("the same beside", "CPU ms a call-second, 10", "CPU us a frame, 200 calls, stock"):
        found = judged(measured, what)
        assert found.verdict is Verdict.OPEN
        assert "no " in found.why
    assert judged(measured, "calls a core").verdict is Verdict.REACHED
    assert notes(measured)[0] == f"{LEANEST} could not be measured: no network"


def test_nothing_measured_is_no_target_reached():
    assert {target.verdict for target in targets(Measured())} == {Verdict.OPEN}


@pytest.mark.parametrize(("most", "half"), [(200, 100), (250, 120), (500, 250), (50, 100)])
def test_half_load_is_half_of_what_a_core_carries_but_never_less_than_it_should(most, half):
    assert half_load(CALLWRIGHT, [row(most)]) == half


def test_half_load_of_a_peer_is_its_own():
    assert half_load(LEANEST, [row(17), failed(19)]) == 8
    assert half_load(LEANEST, []) == 0


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (LEANEST, "the same beside"),
        (LEANEST, "CPU ms a call-second, 10"),
        (BARE, "CPU us a frame, 200 calls, stock"),
        (DIRECT, "CPU us a frame, 200 calls, own"),
    ],
)
def test_on_a_shared_core_nothing_is_reached_beside_a_peer(name, what):
    measured = few_and_many()
    measured.rows[name] = [replace(each, others_percent=60.0) for each in measured.rows[name]]
    found = judged(measured, what)
    assert (found.verdict, found.why) == (Verdict.OPEN, "others took up to 60 % of the core")


def test_a_shared_core_excuses_no_miss_but_is_told():
    measured = few_and_many()
    measured.rows[CALLWRIGHT] = [replace(failed(200), others_percent=30.0)] * 2
    found = judged(measured, "calls a core")
    assert (found.verdict, found.why) == (Verdict.MISSED, "others took up to 30 % of the core")


def test_who_leaves_turns_unanswered_is_not_compared():
    measured = few_and_many()
    measured.rows[STOCK] = [row(BARE_CALLS, cpu=1.0, unanswered=3)]
    found = judged(measured, "CPU us a frame, 200 calls, stock")
    assert found.verdict is Verdict.OPEN
    assert "not all turns were answered" in found.why


def test_a_shared_core_is_told():
    measured = Measured({CALLWRIGHT: [row(10, others_percent=42.0), row(15)]})
    assert "in 1 of 2 runs (up to 42 %)" in notes(measured)[0]


def test_the_table_reads_the_same_as_text_as_markdown_and_as_json():
    measured = few_and_many()
    found = targets(measured)
    text, markdown = as_text(found), as_markdown(found)
    content = json.loads(as_json(measured, found))
    assert len(text.splitlines()) == len(found) + 1
    assert len(markdown.splitlines()) == len(found) + 2
    for target, told in zip(found, content["targets"], strict=True):
        assert told["callwright"] == target.ours
        assert target.ours in text
        assert f"| {target.ours} |" in markdown
    assert all(line.count("|") == len(TITLES) + 1 for line in markdown.splitlines())
    assert len(content["contestants"][CALLWRIGHT]["runs"]) == 7
    assert as_runs(measured).count(LEANEST) == 5


def test_a_bar_in_a_reason_begins_no_column():
    measured = Measured(reasons={CALLWRIGHT: "a | b"})
    lines = as_markdown(targets(measured)).splitlines()
    assert all(line.count("|") == len(TITLES) + 1 for line in lines)


def test_each_contestant_has_its_file():
    assert list(ALL) == [CALLWRIGHT, STOCK, DIRECT, LEANEST, EXAMPLE, BARE]
