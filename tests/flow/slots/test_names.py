"""People's names as callers give and spell them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.names import parse_name
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

NAMES = [
    ("Anita", "Anita"),
    ("Anita.", "Anita"),
    ("anita rao", "Anita Rao"),
    ("ANITA RAO", "Anita Rao"),
    ("Anita Rao", "Anita Rao"),
    ("Anita Rao, please.", "Anita Rao"),
    ("um, Anita Rao", "Anita Rao"),
    ("yes, Anita", "Anita"),
    ("sure, it's Ravi Kumar, thank you", "Ravi Kumar"),
    ("hello, Ravi", "Ravi"),
    ("my name is Anita Rao", "Anita Rao"),
    ("My name's Anita", "Anita"),
    ("my full name is Anita Kumari Rao", "Anita Kumari Rao"),
    ("the name is Bond", "Bond"),
    ("my good name is Suresh", "Suresh"),
    ("name is Suresh", "Suresh"),
    ("myself Ramesh Kumar", "Ramesh Kumar"),
    ("call me Bob", "Bob"),
    ("you can call me Bobby", "Bobby"),
    ("My name is Will Smith", "Will Smith"),
    ("my name is May", "May"),
    ("my name is Anita Rao and I want an appointment", "Anita Rao"),
    ("my name is Anita I need a doctor", "Anita"),
    ("hi this is Anita", "Anita"),
    ("this is Anita Rao calling from Delhi", "Anita Rao"),
    ("it's anita", "Anita"),
    ("I am Ravi", "Ravi"),
    ("I'm Ravi Shankar", "Ravi Shankar"),
    ("that's Ravi", "Ravi"),
    ("Anita here", "Anita"),
    ("Anita Rao speaking", "Anita Rao"),
    ("Ramesh this side", "Ramesh"),
    ("Anita Rao and I want an appointment", "Anita Rao"),
    ("Anita Rao. I need a doctor.", "Anita Rao"),
    ("my name is Anita, no, my name is Rita", "Rita"),
    ("Mr. Sharma", "Sharma"),
    ("Mrs Anita Rao", "Anita Rao"),
    ("Dr. Anita Rao", "Anita Rao"),
    ("this is Doctor Rao", "Rao"),
    ("Shri Ram Prasad", "Ram Prasad"),
    ("O'Brien", "O'Brien"),
    ("o'brien", "O'Brien"),
    ("Jean-Luc Picard", "Jean-Luc Picard"),
    ("McDonald", "McDonald"),
    ("Lakshmi Narayanan Iyer", "Lakshmi Narayanan Iyer"),
    ("it's under Sharma", "Sharma"),
    ("Ming", "Ming"),
    ("S K Rao", "S K Rao"),
    ("S. K. Rao", "S K Rao"),
    ("A.P.J. Abdul Kalam", "A P J Abdul Kalam"),
    ("my name is M S Subbulakshmi", "M S Subbulakshmi"),
    ("A N I T A", "Anita"),
    ("a n i t a", "Anita"),
    ("A-N-I-T-A.", "Anita"),
    ("A, N, I, T, A", "Anita"),
    ("A. N. I. T. A.", "Anita"),
    ("it's spelled A N I T A", "Anita"),
    ("Anita, A N I T A", "Anita"),
    ("Anita, that's A N I T A", "Anita"),
    ("my name is Anitha that's A N I T H A", "Anitha"),
    ("Anita, spelled A N I T H A", "Anitha"),
    ("Anita Rao, R A O", "Anita Rao"),
    ("A N I T A space R A O", "Anita Rao"),
    ("S for sugar U N I L", "Sunil"),
    ("S for sugar, U for umbrella, N for nancy, I for india, L for lion", "Sunil"),
    ("S as in sugar A M", "Sam"),
    ("my name is S for sugar U N I L", "Sunil"),
    ("capital R A double M", "Ramm"),
    ("A double N A", "Anna"),
    ("first name Anita last name Rao", "Anita Rao"),
    ("first name is Anita and last name is Rao", "Anita Rao"),
    ("mera naam anita hai", "Anita"),
    ("mera naam Anita Rao hai", "Anita Rao"),
    ("main Anita bol rahi hoon", "Anita"),
    ("Anita bol rahi hoon", "Anita"),
    ("ji, Ravi", "Ravi"),
    ("मेरा नाम अनीता है", "अनीता"),
    ("मेरा नाम अनीता राव है", "अनीता राव"),
    ("अनीता", "अनीता"),
    ("Ravi from Bangalore", "Ravi"),
    ("Ravi Kumar Sharma from New Delhi", "Ravi Kumar Sharma"),
    ("naam Ravi", "Ravi"),
]

NO_NAMES = [
    "desync from my phone",
    "",
    "...",
    "yes",
    "no",
    "hello",
    "what",
    "I don't know",
    "I'm fine",
    "I am looking for a doctor",
    "I'm calling about a bill",
    "this is urgent",
    "this is not a good time",
    "it's about my order",
    "book an appointment",
    "I want to book",
    "can you repeat",
    "one moment please",
    "tomorrow at five",
    "nine eight four five",
    "98450 12345",
    "why do you ask",
    "speak to a person",
    "I'm certain I have the right amount",
    "I withdrew cash abroad",
    "I saw a fee on my app",
    "it should be going through at some point",
    "I am curious about whether you have pets",
    "i am curious about whether you have pets",
    "this is Rahul's wife",
    "name the items on my list",
    "add this song to my list",
    "double n",
    "my name is",
    "मुझे पता नहीं",
]

PASSING = [
    ("my name is Anita Rao and I want a table for five", "Anita Rao"),
    ("hello my name is anita rao", "Anita Rao"),
    ("This is Anita, I want a table", "Anita"),
    ("I am Ravi and I need a doctor", "Ravi"),
    ("Anita here", "Anita"),
    ("myself Ramesh Kumar", "Ramesh Kumar"),
    ("mera naam anita hai aur mujhe doctor chahiye", "Anita"),
    ("no, I meant Rita", "Rita"),
    ("Anita Rao", None),
    ("this is anita", None),
    ("This is urgent", None),
    ("I am Calling about a bill", None),
    ("it's for Friday", None),
    ("I want to book for tomorrow", None),
    ("A N I T A", None),
]


@each_row(("utterance", "name"), NAMES)
def test_name_is_understood(utterance: str, name: str) -> None:
    found = parse_name(utterance, ASKED)
    assert found is not None
    assert found.value == name
    assert found.certain


def test_row_of_small_words_may_be_something_else_than_a_name() -> None:
    found = parse_name("provide currency exchange rates", ASKED)
    assert found is not None
    assert not found.certain


@each_row("utterance", NO_NAMES)
def test_utterance_without_a_name_gives_none(utterance: str) -> None:
    assert parse_name(utterance, ASKED) is None


@each_row(("utterance", "name"), PASSING)
def test_name_in_passing_has_to_be_introduced(utterance: str, name: str | None) -> None:
    found = parse_name(utterance, IN_PASSING)
    assert (found and found.value) == name


def test_span_is_where_the_name_stands() -> None:
    utterance = "Hi, my name is Anita Rao, calling from Delhi."
    found = parse_name(utterance, ASKED)
    assert found is not None
    assert utterance[slice(*found.span)] == "Anita Rao"


WORDS = [said for said, _ in NAMES] + NO_NAMES + ["-", ".", ",", "mr", "last name", "double", "S"]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(WORDS), max_size=4), st.booleans())
def test_any_mixture_is_read_without_error(words: list[str], expected: bool) -> None:
    utterance = " ".join(words)
    found = parse_name(utterance, SlotContext(NOW, "en-IN", expected, {}))
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)


@settings(max_examples=10)
@given(st.from_regex(r"[BDFGKLMNPRSTVZ][aeiou][bdfgklmnprstvz][aeiou]n", fullmatch=True))
def test_every_name_that_is_spelled_is_read_back(name: str) -> None:
    found = parse_name("my name is " + " ".join(name.upper()), ASKED)
    assert found is not None
    assert found.value == name
