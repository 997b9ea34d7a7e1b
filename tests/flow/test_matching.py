"""Understanding by written rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_calls import flow_of
from tables import each_row

from runtime.flow.builtin import NAMES, WORDS, builtin_intents
from runtime.flow.understanding.matching import (
    Match,
    best_match,
    classifiable,
    intent_of_digit,
    plain,
    reach,
    spoken_digit,
    understand_by_rules,
)


@each_row(
    ("text", "expected"),
    [
        ("  Hello,   World! ", "hello world"),
        ("I don't know", "i dont know"),
        ("I don\u2019t know", "i dont know"),
        ("twenty-five", "twenty five"),
        ("press # or *", "press # or *"),
        ("जी, हाँ।", "जी हाँ"),
        # A nukta as part of the letter, and after it; a joiner inside a word.
        ("\u095b", "\u091c\u093c"),
        ("\u091c\u093c", "\u091c\u093c"),
        ("क्\u200dया", "क्या"),
        ("தமிழ் தெரியும்", "தமிழ் தெரியும்"),
        ("?!", ""),
    ],
)
def test_plain_text_is_what_a_recogniser_could_have_heard(text, expected):
    assert plain(text) == expected


@given(st.text())
def test_plain_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


@each_row(
    ("text", "digit"),
    [
        ("one", "1"),
        ("Two.", "2"),
        ("press nine please", "9"),
        ("option number three", "3"),
        ("I choose 4", "4"),
        ("hash", "#"),
        ("star key", "*"),
        ("pound", "#"),
        ("ek", "1"),
        ("दो", "2"),
        ("शून्य", "0"),
        ("one two", None),
        ("one of them", None),
        ("press", None),
        ("twelve", None),
        ("", None),
    ],
)
def test_a_key_is_named_by_an_utterance_that_does_only_that(text, digit):
    assert spoken_digit(text) == digit


FLOW = flow_of("""
intents:
  book: {words: [book, "new visit"], examples: [see a doctor], digit: 1}
  cancel: {words: [cancel], patterns: ['call (it|the visit) off', "don't come"], digit: 2}
  hours: {words: [open], examples: [when are you open], answer: From nine., digit: 3}
  person: {words: [human], examples: [let me talk to someone]}
states:
  menu: {ask: What?, on: {book: sure, "7": sure}}
  sure: {ask: Sure?, on: {yes: hangup, no: menu, cancel: menu}}
always: {on: {cancel: menu, error: menu, "8": menu}}
""")
MENU, SURE = FLOW.states["menu"], FLOW.states["sure"]


@each_row(
    ("text", "expected"),
    [
        ("I want to book", Match("book", "words", 4)),
        ("a NEW, visit", Match("book", "words", 9)),
        ("call the visit off", Match("cancel", "pattern", 18)),
        ("I don't come", Match("cancel", "pattern", 10)),
        ("are you open", Match("hours", "words", 4)),
        ("hold on", Match("wait", "words", 7)),
        ("seven", Match("7", "digit", 5)),
        ("one", Match("book", "digit", 3)),
        ("three", Match("hours", "digit", 5)),
        ("bookshop", None),
        ("yes", None),
        ("four", None),
        ("", None),
    ],
)
def test_the_first_rule_that_fits_decides(text, expected):
    assert understand_by_rules(FLOW, MENU, text) == expected


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("no I am not sure", "no"),
        ("that is not correct", "no"),
        ("yes", "yes"),
        ("Yes, that's right!", "yes"),
        ("not yes yes", "yes"),
        ("never cancel", "no"),
    ],
)
def test_a_word_after_a_negation_does_not_count(text, intent):
    match = understand_by_rules(FLOW, SURE, text)
    assert match is not None
    assert match.key == intent


def test_of_equals_the_first_is_taken_and_of_others_the_longer():
    yes, no = FLOW.intents["yes"], FLOW.intents["no"]
    assert best_match((no, yes), "ok no") == Match("no", "words", 2)
    assert best_match((yes, no), "ok no") == Match("yes", "words", 2)
    assert best_match((yes, no), "ok nope") == Match("no", "words", 4)
    assert best_match((), "ok") is None


def test_the_nearest_intents_come_first():
    names = [tuple(intent.name for intent in group) for group in reach(FLOW, MENU)]
    acting = ("repeat", "help", "wait", "goodbye", "stop")
    assert names == [("book",), ("cancel",), ("hours",), acting]
    names = [tuple(intent.name for intent in group) for group in reach(FLOW, SURE)]
    assert names == [("yes", "no", "cancel"), (), ("hours",), acting]


def test_the_classifier_chooses_among_what_is_in_reach_and_has_examples():
    assert classifiable(FLOW, MENU) == ("book", "hours")
    assert classifiable(FLOW, SURE) == ("hours",)


@pytest.mark.parametrize(
    ("digit", "key"),
    [("1", "book"), ("2", "cancel"), ("3", "hours"), ("7", "7"), ("8", "8"), ("9", None)],
)
def test_a_key_stands_for_itself_or_an_intent_in_reach(digit, key):
    assert intent_of_digit(FLOW, MENU, digit) == key


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_word_of_a_built_in_intent_means_it(language):
    intents = builtin_intents(language)
    assert tuple(intents) == NAMES
    for name, words in WORDS[language].items():
        for word in words:
            match = best_match(intents.values(), word)
            assert match is not None, word
            assert match.key == name, word


def test_a_language_without_words_of_its_own_has_the_english_ones():
    assert builtin_intents("ta-IN") == builtin_intents("en-IN")
