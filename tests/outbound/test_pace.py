from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.outbound.campaign.pace import Pace, shared_limit


@each_row(
    ("pace", "limit"),
    [(30, (5, 10)), (60, (10, 10)), (6, (1, 10)), (2, (1, 30)), (90, (15, 10)), (1200, (200, 10))],
)
def test_all_workers_share_a_limit_that_is_the_pace(pace, limit):
    assert shared_limit(pace) == limit


@given(st.floats(0.1, 6000))
def test_the_shared_limit_is_never_above_the_pace(pace):
    calls, seconds = shared_limit(pace)
    assert calls / seconds * 60 <= pace * 1.000001


@given(st.floats(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=50))
def test_calls_begin_no_faster_than_the_pace(rate, waits):
    pace, now, begun = Pace(rate, 0.0), 0.0, 0
    for wait in waits:
        now += wait
        pace.passes(now)
        while pace.takes():
            begun += 1
    assert begun <= 1 + now * rate / 60 + 1e-6


def test_calls_begin_evenly():
    pace, at = Pace(30, 0.0), []
    for second in range(7):
        pace.passes(float(second))
        at += [second] if pace.takes() else []
    assert at == [0, 2, 4, 6]
