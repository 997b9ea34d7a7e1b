"""Strings of digits as callers say them and recognisers write them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.digits import digits_are_missing, parse_digits
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def asked(language: str = "en-IN", **options: object) -> SlotContext:
    return SlotContext(NOW, language, expected=True, options=options)


def in_passing(**options: object) -> SlotContext:
    return SlotContext(NOW, "en-IN", expected=False, options=options)


DIGITS = [
    ("one two three four", "1234"),
    ("1234", "1234"),
    ("1 2 3 4", "1234"),
    ("1, 2, 3, 4.", "1234"),
    ("1-2-3-4", "1234"),
    ("12 34", "1234"),
    ("1,234", "1234"),
    ("1,25,000", "125000"),
    ("984.500.1234", "9845001234"),
    ("nine eight four, five zero", "98450"),
    ("nine eight four five oh", "98450"),
    ("9 8 4 5 O", "98450"),
    ("nine 845 00", "984500"),
    ("double five, triple nine", "55999"),
    ("double 5", "55"),
    ("double five", "55"),
    ("5 5 double 0", "5500"),
    ("double 55", "55"),
    ("double 845", "8845"),
    ("triple zero seven", "0007"),
    ("double oh seven", "007"),
    ("treble two one", "2221"),
    ("quadruple one", "1111"),
    ("Double seven double eight", "7788"),
    ("twenty three", "23"),
    ("twenty-three forty-five", "2345"),
    ("nine eight forty five", "9845"),
    ("twenty twenty", "2020"),
    ("fifteen sixteen", "1516"),
    ("ten eleven twelve", "101112"),
    ("five hundred", "500"),
    ("eight hundred five five five", "800555"),
    ("four thousand", "4000"),
    ("one two three hash", "123"),
    ("1 2 3 #", "123"),
    ("star one two three", "*123"),
    ("one two star three", "12*3"),
    ("nought seven nought", "070"),
    ("zero zero one", "001"),
    ("niner fife sicks", "956"),
    ("my number is four five six seven", "4567"),
    ("the code is 4567", "4567"),
    ("It's four, five, six, seven, please.", "4567"),
    ("yes, 4567", "4567"),
    ("um four five uh six seven", "4567"),
    ("four five and six seven", "4567"),
    ("four five then six seven", "4567"),
    ("four five dash six seven", "4567"),
    ("a four digit code, one two three four", "1234"),
    ("Oh, nine eight four", "984"),
    ("oh nine eight four", "0984"),
    ("one", "1"),
    ("nine", "9"),
    ("एक दो तीन चार", "1234"),
    ("१२३४", "1234"),
    ("नौ आठ चार", "984"),
    ("डबल पाँच तीन", "553"),
    ("शून्य एक", "01"),
    ("वन टू थ्री", "123"),
    ("मेरा नंबर एक दो तीन है", "123"),
    ("ek paanch nau", "159"),
    ("my pin is ek paanch nau chhe", "1596"),
    ("order number seven seven eight", "778"),
]

HEARD_WRONG = [
    ("my number is nine eight for five to one", "984521"),
    ("nine ate seven six", "9876"),
    ("one to three for five", "12345"),
    ("won two three four", "1234"),
    ("five too six six", "5266"),
    ("one do three five", "1235"),
]

NO_DIGITS = [
    "",
    "hello",
    "one moment",
    "one second please",
    "that one",
    "I have two cars",
    "give me two minutes",
    "to",
    "for you",
    "oh",
    "rolling over my 401k",
    "my 7:30 reservation",
    "I was given $200",
    "a 500 dollar withdrawal",
    "what is 30% of 2350",
    "double",
    "hash",
    "nobody told me",
    "what is it for",
    "do you need it too",
]


@each_row(("utterance", "value"), DIGITS)
def test_digits_are_understood(utterance: str, value: str) -> None:
    found = parse_digits(utterance, asked())
    assert found is not None
    assert found.value == value
    assert found.certain


@each_row(("utterance", "value"), HEARD_WRONG)
def test_words_that_sound_like_digits_are_digits_among_digits(utterance: str, value: str) -> None:
    found = parse_digits(utterance, asked())
    assert found is not None
    assert found.value == value
    assert not found.certain
    sized = parse_digits(utterance, asked(length=len(value)))
    assert sized is not None
    assert sized.certain


@each_row("utterance", NO_DIGITS)
def test_utterance_without_digits_gives_none(utterance: str) -> None:
    assert parse_digits(utterance, asked()) is None


def test_only_the_right_length_is_taken() -> None:
    assert parse_digits("one two three", asked(length=4)) is None
    assert parse_digits("one two three four five", asked(length=4)) is None
    assert parse_digits("one two three four", asked(length="4")) is not None
    assert parse_digits("one two three", asked(min=4, max=6)) is None
    assert parse_digits("one two three four five", asked(min=4, max=6)) is not None
    assert parse_digits("1234567", asked(min=4, max=6)) is None


@each_row(
    ("utterance", "value"),
    [
        ("nine eight four, no sorry, nine eight five", "985"),
        ("1234, I mean 1235", "1235"),
        ("one two three four, wait, one two three five", "1235"),
    ],
)
def test_what_is_said_last_corrects(utterance: str, value: str) -> None:
    found = parse_digits(utterance, asked())
    assert found is not None
    assert found.value == value


def test_of_two_numbers_the_one_of_the_right_length_is_taken() -> None:
    found = parse_digits("in room 12 the code was 5678", asked(length=4))
    assert found is not None
    assert found.value == "5678"


def test_parts_with_words_between_are_joined_to_the_right_length() -> None:
    found = parse_digits("first comes 12 and after it there is 34", asked(length=4))
    assert found is not None
    assert found.value == "1234"
    assert not found.certain


@each_row(
    ("utterance", "value"),
    [
        ("my pin is 1 2 3 4 and I want my balance", "1234"),
        ("it's about account number one two three four", "1234"),
        ("the otp is double one two three", "1123"),
        ("no, I meant 1 2 3 5", "1235"),
    ],
)
def test_digits_in_passing_need_to_be_named(utterance: str, value: str) -> None:
    found = parse_digits(utterance, in_passing(length=4))
    assert found is not None
    assert found.value == value


@each_row(
    "utterance",
    ["in 2026", "1 2 3 4", "call me at 1234", "my phone number is 1234", "for two or three people"],
)
def test_other_digits_in_passing_are_left_alone(utterance: str) -> None:
    assert parse_digits(utterance, in_passing(length=4)) is None


def test_entry_is_unfinished_until_its_length_is_said() -> None:
    assert digits_are_missing("one two three", asked(length=4))
    assert digits_are_missing("one two double", asked())
    assert digits_are_missing("one two", asked(min=3, max=9))
    assert not digits_are_missing("one two three four", asked(length=4))
    assert not digits_are_missing("one two hash", asked(length=4))
    assert not digits_are_missing("I don't know", asked(length=4))
    assert not digits_are_missing("one two", asked())


NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@settings(max_examples=10)
@given(st.text("0123456789", min_size=3, max_size=16))
def test_digits_said_one_by_one_are_read_back(digits: str) -> None:
    found = parse_digits(" ".join(NAMES[int(digit)] for digit in digits), asked())
    assert found is not None
    assert found.value == digits


@settings(max_examples=10)
@given(st.lists(st.sampled_from([*NAMES, "double", "oh", "to", "hundred", "no", "1.5", "#", "-"])))
def test_any_mixture_is_read_without_error(words: list[str]) -> None:
    utterance = " ".join(words)
    found = parse_digits(utterance, asked())
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
