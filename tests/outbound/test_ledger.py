"""Whole campaigns, on a clock that jumps."""

import pytest
from databases import fresh_tables
from hypothesis import given
from hypothesis import strategies as st
from played_campaign import Crash, Played, moment, shown

from runtime.outbound.campaign.ledger import ENOUGH, Ledger
from runtime.outbound.campaign.outcome import Outcome
from runtime.outbound.campaign.placing import Barred, Declined, Doubtful, Ended, NotPlaced
from runtime.outbound.campaign.register import CampaignProblem
from runtime.store.database import Database

pytestmark = pytest.mark.database

ASHA, RAVI, UMA = "9845000001", "9845000002", "9845000003"
MONDAY = "2026-11-30 10:00"
OPEN = {"windows": "00:00-24:00", "attempts": {"in_all": 3, "per_day": 9}}


def always(outcome: Outcome):
    return lambda order, times: Ended(outcome)


def test_a_campaign_of_days_keeps_to_hours_days_and_the_retry_plan(database, played):
    may = played(
        database,
        "2026-12-04 17:00",  # a Friday
        windows={"mon-fri": "09:00-18:00", "sat": "10:00-12:00"},
        attempts={"in_all": 5, "per_day": 2},
        retry={"busy": "30m", "no_answer": "2h"},
    )
    may.open([f"{ASHA},", f"{RAVI},Europe/Berlin"], header="mobile,timezone")
    may.line.ends = lambda order, times: Ended(
        Outcome.BUSY if order.mobile == ASHA else Outcome.NO_ANSWER
    )
    assert may.play().outcomes == {"busy": 1, "no_answer": 1}
    assert may.called_at(ASHA) == [
        *("Fri 17:00", "Fri 17:31"),
        *("Sat 10:00", "Sat 10:31"),
        "Mon 09:00",
    ]
    # 12:30 in Berlin, and then only on the next day it is open again there: two hours later it
    # would be within its hours too, but 19:30 there is not.
    assert may.called_at(RAVI)[0] == "Fri 17:01"
    assert [row.why for row in may.results()] == ["called as often as the plan allows"] * 2


def test_a_bad_row_is_kept_beside_the_good_ones(database, played):
    may = played(database, MONDAY)
    may.open([ASHA, "12", ASHA])
    standing = may.play()
    assert (standing.ended, standing.bad) == (1, 2)
    assert [(row.line, row.state, row.why) for row in may.results()] == [
        (2, "ended", ""),
        (3, "bad", "'12' is no number of ten digits"),
        (4, "bad", f"{ASHA} stands already in line 2"),
    ]


def test_who_opts_out_is_called_by_no_campaign_again(database, played):
    may = played(database, MONDAY, **OPEN)
    may.line.ends = lambda order, times: Ended(Outcome.BUSY, has_opted_out=order.mobile == ASHA)
    for name in ("may", "june"):
        may.open([ASHA, RAVI], name)
        may.play()
    assert (may.line.times(ASHA), may.line.times(RAVI)) == (1, 6)
    assert may.results()[0].why == "on the suppression list"


def test_a_number_of_the_suppression_list_is_not_called(database, played):
    may = played(database, MONDAY)
    may.register.suppress([ASHA, ASHA], "never.txt", may.now)
    may.register.suppress([ASHA], "again.txt", may.now)
    may.open([ASHA, RAVI])
    assert may.play().outcomes == {"": 1, "answered": 1}
    assert may.line.times(ASHA) == 0


def test_calls_of_other_campaigns_count_for_the_day(fresh, played):
    may = played(fresh, MONDAY, attempts={"in_all": 3, "per_day": 1})
    for name in ("may", "june"):
        may.open([ASHA], name)
        may.play()
    assert may.called_at(ASHA) == ["Mon 10:00", "Tue 09:00"]


def test_a_number_that_another_campaign_is_calling_waits(database, played):
    may = played(database, MONDAY, **OPEN)
    may.open([ASHA], "may")
    book = Ledger(may.engine, "may", may.plan, 1)
    [due] = book.due(may.now, 1)
    begun = book.begin(due, may.now)
    assert begun is not None
    may.open([ASHA, RAVI], "june")
    may.play(most=2)
    assert may.called_at(ASHA) == []
    book.end(begun.attempt, Ended(Outcome.ANSWERED), may.now)
    assert may.play().outcomes == {"answered": 2}
    assert sorted(each.campaign for each in may.attempts()) == ["june", "june", "may"]


def test_what_is_deleted_leaves_its_opt_outs(database, played):
    may = played(database, MONDAY, **OPEN)
    may.line.ends = lambda order, times: Ended(Outcome.ANSWERED, has_opted_out=True)
    may.open([ASHA])
    assert not may.register.delete("may")
    may.play()
    may.register.end("may")
    assert may.register.delete("may")
    assert may.attempts() == []
    may.open([ASHA])
    may.play()
    assert [row.why for row in may.results()] == ["on the suppression list"]


def test_a_campaign_without_hours_calls_nobody_and_ends(fresh, played):
    may = played(fresh, MONDAY, windows={"mon": "never"})
    may.open([ASHA])
    assert may.play().is_over
    assert may.results()[0].why == "there is no hour at which it may be called"


def test_the_breaker_pauses_and_a_resume_gives_it_another_chance(database, played):
    may = played(
        database, MONDAY, **OPEN, breaker={"percent": 75, "of": 4}, retry={"failed": "never"}
    )
    numbers = [str(9_845_000_000 + place) for place in range(10)]
    may.open(numbers)
    may.line.ends = always(Outcome.FAILED)
    standing = may.play()
    assert (standing.state, standing.why) == ("paused", "4 of the last 4 attempts failed")
    assert len(may.line.calls) == 4
    may.line.ends = always(Outcome.ANSWERED)
    assert may.register.resume("may", may.now)
    assert not may.register.resume("may", may.now)
    assert may.play().outcomes == {"failed": 4, "answered": 6}


def test_a_cancelled_campaign_calls_nobody_and_cannot_be_taken_up(database, played):
    may = played(database, MONDAY)
    may.open([ASHA, RAVI])
    may.play(most=1)
    assert may.register.cancel("may")
    assert not may.register.cancel("may")
    assert may.play().is_over
    assert [row.why for row in may.results()] == ["", "the campaign was cancelled"]
    with pytest.raises(CampaignProblem, match="was cancelled; give another one another --name"):
        may.open([ASHA, RAVI])


def test_a_paused_campaign_gives_its_rows_back(fresh, played):
    may = played(fresh, MONDAY)
    may.open([ASHA])
    assert may.register.pause("may")
    standing = may.play()
    assert (standing.state, standing.waiting, standing.calling) == ("paused", 1, 0)
    assert may.register.resume("may", may.now)
    assert may.play().outcomes == {"answered": 1}


def test_another_list_needs_another_name(fresh, played):
    may = played(fresh, MONDAY)
    may.open([ASHA])
    with pytest.raises(CampaignProblem, match="with another list; give this one a --name"):
        may.open([RAVI])
    with pytest.raises(CampaignProblem, match="there is no campaign 'june'"):
        may.register.find("june")
    with pytest.raises(CampaignProblem, match="there is no campaign 'june'"):
        may.register.pause("june")


def test_a_server_that_takes_no_call_costs_no_attempt(fresh, played):
    may = played(fresh, MONDAY)
    may.open([ASHA])
    answers = [NotPlaced("busy", 5.0), NotPlaced("busy", 5.0)]
    may.line.answers = lambda order: answers.pop() if answers else None
    assert may.play().outcomes == {"answered": 1}
    assert may.told == ["busy", "busy"]
    assert [row.attempts for row in may.results()] == [1]
    assert may.line.calls[0][1] == moment(MONDAY) + 10


def test_a_server_that_refuses_us_pauses_the_campaign(fresh, played):
    may = played(fresh, MONDAY)
    may.open([ASHA])
    may.line.answers = lambda order: Barred("the token is wrong")
    standing = may.play()
    assert (standing.state, standing.why) == ("paused", "the token is wrong")
    assert [row.attempts for row in may.results()] == [0]


def test_a_declined_order_is_an_attempt(fresh, played):
    may = played(fresh, MONDAY, **OPEN, retry={"failed": "30m"})
    may.open([ASHA, RAVI])
    may.line.answers = lambda order: (
        Declined("1022", Outcome.FAILED)
        if order.mobile == ASHA
        else Declined("no such flow", Outcome.REFUSED)
    )
    assert may.play().outcomes == {"failed": 1, "refused": 1}
    assert [(row.attempts, row.why) for row in may.results()] == [
        (3, f"{ENOUGH}; the last time: 1022"),
        (1, "no such flow"),
    ]


def test_an_order_without_an_answer_is_looked_for_and_counts_once(fresh, played):
    may = played(fresh, MONDAY, **OPEN, retry={"unknown": "never"})
    may.open([ASHA])
    may.line.answers = lambda order: Doubtful("no answer of the server")
    assert may.play().outcomes == {"unknown": 1}
    assert [row.attempts for row in may.results()] == [1]
    assert may.line.calls == []
    assert shown(may.now) == "Mon 10:00"


def test_why_a_call_failed_may_be_told_a_little_later(fresh, played):
    may = played(fresh, MONDAY, retry={"busy": "never"})
    may.open([ASHA])
    told = [Outcome.FAILED, Outcome.BUSY]
    may.line.ends = lambda order, times: Ended(told.pop(0))
    assert may.play().outcomes == {"busy": 1}


def test_a_call_without_an_end_is_unknown_after_the_longest_call(fresh, played):
    may = played(fresh, MONDAY, **OPEN, longest_call="30s", retry={"unknown": "never"})
    may.open([ASHA])
    may.line.ends = always(Outcome.ANSWERED)
    assert may.play().outcomes == {"unknown": 1}


@given(crashes=st.lists(st.integers(1, 9), max_size=12), busy=st.integers(0, 2))
def test_wherever_the_process_dies_each_attempt_is_one_order(tmp_path_factory, crashes, busy):
    database = Database(f"sqlite:///{fresh_tables(tmp_path_factory.mktemp('crashed'))}")
    played = Played(database, MONDAY, **OPEN, retry={"busy": "1m", "unknown": "1m"})
    played.open([ASHA, RAVI, UMA])
    played.line.ends = lambda order, times: Ended(
        Outcome.BUSY if times < busy else Outcome.ANSWERED
    )
    left = list(crashes)

    def crash(where: str) -> None:
        if left:
            left[0] -= 1
            if left[0] == 0:
                left.pop(0)
                raise Crash(where)

    played.line.crashes = crash
    while True:
        try:
            standing = played.play()
        except Crash:
            played.recover()
        else:
            break
    assert standing.is_over
    attempts = played.attempts()
    assert {each.state for each in attempts} == {"ended"}
    known = [each.call for each in attempts if each.call is not None]
    assert sorted(known) == sorted(f"call-{place}" for place in range(len(played.line.calls)))
    for row in played.results():
        own = [each for each in attempts if each.line == row.line]
        assert row.attempts == len(own) <= 3
        assert row.outcome == "answered" or len(own) == 3
    played.engine.dispose()
