"""Keys pressed for a slot."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from tables import each_row

from runtime.flow.slots import SLOT_TYPES, keypad_length, parse_keypad
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CITIES = {"choices": {"delhi": {"digit": "1"}, "mumbai": {"digit": "12"}, "pune": None}}


@each_row(
    ("type", "keys", "options", "value"),
    [
        ("digits", "1234", {}, "1234"),
        ("digits", "1234#", {}, "1234"),
        ("digits", "12*4", {}, "12*4"),
        ("digits", "1234", {"length": 4}, "1234"),
        ("digits", "123", {"length": 4}, None),
        ("digits", "12345", {"length": 4}, None),
        ("digits", "123", {"min": 4, "max": 6}, None),
        ("digits", "#", {}, None),
        ("digits", "", {}, None),
        ("phone", "9845012345", {}, "9845012345"),
        ("phone", "09845012345#", {}, "9845012345"),
        ("phone", "919845012345#", {}, "9845012345"),
        ("phone", "984501234", {}, None),
        ("phone", "98450*2345", {}, None),
        ("number", "250", {}, Decimal(250)),
        ("number", "2*5#", {}, Decimal("2.5")),
        ("number", "007", {}, Decimal(7)),
        ("number", "11", {"max": 10}, None),
        ("number", "1*2*3", {}, None),
        ("number", "*", {}, None),
        ("integer", "12#", {}, 12),
        ("integer", "1*2", {}, None),
        ("integer", "3", {"min": 4}, None),
        ("money", "99*50#", {}, Decimal("99.5")),
        ("money", "500", {}, Decimal(500)),
        ("date", "2411", {}, date(2026, 11, 24)),
        ("date", "2311", {}, date(2027, 11, 23)),
        ("date", "0506#", {}, date(2027, 6, 5)),
        ("date", "05061999", {}, date(1999, 6, 5)),
        ("date", "2902", {}, date(2028, 2, 29)),
        ("date", "3102", {}, None),
        ("date", "0513", {}, None),
        ("date", "050627", {}, None),
        ("date", "05060000", {}, None),
        ("time", "1730", {}, time(17, 30)),
        ("time", "930#", {}, time(9, 30)),
        ("time", "0000", {}, time(0, 0)),
        ("time", "2400", {}, None),
        ("time", "1260", {}, None),
        ("time", "12", {}, None),
        ("choice", "1", CITIES, "delhi"),
        ("choice", "12", CITIES, "mumbai"),
        ("choice", "3", CITIES, None),
        ("choice", "2", {"choices": ["delhi", "mumbai"]}, "mumbai"),
        ("choice", "3", {"choices": ["delhi", "mumbai"]}, None),
        ("choice", "*", {"choices": ["delhi", "mumbai"]}, None),
        ("yes_no", "1", {}, True),
        ("yes_no", "2", {}, False),
        ("yes_no", "3", {}, None),
        ("pattern", "4567", {"pattern": r"\d{4}"}, "4567"),
        ("pattern", "456", {"pattern": r"\d{4}"}, None),
        ("pattern", "45678", {"pattern": r"\d{4}"}, None),
        ("text", "1", {}, None),
        ("name", "26482", {}, None),
        ("email", "1", {}, None),
        ("datetime", "24111730", {}, None),
        ("duration", "10", {}, None),
    ],
)
def test_keys_make_a_value_of_the_type(
    type: str, keys: str, options: dict[str, object], value: object
) -> None:
    found = parse_keypad(type, keys, SlotContext(NOW, "en-IN", expected=True, options=options))
    assert (None if found is None else found.value) == value
    assert found is None or found.span == (0, len(keys.removesuffix("#")))


@each_row(
    ("type", "options", "keys", "length"),
    [
        ("phone", {}, "", 10),
        ("phone", {}, "98", 10),
        ("phone", {}, "09", 11),
        ("digits", {"length": 4}, "", 4),
        ("digits", {"length": "6"}, "", 6),
        ("digits", {"min": 3, "max": 8}, "", 8),
        ("digits", {}, "", None),
        ("yes_no", {}, "", 1),
        ("date", {}, "", 8),
        ("time", {}, "", 4),
        ("choice", CITIES, "", 2),
        ("choice", {"choices": ["delhi", "mumbai"]}, "", 1),
        ("number", {}, "", None),
        ("money", {}, "", None),
        ("pattern", {"pattern": "x"}, "", None),
        ("name", {}, "", None),
    ],
)
def test_full_length_ends_an_entry(
    type: str, options: dict[str, object], keys: str, length: int | None
) -> None:
    assert keypad_length(type, options, keys) == length


def test_every_type_of_slot_answers_to_keys() -> None:
    context = SlotContext(NOW, "en-IN", True, {"choices": ["delhi"], "pattern": "x"})
    for type in SLOT_TYPES:
        assert parse_keypad(type, "", context) is None
