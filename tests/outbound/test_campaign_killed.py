"""Real workers, killed as `kill -9` does, against a server that counts what it was asked for."""

import random
import time

import pytest
from call_server import CallServer, serving
from campaign_worker import Campaign, kill, numbers
from databases import postgres

from runtime.store import migration
from runtime.store.database import Database

PLAN = """
pace: 1200
concurrency: 6
attempts: {in_all: 3, per_day: 9}
retry: {busy: 1s, no_answer: 1s, failed: 1s, unknown: 1s}
breaker: {percent: 100, of: 1000}
"""


def outcome(mobile: str, times: int) -> str:
    """Answer at once, at the second call, or never."""
    return ("answered", "busy", "no_answer")[min(int(mobile[-1]) % 3, 2 - times % 2)]


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


@pytest.mark.parametrize("seed", [1, 2])
def test_a_worker_killed_at_any_moment_calls_nobody_twice_and_forgets_none(
    database, tmp_path, seed
):
    chance = random.Random(seed)
    answers = CallServer(outcome=outcome, seconds=0.4, answer_after=0.1)
    with serving(answers) as server:
        campaign = Campaign(tmp_path, server.address, database)
        campaign.write(numbers(30), PLAN)
        for _ in range(4):
            worker, asked = campaign.start(), len(server.calls)
            until_called(server, asked + chance.randrange(1, 6))
            time.sleep(chance.random() * 0.3)  # the moment itself is what chance is for
            kill(worker)
        status, printed = campaign.run()
        assert status == 0, printed
        assert "Going on with 'may'." in printed
        each_order_is_one_attempt(campaign, server)
        assert server.most_at_once() <= 6


def until_called(server: CallServer, calls: int) -> None:
    deadline = time.monotonic() + 60
    while len(server.calls) < calls:
        assert time.monotonic() < deadline, "no call came"
        time.sleep(0.01)


def test_two_workers_share_a_campaign_and_one_goes_on_for_the_other(tmp_path):
    answers = CallServer(outcome=outcome, seconds=0.4, answer_after=0.1)
    with postgres() as database, serving(answers) as server:
        migration.upgrade(database)
        campaign = Campaign(tmp_path, server.address, database)
        campaign.write(numbers(40), PLAN)
        one, other = campaign.start(), campaign.start()
        until_called(server, 12)
        kill(one)
        printed, _ = other.communicate(timeout=100)
        assert other.returncode == 0, printed
        each_order_is_one_attempt(campaign, server)
        assert server.most_at_once() <= 6


def test_a_second_worker_on_sqlite_is_refused(tmp_path):
    with serving(CallServer(seconds=3)) as server:
        campaign = Campaign(tmp_path, server.address, Database.of(None, tmp_path))
        campaign.write(numbers(4), PLAN)
        one = campaign.start()
        until_called(server, 1)
        status, printed = campaign.run()
        kill(one)
        assert status == 2
        assert "another worker is at 'may'; several need PostgreSQL" in printed
