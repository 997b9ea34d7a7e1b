"""Email addresses as callers spell them and recognisers write them."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.slots.emails import email_is_left_open, parse_email
from runtime.flow.slots.value import SlotContext

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ASKED = SlotContext(NOW, "en-IN", expected=True, options={})
IN_PASSING = SlotContext(NOW, "en-IN", expected=False, options={})

EMAILS = [
    ("anita.rao@gmail.com", "anita.rao@gmail.com"),
    ("Anita.Rao@Gmail.com", "anita.rao@gmail.com"),
    ("My email is anita.rao@gmail.com.", "anita.rao@gmail.com"),
    ("it's anita_85@yahoo.co.in, thanks", "anita_85@yahoo.co.in"),
    ("anita dot rao at gmail dot com", "anita.rao@gmail.com"),
    ("Anita dot Rao at Gmail dot com.", "anita.rao@gmail.com"),
    ("Anita, dot, Rao, at Gmail, dot com.", "anita.rao@gmail.com"),
    ("anita point rao at gmail point com", "anita.rao@gmail.com"),
    ("anita full stop rao at gmail dot com", "anita.rao@gmail.com"),
    ("anita.rao at gmail.com", "anita.rao@gmail.com"),
    ("anita dot rao @ gmail.com", "anita.rao@gmail.com"),
    ("anita dot rao at the rate gmail dot com", "anita.rao@gmail.com"),
    ("anita dot rao at the rate of gmail dot com", "anita.rao@gmail.com"),
    ("anita dot rao at sign gmail dot com", "anita.rao@gmail.com"),
    ("anita at gmail dot com", "anita@gmail.com"),
    ("anita at g mail dot com", "anita@gmail.com"),
    ("anita at G-mail dot com", "anita@gmail.com"),
    ("anita at gmail com", "anita@gmail.com"),
    ("anita at hot mail dot com", "anita@hotmail.com"),
    ("anita at out look dot com", "anita@outlook.com"),
    ("anita at rediff mail dot com", "anita@rediffmail.com"),
    ("anita at rediffmail dot com", "anita@rediffmail.com"),
    ("anita at i cloud dot com", "anita@icloud.com"),
    ("anita at yahoo dot co dot in", "anita@yahoo.co.in"),
    ("anita at yahoo dot in", "anita@yahoo.in"),
    ("anita underscore rao at gmail dot com", "anita_rao@gmail.com"),
    ("anita under score rao at gmail dot com", "anita_rao@gmail.com"),
    ("anita dash rao at gmail dot com", "anita-rao@gmail.com"),
    ("anita hyphen rao at gmail dot com", "anita-rao@gmail.com"),
    ("anita plus test at gmail dot com", "anita+test@gmail.com"),
    ("a n i t a at gmail dot com", "anita@gmail.com"),
    ("A-N-I-T-A at gmail dot com", "anita@gmail.com"),
    ("a n i t a underscore r at the rate gmail dot com", "anita_r@gmail.com"),
    ("a dot rao at gmail dot com", "a.rao@gmail.com"),
    ("a for apple n for nancy at gmail dot com", "an@gmail.com"),
    ("s as in sugar dot rao at gmail dot com", "s.rao@gmail.com"),
    ("d double e p a k at gmail dot com", "deepak@gmail.com"),
    ("contact at my company dot co dot in", "contact@mycompany.co.in"),
    ("double n a at outlook dot com", "nna@outlook.com"),
    ("a double n a at gmail dot com", "anna@gmail.com"),
    ("capital a small b at gmail dot com", "ab@gmail.com"),
    ("anita all in small letters at gmail dot com", "anita@gmail.com"),
    ("anita85 at gmail dot com", "anita85@gmail.com"),
    ("anita 85 at gmail dot com", "anita85@gmail.com"),
    ("anita eight five at gmail dot com", "anita85@gmail.com"),
    ("anita eighty five at gmail dot com", "anita85@gmail.com"),
    ("anita double five at gmail dot com", "anita55@gmail.com"),
    ("anita one nine eight five at gmail dot com", "anita1985@gmail.com"),
    ("anita nineteen eighty five at gmail dot com", "anita1985@gmail.com"),
    ("anita dot r dot rao at gmail dot com", "anita.r.rao@gmail.com"),
    ("info at city clinic dot org", "info@cityclinic.org"),
    ("info at city dash clinic dot org", "info@city-clinic.org"),
    ("sales at x y z dot c o m", "sales@xyz.com"),
    ("sales at x y z dot c o dot i n", "sales@xyz.co.in"),
    ("rao at cs dot iitb dot ac dot in", "rao@cs.iitb.ac.in"),
    ("my email is anita at gmail dot com", "anita@gmail.com"),
    ("my email id is anita dot rao at gmail dot com", "anita.rao@gmail.com"),
    ("yes it is anita dot rao at gmail dot com", "anita.rao@gmail.com"),
    ("sure, please send it to anita at gmail dot com", "anita@gmail.com"),
    ("Okay. It's anita at gmail dot com", "anita@gmail.com"),
    ("um anita uh dot rao at gmail dot com", "anita.rao@gmail.com"),
    ("anita at gmail dot com and my phone is nine eight", "anita@gmail.com"),
    ("anita at gmail dot com, thank you", "anita@gmail.com"),
    ("meri email id anita at gmail dot com hai", "anita@gmail.com"),
    ("anita एट द रेट जीमेल डॉट कॉम", "anita@gmail.com"),
    ("0 anita at gmail dot com", "0anita@gmail.com"),
    ("ravi dot kumar add gmail dot com", "ravi.kumar@gmail.com"),
    ("ravi et gmail dot com", "ravi@gmail.com"),
    ("ravi at gmail dot con", "ravi@gmail.com"),
    ("ravi@gmail.con", "ravi@gmail.com"),
    ("no, ravi at gmail dot com", "ravi@gmail.com"),
    ("no ravi at gmail dot com", "ravi@gmail.com"),
    ("ravi, r a v i, at gmail dot com", "ravi@gmail.com"),
    ("ravi r a v i 85 at gmail dot com", "ravi85@gmail.com"),
    ("ravi@gmail.com, sorry, ravi@yahoo.com", "ravi@yahoo.com"),
]

GUESSES = [
    ("anita at gmail", "anita@gmail.com"),
    ("my email id is anita rao at gmail dot com", "anitarao@gmail.com"),
    ("anita rao 85 at yahoo", "anitarao85@yahoo.com"),
    ("ravi kumar all one word at gmail dot com", "ravikumar@gmail.com"),
    ("ravi@gmail.com or ravi@yahoo.com", "ravi@gmail.com"),
]

NO_EMAILS = [
    "anita@gm-.c",
    "",
    "hello",
    "I don't have one",
    "anita",
    "anita dot rao",
    "anita at work",
    "meet me at five",
    "at gmail dot com",
    "at home",
    "anita at",
    "anita dot rao at dot com",
    "@",
    "@@@",
    "a@b",
    "tomorrow at five thirty",
    "look at the second one at the bottom of the page",
]


@each_row(("utterance", "address"), EMAILS)
def test_address_is_understood(utterance: str, address: str) -> None:
    found = parse_email(utterance, ASKED)
    assert found is not None
    assert found.value == address
    assert found.certain


@each_row(("utterance", "address"), GUESSES)
def test_completed_or_joined_address_is_not_certain(utterance: str, address: str) -> None:
    found = parse_email(utterance, ASKED)
    assert found is not None
    assert found.value == address
    assert not found.certain


@each_row("utterance", NO_EMAILS)
def test_utterance_without_an_address_gives_none(utterance: str) -> None:
    assert parse_email(utterance, ASKED) is None


@each_row(
    ("utterance", "address"),
    [
        ("write to anita.rao@gmail.com about it", "anita.rao@gmail.com"),
        ("my email is anita at gmail dot com", "anita@gmail.com"),
        ("anita at the rate gmail dot com", "anita@gmail.com"),
        ("I meant rita at gmail dot com", "rita@gmail.com"),
        ("meet me at clinic dot com", None),
        ("I read it at yahoo dot com", None),
        ("come at five", None),
    ],
)
def test_spoken_address_in_passing_has_to_be_named(utterance: str, address: str | None) -> None:
    found = parse_email(utterance, IN_PASSING)
    assert (found and found.value) == address


def test_span_is_where_the_address_stands() -> None:
    utterance = "Well, my email is anita dot rao at gmail dot com, thanks."
    found = parse_email(utterance, ASKED)
    assert found is not None
    assert utterance[slice(*found.span)] == "anita dot rao at gmail dot com"


@each_row(
    ("utterance", "is_open"),
    [
        ("anita dot", True),
        ("anita dot rao at", True),
        ("anita dot rao at the rate", True),
        ("anita underscore", True),
        ("anita at gmail dot", True),
        ("anita at gmail dot com", False),
        ("I don't have one", False),
        ("", False),
    ],
)
def test_address_is_unfinished_behind_a_sign(utterance: str, is_open: bool) -> None:
    assert email_is_left_open(utterance) is is_open


PIECES = [said for said, _ in EMAILS] + NO_EMAILS + ["at", "dot", "double", "under", "@", ".", "-"]


@settings(max_examples=10)
@given(st.lists(st.sampled_from(PIECES), max_size=4), st.booleans())
def test_any_mixture_is_read_without_error(pieces: list[str], expected: bool) -> None:
    utterance = " ".join(pieces)
    found = parse_email(utterance, SlotContext(NOW, "en-IN", expected, {}))
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)


@settings(max_examples=10)
@given(st.text("ab .@-_", max_size=200))
def test_any_text_is_read_without_error(utterance: str) -> None:
    found = parse_email(utterance, ASKED)
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)


@settings(max_examples=10)
@given(
    st.text("bcdfgklmnprstvz", min_size=3, max_size=8),
    st.text("0123456789", max_size=4),
    st.sampled_from(["gmail", "yahoo", "hotmail"]),
)
def test_every_address_that_is_spelled_is_read_back(name: str, digits: str, host: str) -> None:
    spelled = " ".join(name + digits)
    found = parse_email(f"it is {spelled} at the rate {host} dot com", ASKED)
    assert found is not None
    assert found.value == f"{name}{digits}@{host}.com"
