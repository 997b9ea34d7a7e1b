from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.outbound.campaign.calling_hours import (
    DAYS,
    CallingHours,
    CallingRules,
    Holidays,
    Window,
    is_known,
)
from runtime.outbound.campaign.plan import Plan, read_window

KOLKATA = ZoneInfo("Asia/Kolkata")
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = Plan(
    did="8645012345",
    windows={"mon-fri": "09:00-20:00", "sat": ["10:00-13:00", "15:00-18:00"], "sun": "never"},
    holidays={"country": "IN", "dates": ["2026-12-24"]},
    attempts={"per_day": 2},
)


def moment(text: str, zone: ZoneInfo = KOLKATA) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@each_row(
    ("asked", "opens"),
    [
        ("2026-11-30 08:59", "2026-11-30 09:00"),  # a Monday
        ("2026-11-30 09:00", "2026-11-30 09:00"),
        ("2026-11-30 19:59:59", "2026-11-30 19:59:59"),
        ("2026-11-30 20:00", "2026-12-01 09:00"),
        ("2026-12-05 14:00", "2026-12-05 15:00"),  # between the two parts of a Saturday
        ("2026-12-05 18:00", "2026-12-07 09:00"),  # over Sunday
        ("2026-12-23 20:00", "2026-12-26 10:00"),  # over a day of our own, and Christmas
        ("2027-01-25 21:00", "2027-01-27 09:00"),  # over Republic Day
    ],
)
def test_a_number_is_due_when_its_hours_open(asked, opens):
    assert PLAN.rules().earliest(moment(asked), KOLKATA, []) == moment(opens)


@each_row(
    ("asked", "opens"),
    [
        ("2026-12-01 03:00", "2026-12-01 13:30"),  # 09:00 in Berlin
        ("2026-07-01 03:00", "2026-07-01 12:30"),  # and in its summer
    ],
)
def test_the_hours_are_those_of_the_callee(asked, opens):
    assert PLAN.rules().earliest(moment(asked), BERLIN, []) == moment(opens)


def test_a_number_rests_for_the_day_when_it_was_called_often_enough():
    earlier = [moment("2026-11-30 09:30"), moment("2026-11-30 11:00")]
    rules, noon = PLAN.rules(), moment("2026-11-30 12:00")
    assert rules.may_call_at(noon, KOLKATA, earlier[:1])
    assert not rules.may_call_at(noon, KOLKATA, earlier)
    assert rules.earliest(noon, KOLKATA, earlier) == moment("2026-12-01 09:00")


def test_the_day_of_an_attempt_is_the_callees():
    late = moment("2026-11-30 23:30")  # already the 30th in Kolkata, and still in Berlin
    rules = CallingRules(CallingHours(((Window(0, 1440),),) * 7), per_day=1)
    assert not rules.may_call_at(late + 60, BERLIN, [late])
    assert rules.may_call_at(late + 3600, KOLKATA, [late])
    assert not rules.may_call_at(late + 3600, BERLIN, [late])


def test_hours_that_never_open_are_never():
    rules = Plan(did="8645012345", windows={"mon": "never"}).rules()
    assert rules.earliest(moment("2026-11-30 12:00"), KOLKATA, []) is None


def test_hours_in_the_hour_that_clocks_skip_are_none():
    hours = CallingHours(((Window(125, 170),),) * 7)  # 02:05 to 02:50
    asked = moment("2026-03-28 12:00", BERLIN)
    opened = hours.next_open(asked, BERLIN)
    assert opened is not None
    local = datetime.fromtimestamp(opened, BERLIN)
    assert (local.day, local.hour) in {(29, 3), (30, 2)}


def test_countries_and_their_parts_are_known_or_not():
    assert is_known("IN", None)
    assert is_known("IN", "KA")
    assert not is_known("IN", "XX")
    assert not is_known("Atlantis", None)


windows = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(
    lambda edges: tuple(Window(*pair) for pair in zip(*[iter(sorted(edges))] * 2, strict=False))
)


@given(
    week=st.tuples(*[windows] * 7),
    off=st.frozensets(st.integers(0, 20)),
    at=st.integers(0, 14 * 86400),
    zone=st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "America/New_York", "Pacific/Apia"]),
    earlier=st.lists(st.integers(0, 14 * 86400), max_size=5),
)
def test_the_earliest_moment_is_open_and_none_before_it_is(week, off, at, zone, earlier):
    start, tz = moment("2026-10-20 00:00"), ZoneInfo(zone)
    dates = frozenset(date(2026, 10, 20) + timedelta(days=n) for n in off)
    rules = CallingRules(CallingHours(week, Holidays(dates=dates)), per_day=2)
    attempts = [start + each for each in earlier]
    first = start + at
    found = rules.earliest(first, tz, attempts)
    assert found is not None
    assert found >= first
    assert rules.may_call_at(found, tz, attempts)
    local = datetime.fromtimestamp(found, tz)
    assert local.date() not in dates
    assert sum(datetime.fromtimestamp(x, tz).date() == local.date() for x in attempts) < 2
    for step in range(1, 30):
        between = first + (found - first) * step / 30
        assert between >= found or not rules.may_call_at(between, tz, attempts)


@each_row("text", ["9:00-20:00", "20:00-09:00", "09:00-24:01", "09:60-10:00", "09:00", "08-09"])
def test_what_is_no_part_of_a_day_is_refused(text):
    try:
        read_window(text)
    except ValueError:
        return
    raise AssertionError(f"{text} was taken")


def test_a_day_ends_at_24():
    assert read_window("00:00-24:00") == Window(0, 1440)
    assert len(DAYS) == 7
