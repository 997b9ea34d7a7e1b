"""Numbers as callers say them."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.numbers import parse_integer, parse_number
from runtime.flow.slots.value import Found, SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def asked(language: str = "en-IN", **options: object) -> SlotContext:
    return SlotContext(NOW, language, expected=True, options=options)


IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

NUMBERS = [
    ("five", "5"),
    ("zero", "0"),
    ("Twenty-three.", "23"),
    ("twenty three", "23"),
    ("nineteen", "19"),
    ("a hundred", "100"),
    ("one hundred", "100"),
    ("a hundred and five", "105"),
    ("five hundred and ten", "510"),
    ("nine hundred ninety nine", "999"),
    ("twelve hundred", "1200"),
    ("a thousand", "1000"),
    ("five thousand and one", "5001"),
    ("two thousand five hundred", "2500"),
    ("five hundred two thousand", "502000"),
    ("two hundred and fifty thousand three hundred and one", "250301"),
    ("two lakh", "200000"),
    ("two lakhs", "200000"),
    ("2 lacs", "200000"),
    ("two lakh fifty thousand", "250000"),
    ("2 lakh 50 thousand", "250000"),
    ("two lakh fifty thousand five hundred and six", "250506"),
    ("one crore twenty five lakh", "12500000"),
    ("three crore five lakh ten thousand", "30510000"),
    ("1.5 crore", "15000000"),
    ("one point five crore", "15000000"),
    ("two thousand crore", "20000000000"),
    ("one lakh crore", "1000000000000"),
    ("half a million", "500000"),
    ("one million five hundred thousand", "1500000"),
    ("two billion", "2000000000"),
    ("two and a half thousand", "2500"),
    ("two and a half lakh", "250000"),
    ("a lakh and a half", "150000"),
    ("three and a quarter", "3.25"),
    ("three and three quarters", "3.75"),
    ("two and a half", "2.5"),
    ("half", "0.5"),
    ("three point one four", "3.14"),
    ("three point one oh five", "3.105"),
    ("zero point five", "0.5"),
    ("point five", "0.5"),
    ("minus five", "-5"),
    ("negative two point five", "-2.5"),
    ("-5", "-5"),
    ("1,25,000", "125000"),
    ("1,250,000.50", "1250000.5"),
    ("5k", "5000"),
    ("10 L", "1000000"),
    ("2.5 cr", "25000000"),
    ("a dozen", "12"),
    ("half a dozen", "6"),
    ("two dozen", "24"),
    ("one fifty", "150"),
    ("nineteen ninety nine", "1999"),
    ("twenty twenty six", "2026"),
    ("twenty oh five", "2005"),
    ("um, I think it's about forty", "40"),
    ("We are five people", "5"),
    ("five, no, six", "6"),
    ("five, sorry, I meant six", "6"),
    ("not five, six", "6"),
    ("seven, yes seven", "7"),
    ("I am 45 years old", "45"),
    ("just the two of us", "2"),
    ("पाँच", "5"),
    ("पांच सौ", "500"),
    ("दो लाख पचास हज़ार", "250000"),
    ("डेढ़ सौ", "150"),
    ("ढाई हज़ार", "2500"),
    ("सवा लाख", "125000"),
    ("साढ़े तीन लाख", "350000"),
    ("पौने दो", "1.75"),
    ("निन्यानवे", "99"),
    ("थ्री", "3"),
    ("१२३", "123"),
    ("sadhe teen hazaar", "3500"),
    ("do lakh pachas hazaar", "250000"),
    ("dhai sau", "250"),
    ("paanch", "5"),
    ("2 1/2", "2.5"),
    ("1/2", "0.5"),
    ("3/4", "0.75"),
    ("do point paanch", "2.5"),
    ("five k", "5000"),
]

GUESSES = [
    ("1/2/2026", "1"),
    ("one two three", "123"),
    ("two five nought", "250"),
    ("ten fifty", "1050"),
    ("two or three", "2"),
    ("a couple", "2"),
    ("triple five", "555"),
    ("one double zero", "100"),
    ("one oh five", "105"),
    ("double two three", "223"),
]

NO_NUMBERS = [
    "a quarter of the clinic",
    "",
    "hello",
    "I don't know",
    "one moment please",
    "one second",
    "that one",
    "no one",
    "which one is that",
    "the other one",
    "give me two minutes",
    "hold on one minute",
    "do you have a room",
    "a teen sat down",
    "minus",
    "...",
    "12345678901234567890",
    "please cancel my 7:30 reservation",
    "from april 2nd to 4th",
    "at five pm",
    "I need a card, tell me how to order one",
    "what is the charge for 30 pounds",
    "do you have to be 18 to join",
]


def say(number: Found | None) -> str | None:
    return None if number is None else str(number.value)


@each_row(("utterance", "value"), NUMBERS)
def test_number_is_understood(utterance: str, value: str) -> None:
    found = parse_number(utterance, asked())
    assert say(found) == value
    assert found is not None
    assert found.certain
    assert isinstance(found.value, Decimal)


@each_row(("utterance", "value"), GUESSES)
def test_number_that_may_be_another_is_not_certain(utterance: str, value: str) -> None:
    found = parse_number(utterance, asked())
    assert say(found) == value
    assert found is not None
    assert not found.certain


@each_row("utterance", NO_NUMBERS)
def test_utterance_without_a_number_gives_none(utterance: str) -> None:
    assert parse_number(utterance, asked()) is None


@each_row(
    ("utterance", "value"),
    [("do", "2"), ("teen", "3"), ("saat", "7"), ("chaar sau bees", "420"), ("do sau", "200")],
)
def test_short_hindi_words_count_in_a_hindi_flow(utterance: str, value: str) -> None:
    assert say(parse_number(utterance, asked("hi-IN"))) == value


@each_row(
    ("utterance", "value"),
    [
        ("a table for five people", "5"),
        ("book a table for six", "6"),
        ("we need twelve tickets for Friday", "12"),
        ("party of eight", "8"),
        ("the quantity is two dozen", "24"),
        ("no, I meant six", "6"),
        ("make it seven", "7"),
    ],
)
def test_number_said_in_passing_needs_something_counted(utterance: str, value: str) -> None:
    assert say(parse_number(utterance, IN_PASSING)) == value


@each_row(
    "utterance",
    [
        "book me for tomorrow at five",
        "five",
        "call me in two hours",
        "I meant six pm",
        "I paid five hundred rupees",
        "on the fifth of June",
        "press two",
    ],
)
def test_other_numbers_said_in_passing_are_left_alone(utterance: str) -> None:
    assert parse_number(utterance, IN_PASSING) is None


INTEGERS = [
    ("five", 5),
    ("5", 5),
    ("Five.", 5),
    ("two people", 2),
    ("three of us", 3),
    ("for four", 4),
    ("there are four of us", 4),
    ("we are six", 6),
    ("table for two please", 2),
    ("no, four", 4),
    ("three, no, four", 4),
    ("I have two kids", 2),
    ("seven, I think", 7),
    ("it's a 4", 4),
    ("number 7", 7),
    ("only one", 1),
    ("1 only", 1),
    ("three times", 3),
    ("a dozen", 12),
    ("dozen", 12),
    ("half a dozen", 6),
    ("two dozen", 24),
    ("twenty-two", 22),
    ("ninety nine", 99),
    ("one hundred", 100),
    ("hundred", 100),
    ("one hundred one", 101),
    ("a hundred and one", 101),
    ("eight hundred", 800),
    ("twelve hundred", 1200),
    ("1,200", 1200),
    ("1,25,000", 125000),
    ("two thousand and five", 2005),
    ("5k", 5000),
    ("five k", 5000),
    ("two lakh fifty thousand", 250000),
    ("2 lakhs 50 thousand", 250000),
    ("2.5 lakhs", 250000),
    ("2 crore", 20000000),
    ("minus twelve", -12),
    ("zero", 0),
    ("nil", 0),
    ("2.5 thousand", 2500),
    ("dedh sau", 150),
    ("ek", 1),
    ("paanch", 5),
    ("das", 10),
    ("pachees", 25),
    ("pachas", 50),
    ("do sau", 200),
    ("teen hazar", 3000),
    ("dhai lakh", 250000),
    ("दो", 2),
    ("चार लोग", 4),
    ("दस", 10),
    ("पच्चीस", 25),
    ("सौ", 100),
    ("एक हज़ार", 1000),
    ("ढाई सौ", 250),
    ("२५", 25),
    ("एक लाख बीस हज़ार", 120000),
    ("two and a half", None),
    ("2 1/2", None),
    ("three point five", None),
    ("half", None),
    ("hello", None),
    ("to", None),
    ("for", None),
    ("just me", None),
    ("that one", None),
    ("one moment", None),
    ("how many can I have", None),
]


@each_row(("utterance", "value"), INTEGERS)
def test_integer_is_whole(utterance: str, value: int | None) -> None:
    found = parse_integer(utterance, asked())
    assert (found and found.value) == value
    assert found is None or type(found.value) is int


def test_number_outside_its_bounds_is_not_taken() -> None:
    assert parse_number("eleven", asked(min=1, max=10)) is None
    assert parse_number("zero", asked(min=1, max=10)) is None
    assert say(parse_number("ten", asked(min=1, max="10"))) == "10"


def test_span_is_where_the_number_stands() -> None:
    utterance = "Well, it is two lakh fifty thousand, I think."
    found = parse_number(utterance, asked())
    assert found is not None
    assert utterance[slice(*found.span)] == "two lakh fifty thousand"


UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
TEENS = "fifteen sixteen seventeen eighteen nineteen"
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
SCALES = [(10**7, "crore"), (10**5, "lakh"), (1000, "thousand"), (100, "hundred")]


def spoken(number: int) -> str:
    for scale, name in SCALES:
        if number >= scale:
            rest = number % scale
            return f"{spoken(number // scale)} {name}" + (f" {spoken(rest)}" if rest else "")
    if number < 20:
        return f"{UNITS} {TEENS}".split()[number]
    return TENS.split()[number // 10] + (f" {spoken(number % 10)}" if number % 10 else "")


@settings(max_examples=10)
@given(st.integers(0, 10**9 - 1))
def test_every_number_is_read_back(number: int) -> None:
    found = parse_integer(spoken(number), asked())
    assert found is not None
    assert found.value == number
    assert found.certain
