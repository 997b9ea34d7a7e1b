import pytest

from runtime.outbound.campaign.roster import Roster, is_running

pytestmark = pytest.mark.database


def roster(engine, me: str, host: str = "here", pid: int = 1, dead: tuple[int, ...] = ()) -> Roster:
    return Roster(engine, "may", me, host, pid, lambda number: number not in dead)


def test_the_place_of_a_worker_that_died_is_taken_by_one_only(database):
    engine = database.engine()
    roster(engine, "dead", pid=7).sign_on(100)
    one, other = (roster(engine, name, pid=pid, dead=(7,)) for name, pid in (("a", 8), ("b", 9)))
    one.sign_on(101)
    other.sign_on(101)
    assert one.take_over(102) == ["dead"]
    assert other.take_over(102) == []
    # Until it is forgotten, it is the same one's; it may have died half-way and come back.
    assert one.take_over(103) == ["dead"]
    one.forget("dead")
    assert one.take_over(104) == []
    engine.dispose()


def test_what_a_worker_had_taken_over_is_taken_with_it(database):
    engine = database.engine()
    roster(engine, "dead", pid=7).sign_on(100)
    middle = roster(engine, "middle", pid=8, dead=(7,))
    middle.sign_on(101)
    assert middle.take_over(102) == ["dead"]
    last = roster(engine, "last", pid=9, dead=(7, 8))
    last.sign_on(103)
    assert sorted(last.take_over(104)) == ["dead", "middle"]
    engine.dispose()


def test_a_worker_of_another_machine_is_lost_when_it_is_not_seen(fresh):
    engine = fresh.engine()
    far = roster(engine, "far", host="there", pid=7)
    far.sign_on(100)
    near = roster(engine, "near", pid=8, dead=(7,))
    near.sign_on(100)
    assert near.others(110) == ["far"]
    assert near.take_over(110) == []
    far.seen(112)
    assert near.take_over(120) == []
    assert near.others(130) == []
    assert near.take_over(130) == ["far"]
    engine.dispose()


def test_a_worker_that_signed_off_leaves_its_calls_at_once(fresh):
    engine = fresh.engine()
    gone = roster(engine, "gone", host="there", pid=7)
    gone.sign_on(100)
    gone.sign_off()
    assert roster(engine, "next", pid=8).take_over(101) == ["gone"]
    engine.dispose()


def test_a_worker_that_was_taken_for_dead_is_there_again(fresh):
    engine = fresh.engine()
    slept = roster(engine, "slept", host="there", pid=7)
    slept.sign_on(100)
    other = roster(engine, "other", pid=8)
    assert other.take_over(200) == ["slept"]
    other.forget("slept")
    slept.seen(201)
    assert other.others(202) == ["slept"]
    engine.dispose()


def test_one_that_had_my_process_number_is_dead(fresh):
    engine = fresh.engine()
    roster(engine, "before", pid=1).sign_on(100)
    assert roster(engine, "now", pid=1).take_over(101) == ["before"]
    engine.dispose()


def test_processes_are_seen():
    assert is_running(1)
    assert not is_running(2**22 + 1)
