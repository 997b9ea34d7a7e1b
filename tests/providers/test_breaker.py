from providers.breaker import Breaker


def test_it_opens_after_so_many_failures_in_a_row():
    breaker = Breaker(limit=2, rest_seconds=10).failed(0)
    assert breaker.lets_through(0)
    assert not breaker.failed(1).lets_through(1)


def test_a_success_in_between_starts_the_count_again():
    assert Breaker(limit=2).failed(0).succeeded().failed(1).lets_through(1)


def test_after_its_rest_it_lets_through_and_the_next_failure_opens_it_again():
    breaker = Breaker(limit=1, rest_seconds=10).failed(0)
    assert not breaker.lets_through(9.9)
    assert breaker.lets_through(10)
    assert not breaker.failed(10).lets_through(19)
    assert breaker.succeeded().failures == 0
