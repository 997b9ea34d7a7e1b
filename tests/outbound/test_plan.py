import pytest
from tables import each_row

from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.plan import Plan, PlanProblem, read_plan

FULL = """
did: 08645012345
flow: survey
windows: {mon-fri: 09:00-20:00, sat: [10:00-13:00, 15:00-18:00]}
holidays: {country: IN, subdivision: KA, dates: [2026-12-24]}
attempts: {in_all: 4, per_day: 1}
retry: {busy: 15m, voicemail: never}
pace: 60
concurrency: 5
breaker: {percent: 40, of: 10}
"""


def test_a_plan_is_read_and_kept_as_it_is():
    plan = read_plan(FULL, "may.yaml", {})
    assert plan.did == "8645012345"
    assert plan.retries().delays == {
        Outcome.BUSY: 900,
        Outcome.NO_ANSWER: 7200,
        Outcome.FAILED: 1800,
        Outcome.UNKNOWN: 1800,
    }
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    week = plan.rules().hours.week
    assert [len(day) for day in week] == [1, 1, 1, 1, 1, 2, 0]


def test_options_go_before_the_file():
    assert read_plan(FULL, "may.yaml", {"pace": 5.0, "did": "8645099999"}).pace == 5


def test_a_range_of_days_may_go_over_the_weeks_end():
    plan = read_plan("did: 8645012345\nwindows: {fri-mon: 09:00-10:00}", "a.yaml", {})
    assert [len(day) for day in plan.rules().hours.week] == [1, 0, 0, 0, 1, 1, 1]


@each_row(
    ("text", "lines"),
    [
        ("", ["a.yaml: 'did' is missing."]),
        ("did: 12\n", ["a.yaml:1:6: did: it is a number of ten digits"]),
        (
            "did: 8645012345\nconcurency: 3\npace: 0\n",
            [
                "a.yaml:3:7: pace: Input should be greater than 0",
                "a.yaml:2:13: unknown setting 'concurency'. Did you mean 'concurrency'?",
            ],
        ),
        (
            "did: 8645012345\nretry: {busy: soon, bussy: 1h}\n",
            [
                "a.yaml:2:15: retry.busy: it is a duration such as 15m or 2h, or 'never'",
                "a.yaml:2:28: unknown setting 'retry.bussy'. Did you mean 'busy'?",
            ],
        ),
        (
            "did: 8645012345\nwindows: 20:00-09:00\n",
            ["a.yaml:2:10: windows: '20:00-09:00' must begin before it ends, within one day"],
        ),
        (
            "did: 8645012345\nwindows: {mon: [09:00-12:00, 11:00-13:00]}\n",
            ["a.yaml:2:10: windows: the hours of 'mon' must follow each other"],
        ),
        (
            "did: 8645012345\nwindows: {mon-fri: 09:00-12:00, fri: never}\n",
            ["a.yaml:2:10: windows: 'fri' has its hours twice"],
        ),
        (
            "did: 8645012345\nholidays: {country: IN, subdivision: XX}\n",
            ["a.yaml:2:11: holidays: no holidays are known of IN XX"],
        ),
        (
            "did: 8645012345\ntimezone: Kolkata\n",
            ["a.yaml:2:11: timezone: there is no time zone 'Kolkata'; write one as Asia/Kolkata"],
        ),
    ],
)
def test_all_mistakes_of_a_plan_are_told_with_their_places(text, lines):
    with pytest.raises(PlanProblem) as problem:
        read_plan(text, "a.yaml", {})
    assert str(problem.value).splitlines() == lines
