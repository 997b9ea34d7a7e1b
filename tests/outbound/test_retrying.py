from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.outbound.campaign.breaker import Breaker
from runtime.outbound.campaign.outcome import Outcome, outcome_of
from runtime.outbound.campaign.plan import Plan

ZONE = ZoneInfo("Asia/Kolkata")
PLAN = Plan(
    did="8645012345",
    attempts={"in_all": 3, "per_day": 2},
    retry={"busy": "15m", "no_answer": "2h", "voicemail": "never", "failed": "30m"},
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def after(outcome: Outcome, made: int, ended: str, *attempts: str) -> str | None:
    due = PLAN.retries().next_attempt_at(
        outcome, made, at(ended), PLAN.rules(), ZONE, [at(each) for each in attempts]
    )
    return None if due is None else f"{datetime.fromtimestamp(due, ZONE):%d %H:%M}"


@each_row(
    ("outcome", "made", "ended", "attempts", "due"),
    [
        (Outcome.ANSWERED, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], None),
        (Outcome.REFUSED, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], None),
        (Outcome.VOICEMAIL, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], None),
        (Outcome.BUSY, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], "30 10:15"),
        (Outcome.NO_ANSWER, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], "30 12:00"),
        (Outcome.UNKNOWN, 1, "2026-11-30 10:00", ["2026-11-30 10:00"], "30 10:30"),
        # The day has closed by then.
        (Outcome.NO_ANSWER, 1, "2026-11-30 19:00", ["2026-11-30 19:00"], "01 09:00"),
        # Two attempts are enough for a day.
        (Outcome.BUSY, 2, "2026-11-30 11:00", ["2026-11-30 10:00", "2026-11-30 11:00"], "01 09:00"),
        # An attempt of another campaign counts for the day, but not for this campaign.
        (Outcome.BUSY, 1, "2026-11-30 11:00", ["2026-11-30 10:00", "2026-11-30 11:00"], "01 09:00"),
        (Outcome.BUSY, 3, "2026-12-01 09:00", [], None),
    ],
)
def test_a_number_is_due_again_by_the_plan(outcome, made, ended, attempts, due):
    assert after(outcome, made, ended, *attempts) == due


@given(st.lists(st.sampled_from(Outcome), max_size=60), st.integers(1, 10), st.integers(1, 100))
def test_the_breaker_opens_at_the_first_full_window_with_enough_failures(outcomes, of, percent):
    breaker, opened_at = Breaker(percent, of), None
    for place, outcome in enumerate(outcomes):
        breaker = breaker.after(outcome)
        if breaker.is_open and opened_at is None:
            opened_at = place
    full = [
        end
        for end in range(of - 1, len(outcomes))
        if sum(each.is_failure for each in outcomes[end - of + 1 : end + 1]) * 100 >= percent * of
    ]
    assert opened_at == (full[0] if full else None)
    assert breaker.is_open == bool(full)


def test_the_breaker_says_why_and_stays_open():
    breaker = Breaker(50, 4).after_all(
        [Outcome.BUSY, Outcome.FAILED, Outcome.NO_ANSWER, Outcome.UNKNOWN]
    )
    assert breaker.is_open
    assert breaker.why() == "2 of the last 4 attempts failed"
    assert breaker.after(Outcome.ANSWERED) == breaker


def test_an_outcome_of_a_newer_server_is_a_failure():
    assert outcome_of("teleported") is Outcome.FAILED
    assert outcome_of(None) is Outcome.FAILED
    assert outcome_of("busy") is Outcome.BUSY
