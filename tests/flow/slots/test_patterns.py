"""Codes of the author's own form."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.patterns import parse_pattern
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ORDER = r"[A-Z]{2}\d{3}"
PLATE = r"[A-Z]{2}\d{2}[A-Z]{1,2}\d{4}"
PAN = r"[A-Z]{5}\d{4}[A-Z]"
DASHED = r"\d{3}-\d{4}"
INVOICE = r"INV/\d{2}/\d{3}"


def asked(pattern: str) -> SlotContext:
    return SlotContext(NOW, "en-IN", expected=True, options={"pattern": pattern})


def in_passing(pattern: str) -> SlotContext:
    return SlotContext(NOW, "en-IN", expected=False, options={"pattern": pattern})


CODES = [
    (ORDER, "AB123", "AB123"),
    (ORDER, "ab123", "AB123"),
    (ORDER, "AB 123", "AB123"),
    (ORDER, "AB-123", "AB123"),
    (ORDER, "A B 1 2 3", "AB123"),
    (ORDER, "A. B. 1. 2. 3.", "AB123"),
    (ORDER, "A, B, 1, 2, 3", "AB123"),
    (ORDER, "A-B-1-2-3", "AB123"),
    (ORDER, "a b one two three", "AB123"),
    (ORDER, "A B one twenty three", "AB123"),
    (ORDER, "A B double one two", "AB112"),
    (ORDER, "A B triple five", "AB555"),
    (ORDER, "double A one two three", "AA123"),
    (ORDER, "A B oh one two", "AB012"),
    (ORDER, "A B O 1 2", "AB012"),
    (ORDER, "A O one two three", "AO123"),
    (ORDER, "A B twenty three four", "AB234"),
    (ORDER, "A B hundred and five", None),
    (ORDER, "my order number is A B one two three", "AB123"),
    (ORDER, "It's AB123, thank you.", "AB123"),
    (ORDER, "um A B uh one two three", "AB123"),
    (ORDER, "A for apple B for boy one two three", "AB123"),
    (ORDER, "A as in apple, B as in boy, one, two, three", "AB123"),
    (ORDER, "A like apple B like boy 123", "AB123"),
    (ORDER, "capital A capital B one two three", "AB123"),
    (ORDER, "small a small b one two three", "AB123"),
    (ORDER, "zed B one two three", "ZB123"),
    (ORDER, "A double U one two three", "AW123"),
    (ORDER, "A B dash one two three", "AB123"),
    (ORDER, "A B hyphen 123", "AB123"),
    (ORDER, "A B एक दो तीन", "AB123"),
    (ORDER, "A B 1 2 3 4", None),
    (ORDER, "4 A B 1 2 3", "AB123"),
    (ORDER, "A 1 2 3", None),
    (ORDER, "hello", None),
    (ORDER, "rolling over my 401k", None),
    (ORDER, "my 7:30 reservation", None),
    (ORDER, "by 600 dollars", None),
    (ORDER, "at 5:00", None),
    (ORDER, "march 12th to 14th", None),
    (ORDER, "", None),
    (ORDER, "I don't know", None),
    (ORDER, "one moment", None),
    (ORDER, "one two three", None),
    (PLATE, "KA01AB1234", "KA01AB1234"),
    (PLATE, "KA 01 AB 1234", "KA01AB1234"),
    (PLATE, "KA-01-AB-1234", "KA01AB1234"),
    (PLATE, "ka 01 a 1234", "KA01A1234"),
    (PLATE, "K A zero one A B one two three four", "KA01AB1234"),
    (PLATE, "K A oh one A B twelve thirty four", "KA01AB1234"),
    (PLATE, "vehicle number K A zero one A B double one double two", "KA01AB1122"),
    (PLATE, "my car is MH 12 DE 1433", "MH12DE1433"),
    (PLATE, "M H twelve D E fourteen thirty three", "MH12DE1433"),
    (PLATE, "KA 01", None),
    (PAN, "ABCDE1234F", "ABCDE1234F"),
    (PAN, "A B C D E 1 2 3 4 F", "ABCDE1234F"),
    (PAN, "abcde one two three four f", "ABCDE1234F"),
    (PAN, "A B C D E twelve thirty four F for father", "ABCDE1234F"),
    (PAN, "A B double C E 1234 F", "ABCCE1234F"),
    (DASHED, "123-4567", "123-4567"),
    (DASHED, "one two three dash four five six seven", "123-4567"),
    (DASHED, "one two three hyphen 4567", "123-4567"),
    (DASHED, "1234567", None),
    (INVOICE, "I N V slash two six slash one two three", "INV/26/123"),
    (INVOICE, "INV/26/123", "INV/26/123"),
    (INVOICE, "inv stroke 26 stroke 123", "INV/26/123"),
    (r"[a-z]\d", "b seven", "B7"),
    (r"\d{4}", "the code is four five six seven", "4567"),
    (r"\d{4}", "the code is 45 67", "4567"),
    (r"RED|BLUE", "the blue one", "BLUE"),
    (ORDER, "kay ay one two three", "KA123"),
    (PLATE, "em aitch twelve a b 1234", "MH12AB1234"),
]

HEARD_WRONG = [
    (ORDER, "A B to three four", "AB234"),
    (ORDER, "A be one two three", "AB123"),
    (ORDER, "see B one for five", "CB145"),
    (ORDER, "you are one ate five", "UR185"),
    (ORDER, "it's a AB123", "AB123"),
    (ORDER, "alpha bravo one two three", "AB123"),
]


@each_row(("pattern", "utterance", "code"), CODES)
def test_code_is_understood(pattern: str, utterance: str, code: str | None) -> None:
    found = parse_pattern(utterance, asked(pattern))
    assert (found and found.value) == code
    assert found is None or found.certain


@each_row(("pattern", "utterance", "code"), HEARD_WRONG)
def test_words_that_sound_like_signs_are_not_certain(
    pattern: str, utterance: str, code: str
) -> None:
    found = parse_pattern(utterance, asked(pattern))
    assert found is not None
    assert found.value == code
    assert not found.certain


@each_row(
    ("pattern", "utterance", "code"),
    [
        (ORDER, "what about AB123", "AB123"),
        (ORDER, "my order number is A B one two three", "AB123"),
        (PLATE, "I came in KA 01 AB 1234 today", "KA01AB1234"),
        (r"\d{4}", "booking reference 4567", "4567"),
        (r"\d{4}", "in 2026", None),
        (r"\d{4}", "no, I meant 4567", "4567"),
        (ORDER, "A B to three four", None),
        (r"[A-Z]{4}", "call them soon", None),
    ],
)
def test_code_in_passing_has_to_be_named_or_be_plain(
    pattern: str, utterance: str, code: str | None
) -> None:
    found = parse_pattern(utterance, in_passing(pattern))
    assert (found and found.value) == code


def test_span_is_where_the_code_stands() -> None:
    utterance = "my order is A B one two three, thanks"
    found = parse_pattern(utterance, asked(ORDER))
    assert found is not None
    assert utterance[slice(*found.span)] == "A B one two three"


@settings(max_examples=10)
@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z]{2}[0-9]{4}", fullmatch=True))
def test_every_code_that_is_spelled_is_read_back(code: str) -> None:
    found = parse_pattern(" ".join(code), asked(PLATE))
    assert found is not None
    assert found.value == code
