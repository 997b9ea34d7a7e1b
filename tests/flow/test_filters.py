"""Values in words one can hear."""

import datetime as dt

import pytest
from tables import each_row

from runtime.flow.filters import FILTERS, ordinal

FIFTH = dt.date(2026, 6, 5)
HALF_PAST = dt.datetime(2026, 6, 5, 17, 30, tzinfo=dt.UTC)


@each_row(
    ("name", "value", "heard"),
    [
        ("digits", "9845012345", "9 8 4 5 0, 1 2 3 4 5"),
        ("digits", "98450-12345", "9 8 4 5 0, 1 2 3 4 5"),
        ("digits", 1234567, "1 2 3, 4 5 6 7"),
        ("digits", "AB 1234", "A B 1 2 3 4"),
        ("digits", "", ""),
        ("date", FIFTH, "Friday, 5th June"),
        ("date", HALF_PAST, "Friday, 5th June"),
        ("date", "2026-12-31", "Thursday, 31st December"),
        ("time", HALF_PAST, "5:30 pm"),
        ("time", dt.time(9, 5), "9:05 am"),
        ("time", "17:00", "5 pm"),
        ("time", "00:00", "12 am"),
        ("time", "12:00", "12 pm"),
        ("duration", 0, "0 seconds"),
        ("duration", 61, "1 minute and 1 second"),
        ("duration", "7200", "2 hours"),
        ("duration", dt.timedelta(days=1, hours=2), "1 day and 2 hours"),
        ("duration", 89.6, "1 minute and 30 seconds"),
    ],
)
def test_a_value_is_heard_as_people_say_it(name, value, heard):
    assert FILTERS[name](value) == heard


@each_row(
    ("number", "said"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th")),
        *((13, "13th"), (20, "20th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (111, "111th")),
    ],
)
def test_numbers_in_order(number, said):
    assert ordinal(number) == said


@pytest.mark.parametrize("name", ["date", "time", "duration"])
def test_what_is_no_such_value_is_an_error(name):
    with pytest.raises(ValueError, match="soon"):
        FILTERS[name]("soon")
