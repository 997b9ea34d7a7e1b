"""Telephone numbers as callers say them and recognisers write them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.phones import parse_phone, phone_is_missing_digits
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

ANITA = "9845012345"
PHONES = [
    ("9845012345", ANITA),
    ("98450 12345", ANITA),
    ("98450-12345", ANITA),
    ("984-501-2345", ANITA),
    ("984 501 2345.", ANITA),
    ("984.501.2345", ANITA),
    ("(984) 501-2345", ANITA),
    ("98 45 01 23 45", ANITA),
    ("9 8 4 5 0 1 2 3 4 5", ANITA),
    ("9, 8, 4, 5, 0, 1, 2, 3, 4, 5", ANITA),
    ("9,845,012,345", ANITA),
    ("+91 98450 12345", ANITA),
    ("+919845012345", ANITA),
    ("(+91) 98450 12345", ANITA),
    ("91 98450 12345", ANITA),
    ("919845012345", ANITA),
    ("0 98450 12345", ANITA),
    ("09845012345", ANITA),
    ("0091 98450 12345", ANITA),
    ("plus nine one nine eight four five zero one two three four five", ANITA),
    ("plus 91 98450 12345", ANITA),
    ("zero nine eight four five zero one two three four five", ANITA),
    ("nine eight four five zero one two three four five", ANITA),
    ("nine eight four five oh one two three four five", ANITA),
    ("nine eight four five zero, one two three four five", ANITA),
    ("nine eight, four five, zero one, two three, four five", ANITA),
    ("ninety eight forty five zero one twenty three forty five", ANITA),
    ("nine 845 01 two three 45", ANITA),
    ("my number is 98450 12345", ANITA),
    ("My mobile number is 984-501-2345, thank you.", ANITA),
    ("it's nine eight four five zero one two three four five", ANITA),
    ("yes sure, 98450 12345", ANITA),
    ("you can reach me on 98450 12345", ANITA),
    ("um nine eight four five uh zero one two three four five", ANITA),
    ("98450 and then 12345", ANITA),
    ("a ten digit number, 98450 12345", ANITA),
    ("नौ आठ चार पाँच शून्य एक दो तीन चार पाँच", ANITA),
    ("मेरा नंबर 98450 12345 है", ANITA),
    ("९८४५० १२३४५", ANITA),
    ("नाइन एट फोर फाइव जीरो वन टू थ्री फोर फाइव", ANITA),
    ("double nine eight four five zero triple one two", "9984501112"),
    ("nine eight double four five triple zero one two", "9844500012"),
    ("seven double zero six five four triple three two", "7006543332"),
    ("double seven double eight double nine double six double five", "7788996655"),
    ("six two three four five six seven eight nine zero", "6234567890"),
    ("9198765432", "9198765432"),
    ("8645012345", "8645012345"),
    ("080 2345 6789", "8023456789"),
    ("022 2345 6789", "2223456789"),
    ("+1 415 555 2671", "+14155552671"),
    ("+1 (415) 555-2671", "+14155552671"),
    ("plus one four one five five five five two six seven one", "+14155552671"),
    ("001 415 555 2671", "+14155552671"),
    ("+44 20 7946 0958", "+442079460958"),
    ("plus four four two zero seven nine four six zero nine five eight", "+442079460958"),
    ("+971 50 123 4567", "+971501234567"),
    ("+65 6123 4567", "+6561234567"),
    ("+49 30 901820", "+4930901820"),
    ("+977 984 123 4567", "+9779841234567"),
    ("98450 12345, sorry, 98450 12346", "9845012346"),
    ("9845012345, no wait, 9845012346", "9845012346"),
]

HEARD_WRONG = [
    ("nine eight four five oh one to three for five", ANITA),
    ("nine ate for five zero one too three four five", ANITA),
]

NO_PHONES = [
    "",
    "hello",
    "I don't have one",
    "98450",
    "98450 1234",
    "98450 123456",
    "1234567890",
    "0123456789",
    "+91 98450 1234",
    "+12",
    "one moment",
    "12345 67890 12345 67890",
    "tomorrow at five",
    "two lakh fifty thousand",
]


@each_row(("utterance", "value"), PHONES)
def test_phone_number_is_understood(utterance: str, value: str) -> None:
    found = parse_phone(utterance, ASKED)
    assert found is not None
    assert found.value == value


@each_row(("utterance", "value"), HEARD_WRONG)
def test_words_that_sound_like_digits_make_it_uncertain(utterance: str, value: str) -> None:
    found = parse_phone(utterance, ASKED)
    assert found is not None
    assert found.value == value
    assert not found.certain


@each_row("utterance", NO_PHONES)
def test_utterance_without_a_phone_number_gives_none(utterance: str) -> None:
    assert parse_phone(utterance, ASKED) is None


@each_row(
    ("utterance", "value"),
    [
        ("call me on 98450 12345 please", ANITA),
        ("I'm Anita and my number is nine eight four five zero one two three four five", ANITA),
        ("I am in Dubai, +971 50 123 4567", "+971501234567"),
        ("my account number is 9845012345", None),
        ("order number 9845012345", None),
        ("it is 2345678901", None),
        ("tomorrow at five", None),
    ],
)
def test_in_passing_a_mobile_number_is_one_by_itself(utterance: str, value: str | None) -> None:
    found = parse_phone(utterance, IN_PASSING)
    assert (found and found.value) == value


def test_span_holds_the_plus() -> None:
    found = parse_phone("it is +1 415 555 2671", ASKED)
    assert found is not None
    assert found.span == (6, 21)


@each_row(
    ("utterance", "missing"),
    [
        ("nine eight four five zero one two", True),
        ("98450", True),
        ("98450 12345", False),
        ("098450 1234", True),
        ("098450 12345", False),
        ("plus nine one nine eight four five", True),
        ("plus nine one 98450 12345", False),
        ("98450 12 double", True),
        ("plus", True),
        ("0091 98450", True),
        ("+1 415 555 2671", False),
        ("I don't have one", False),
        ("", False),
    ],
)
def test_number_is_unfinished_until_all_its_digits_are_said(utterance: str, missing: bool) -> None:
    assert phone_is_missing_digits(utterance, ASKED) is missing


@settings(max_examples=10)
@given(st.from_regex(r"[6-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "0", "91 ", "+91-"]))
def test_every_indian_mobile_number_is_read_back(number: str, prefix: str) -> None:
    found = parse_phone(f"it is {prefix}{number[:5]} {number[5:]}", ASKED)
    assert found is not None
    assert found.value == number
    assert found.certain


@settings(max_examples=10)
@given(st.text("0123456789+-., double", max_size=60), st.booleans())
def test_any_text_is_read_without_error(utterance: str, expected: bool) -> None:
    found = parse_phone(utterance, SlotContext(NOW, "en-IN", expected, {}))
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
