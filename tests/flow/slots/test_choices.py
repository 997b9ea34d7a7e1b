"""Answers chosen from the author's list."""

from datetime import UTC, datetime

import pytest
from tables import each_row

from runtime.flow.slots.choices import choice_by_digit, parse_choice
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PARTS_OF_DAY = {"choices": ["morning", "afternoon", "evening"]}
CITIES = {
    "choices": {
        "new_delhi": ["delhi", "the capital"],
        "mumbai": {"synonyms": ["bombay"], "digit": "2"},
        "bengaluru": {"synonyms": "bangalore", "digit": 5},
        "chennai": None,
    }
}
CLINIC = {"choices": {"physician": ["gp"], "dentist": [], "green tea": ["matcha"]}}
HOMES = {"choices": {"one_bhk": ["1 BHK", "one bedroom"], "two_bhk": ["two BHK", "two bedrooms"]}}


def asked(options: dict[str, object], language: str = "en-IN") -> SlotContext:
    return SlotContext(NOW, language, expected=True, options=options)


def in_passing(options: dict[str, object]) -> SlotContext:
    return SlotContext(NOW, "en-IN", expected=False, options=options)


NAMED = [
    (PARTS_OF_DAY, "morning", "morning"),
    (PARTS_OF_DAY, "Morning.", "morning"),
    (PARTS_OF_DAY, "EVENING", "evening"),
    (PARTS_OF_DAY, "in the afternoon please", "afternoon"),
    (PARTS_OF_DAY, "mornings", "morning"),
    (PARTS_OF_DAY, "evenings are best for me", "evening"),
    (PARTS_OF_DAY, "I'd like the morning one", "morning"),
    (PARTS_OF_DAY, "um the, the evening", "evening"),
    (PARTS_OF_DAY, "not morning, evening", "evening"),
    (PARTS_OF_DAY, "morning, no, evening", "evening"),
    (PARTS_OF_DAY, "morning, sorry, I meant afternoon", "afternoon"),
    (PARTS_OF_DAY, "morning, yes, morning", "morning"),
    (PARTS_OF_DAY, "not the first, the evening", "evening"),
    (CITIES, "delhi", "new_delhi"),
    (CITIES, "New Delhi", "new_delhi"),
    (CITIES, "New-Delhi", "new_delhi"),
    (CITIES, "new_delhi", "new_delhi"),
    (CITIES, "the capital", "new_delhi"),
    (CITIES, "I live in the capital", "new_delhi"),
    (CITIES, "Bombay", "mumbai"),
    (CITIES, "Mumbai, please.", "mumbai"),
    (CITIES, "bangalore", "bengaluru"),
    (CITIES, "It's Bengaluru", "bengaluru"),
    (CITIES, "Chennai", "chennai"),
    (CITIES, "from chennai", "chennai"),
    (HOMES, "two bhk", "two_bhk"),
    (HOMES, "2 BHK", "two_bhk"),
    (HOMES, "a 1 bhk flat", "one_bhk"),
    (HOMES, "one bedroom", "one_bhk"),
    (HOMES, "2 bedroom", "two_bhk"),
    (CLINIC, "gp", "physician"),
    (CLINIC, "the G P please", "physician"),
    (CLINIC, "G.P.", "physician"),
    (CLINIC, "matcha instead of the dentist", "green tea"),
    (CLINIC, "a physician rather than a dentist", "physician"),
]
PLACED = [
    (PARTS_OF_DAY, "the first one", "morning"),
    (PARTS_OF_DAY, "first", "morning"),
    (PARTS_OF_DAY, "the second one", "afternoon"),
    (PARTS_OF_DAY, "second one please", "afternoon"),
    (PARTS_OF_DAY, "I'll take the third", "evening"),
    (PARTS_OF_DAY, "the last one", "evening"),
    (PARTS_OF_DAY, "1st", "morning"),
    (PARTS_OF_DAY, "the 2nd one", "afternoon"),
    (PARTS_OF_DAY, "option two", "afternoon"),
    (PARTS_OF_DAY, "Option 3.", "evening"),
    (PARTS_OF_DAY, "number one", "morning"),
    (PARTS_OF_DAY, "two", "afternoon"),
    (PARTS_OF_DAY, "3", "evening"),
    (PARTS_OF_DAY, "press 1", "morning"),
    (PARTS_OF_DAY, "one", "morning"),
    (PARTS_OF_DAY, "I would like number two please", "afternoon"),
    (PARTS_OF_DAY, "pehla", "morning"),
    (PARTS_OF_DAY, "doosra wala", "afternoon"),
    (PARTS_OF_DAY, "तीसरा", "evening"),
    (PARTS_OF_DAY, "पहला वाला", "morning"),
    (PARTS_OF_DAY, "दो", "afternoon"),
    (CITIES, "two", "mumbai"),
    (CITIES, "press five", "bengaluru"),
    (CITIES, "the third one", "bengaluru"),
    (CITIES, "the last one", "chennai"),
]
NEARLY = [
    (PARTS_OF_DAY, "evning", "evening"),
    (PARTS_OF_DAY, "mornin", "morning"),
    (PARTS_OF_DAY, "mourning", "morning"),
    (PARTS_OF_DAY, "afternon please", "afternoon"),
    (PARTS_OF_DAY, "aftrenoon", "afternoon"),
    (CITIES, "mumbay", "mumbai"),
    (CITIES, "bangalor", "bengaluru"),
    (CITIES, "chenai", "chennai"),
    (CITIES, "new deli", "new_delhi"),
    (CITIES, "bengalooru", "bengaluru"),
    (CLINIC, "greentea", "green tea"),
]
NONE = [
    (PARTS_OF_DAY, ""),
    (PARTS_OF_DAY, "hello"),
    (PARTS_OF_DAY, "I don't know"),
    (PARTS_OF_DAY, "morning or evening"),
    (PARTS_OF_DAY, "not morning"),
    (PARTS_OF_DAY, "the fourth one"),
    (PARTS_OF_DAY, "seven"),
    (PARTS_OF_DAY, "0"),
    (PARTS_OF_DAY, "I have one question"),
    (PARTS_OF_DAY, "first tell me the price"),
    (PARTS_OF_DAY, "one moment"),
    (PARTS_OF_DAY, "tomorrow"),
    (PARTS_OF_DAY, "meaning"),
    (CITIES, "delhi or mumbai"),
    (CITIES, "one"),
    (CITIES, "kolkata"),
    (HOMES, "bedroom"),
    ({"choices": []}, "the last one"),
    (CLINIC, "not the dentist"),
    (CLINIC, "anything but the dentist"),
]


@each_row(("options", "utterance", "name"), NAMED + PLACED)
def test_choice_is_understood(options: dict[str, object], utterance: str, name: str) -> None:
    found = parse_choice(utterance, asked(options))
    assert found is not None
    assert found.value == name
    assert found.certain


@each_row(("options", "utterance", "name"), NEARLY)
def test_slip_of_a_letter_is_understood_but_not_certain(
    options: dict[str, object], utterance: str, name: str
) -> None:
    found = parse_choice(utterance, asked(options))
    assert found is not None
    assert found.value == name
    assert not found.certain


@each_row(("options", "utterance"), NONE)
def test_anything_else_is_no_choice(options: dict[str, object], utterance: str) -> None:
    assert parse_choice(utterance, asked(options)) is None


@each_row(("options", "utterance", "name"), NAMED)
def test_name_counts_in_passing(options: dict[str, object], utterance: str, name: str) -> None:
    found = parse_choice(f"{utterance} and thanks", in_passing(options))
    assert found is not None
    assert found.value == name


@each_row(("options", "utterance", "name"), PLACED + NEARLY)
def test_place_or_slip_does_not_count_in_passing(
    options: dict[str, object], utterance: str, name: str
) -> None:
    assert parse_choice(utterance, in_passing(options)) is None


def test_span_is_where_the_choice_stands() -> None:
    found = parse_choice("well, New Delhi then", asked(CITIES))
    assert found is not None
    assert found.span == (6, 15)


def test_digits_count_places_where_the_author_set_none() -> None:
    assert choice_by_digit("2", PARTS_OF_DAY) == "afternoon"
    assert choice_by_digit("4", PARTS_OF_DAY) is None
    assert choice_by_digit("0", PARTS_OF_DAY) is None
    assert choice_by_digit("5", CITIES) == "bengaluru"
    assert choice_by_digit("1", CITIES) is None


def test_choices_of_another_shape_are_our_error() -> None:
    with pytest.raises(TypeError, match="list or a mapping"):
        parse_choice("two", asked({"choices": 3}))
