"""Amounts of money as callers say them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.money import parse_money
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

MARKED = [
    ("five hundred rupees", "500"),
    ("two lakh fifty thousand rupees", "250000"),
    ("two lakhs rupees", "200000"),
    ("one rupee", "1"),
    ("Rs. 500", "500"),
    ("Rs 500", "500"),
    ("rs. 1,25,000", "125000"),
    ("₹1,25,000", "125000"),
    ("₹ 99.50", "99.5"),
    ("₹1.5 lakh", "150000"),
    ("INR 2000", "2000"),
    ("2000 INR", "2000"),
    ("500/-", "500"),
    ("Rs. 500/-", "500"),
    ("rupees five hundred only", "500"),
    ("rupees two thousand", "2000"),
    ("five hundred bucks", "500"),
    ("a thousand bucks", "1000"),
    ("ten dollars", "10"),
    ("ten dollars fifty", "10.5"),
    ("ten dollars and fifty cents", "10.5"),
    ("$10.50", "10.5"),
    ("$5 million", "5000000"),
    ("five pounds twenty", "5.2"),
    ("five quid", "5"),
    ("fifty pence", "0.5"),
    ("twenty euros", "20"),
    ("€20", "20"),
    ("£3.75", "3.75"),
    ("99 rupees and 50 paise", "99.5"),
    ("ninety nine rupees fifty paise", "99.5"),
    ("forty five rupees and fifty", "45.5"),
    ("50 paise", "0.5"),
    ("twenty five paise", "0.25"),
    ("I can pay two thousand rupees", "2000"),
    ("it was around five hundred rupees I think", "500"),
    ("two and a half lakh rupees", "250000"),
    ("two hundred and fifty rupees", "250"),
    ("one fifty rupees", "150"),
    ("five rupees, no, ten rupees", "10"),
    ("not five rupees, ten rupees", "10"),
    ("पाँच सौ रुपये", "500"),
    ("दो लाख रुपए", "200000"),
    ("डेढ़ सौ रुपये", "150"),
    ("paanch sau rupaye", "500"),
    ("do hazaar rupaye", "2000"),
    ("sadhe teen sau rupaye", "350"),
    ("500 dirhams", "500"),
    ("five crore rupees", "50000000"),
]

BARE = [
    ("five hundred", "500"),
    ("two lakh fifty thousand", "250000"),
    ("two and a half lakhs", "250000"),
    ("1,25,000", "125000"),
    ("1.5 lakh", "150000"),
    ("500", "500"),
    ("five hundred only", "500"),
    ("5k", "5000"),
    ("twelve hundred", "1200"),
    ("one crore", "10000000"),
    ("ढाई हज़ार", "2500"),
    ("zero", "0"),
    ("it's 750", "750"),
    ("five k", "5000"),
    ("five grand", "5000"),
    ("quarter million", "250000"),
    ("a quarter of a million", "250000"),
    ("2 1/2 lakhs", "250000"),
    ("2 lakhs 50 thousand", "250000"),
]

NO_MONEY = [
    "",
    "hello",
    "rupees",
    "I don't know",
    "one moment",
    "minus five rupees",
    "how many rupees is it",
    "that one",
    "please cancel my 7:30 reservation",
    "what is the limit of ten transfers",
]


@each_row(("utterance", "value"), MARKED + BARE)
def test_amount_is_understood(utterance: str, value: str) -> None:
    found = parse_money(utterance, ASKED)
    assert found is not None
    assert str(found.value) == value
    assert found.certain


@each_row(("utterance", "value"), MARKED)
def test_amount_in_a_currency_is_understood_in_passing(utterance: str, value: str) -> None:
    found = parse_money(f"yes {utterance}", IN_PASSING)
    assert found is not None
    assert str(found.value) == value


@each_row("utterance", [said for said, _ in BARE])
def test_number_without_a_currency_is_no_amount_in_passing(utterance: str) -> None:
    assert parse_money(utterance, IN_PASSING) is None


@each_row("utterance", NO_MONEY)
def test_utterance_without_an_amount_gives_none(utterance: str) -> None:
    assert parse_money(utterance, ASKED) is None


@each_row(
    ("utterance", "value"),
    [
        ("ten fifty", "1050"),
        ("five hundred or six hundred", "500"),
        ("a couple of lakh", "200000"),
        ("one five zero zero", "1500"),
        ("five double zero", "500"),
    ],
)
def test_amount_that_may_be_another_is_not_certain(utterance: str, value: str) -> None:
    found = parse_money(utterance, ASKED)
    assert found is not None
    assert str(found.value) == value
    assert not found.certain


def test_amount_in_a_currency_wins_over_other_numbers() -> None:
    found = parse_money("for three people it was 900 rupees", ASKED)
    assert found is not None
    assert str(found.value) == "900"
    assert found.span == (24, 34)


def test_amount_outside_its_bounds_is_not_taken() -> None:
    context = SlotContext(NOW, "en-IN", expected=True, options={"min": 100, "max": 1000})
    assert parse_money("fifty rupees", context) is None
    assert parse_money("two thousand", context) is None
    assert parse_money("five hundred", context) is not None


@settings(max_examples=10)
@given(st.integers(1, 10**7), st.integers(1, 99))
def test_rupees_and_paise_are_read_back(rupees: int, paise: int) -> None:
    found = parse_money(f"{rupees} rupees and {paise} paise", IN_PASSING)
    assert found is not None
    assert found.value * 100 == rupees * 100 + paise  # type: ignore[operator]  # a Decimal
