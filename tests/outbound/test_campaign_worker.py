"""Real workers, killed as `kill -9` does, against a server that counts what it was asked for.

What they decide is tested on a clock that jumps, in test_ledger.py.
"""

import asyncio
import random
import signal
import time

import pytest
from call_server import CallServer, serving
from campaign_worker import Campaign, numbers
from databases import postgres

from runtime.outbound.campaign.register import CampaignProblem
from runtime.outbound.campaign.roster import Roster
from runtime.outbound.campaign.worker import Worker
from runtime.store import migration

PLAN = """
pace: 1200
concurrency: 6
attempts: {in_all: 3, per_day: 9}
retry: {busy: 1s, no_answer: 1s, failed: 1s, unknown: 1s}
breaker: {percent: 100, of: 1000}
"""


def outcome(mobile: str, times: int) -> str:
    """Be reached at the first call, at the second one, or never."""
    wanted = int(mobile[-1]) % 3
    return "busy" if wanted == 2 or times < wanted else "answered"


def until(holds, what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def each_order_is_one_attempt(campaign: Campaign, server: CallServer) -> None:
    """No number was called twice for one attempt, and none was forgotten."""
    attempts = campaign.attempts()
    assert {each.state for each in attempts} == {"ended"}
    for row in campaign.results():
        own = [each for each in attempts if each.line == row.line]
        assert row.state == "ended"
        assert row.attempts == len(own) <= 3
        assert sorted(each.number for each in own) == list(range(1, len(own) + 1))
        assert server.orders[row.mobile] <= len(own)
        assert row.outcome == "answered" or len(own) == 3
    known = [each.call for each in attempts if each.call is not None]
    assert len(set(known)) == len(known)
    # What the server was asked for and no attempt knows of would be a call nobody counted.
    assert {call.id for call in server.calls} == set(known)


@pytest.mark.process
def test_a_worker_killed_at_any_moment_calls_nobody_twice_and_forgets_none(database, tmp_path):
    chance = random.Random(1)
    answers = CallServer(outcome=outcome, seconds=0.3, answer_after=0.1)
    with serving(answers) as server:
        campaign = Campaign(tmp_path, server.address, database)
        campaign.write(numbers(12), PLAN)
        for _ in range(2):
            asked = len(server.calls) + chance.randrange(1, 4)
            with campaign.working():
                until(lambda wanted=asked: len(server.calls) >= wanted, "no call came")
                time.sleep(chance.random() * 0.3)  # the moment itself is what chance is for
        status, printed = campaign.run()
        assert status == 0, printed
        assert "Going on with 'may'." in printed
        each_order_is_one_attempt(campaign, server)
        assert server.most_at_once() <= 6


@pytest.mark.process
def test_two_workers_share_a_campaign_and_one_goes_on_for_the_other(tmp_path):
    answers = CallServer(outcome=outcome, seconds=0.4, answer_after=0.1)
    with postgres() as database, serving(answers) as server:
        migration.upgrade(database)
        campaign = Campaign(tmp_path, server.address, database)
        campaign.write(numbers(18), PLAN)
        with campaign.working() as other:
            with campaign.working():
                until(lambda: len(server.calls) >= 6, "no call came")
            printed, _ = other.communicate(timeout=100)
        assert other.returncode == 0, printed
        each_order_is_one_attempt(campaign, server)
        assert server.most_at_once() <= 6


@pytest.mark.process
def test_a_worker_is_paused_resumed_and_stopped(fresh, tmp_path):
    with serving(CallServer(seconds=0.2)) as server:
        campaign = Campaign(tmp_path, server.address, fresh)
        campaign.write(numbers(8), "pace: 120\nconcurrency: 2\n")
        with campaign.working() as worker:
            until(lambda: len(server.calls) >= 2, "no call came")
            assert campaign.pause()
            time.sleep(0.5)  # what was on its way when the pause came
            called = len(server.calls)
            time.sleep(1)
            assert len(server.calls) == called < 8
            assert campaign.standing().calling == 0
            assert campaign.resume(time.time())
            until(lambda: len(server.calls) > called, "it did not go on")
            worker.send_signal(signal.SIGTERM)
            printed, _ = worker.communicate(timeout=60)
            assert worker.returncode == 1
            assert "paused: " in printed
            assert "Run it again" in printed
        assert campaign.run()[0] == 0
        assert server.orders == dict.fromkeys(numbers(8), 1)


def test_a_second_worker_on_sqlite_is_refused(fresh, tmp_path, played):
    may = played(fresh, "2026-11-30 10:00")
    may.open(numbers(1))
    Roster(may.engine, "may", "first", host="there").sign_on(may.now)
    second = Worker(
        *(fresh, may.engine, tmp_path, "may", may.line),
        report=lambda standing: None,
        tell=lambda why: None,
        clock=lambda: may.now,
    )
    with pytest.raises(CampaignProblem, match="another worker is at 'may'; several need Postgre"):
        asyncio.run(second.run())
