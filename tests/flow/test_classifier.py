from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.flow.understanding.background import BACKGROUND
from runtime.flow.understanding.classifier import (
    Classifier,
    EmbeddingClassifier,
    LightClassifier,
)
from runtime.flow.understanding.corpus import Examples
from runtime.flow.understanding.features import SpellingIndex, normal
from runtime.flow.understanding.regression import Matrix, fit, probabilities

CLINIC: Examples = {
    "book": (
        "I want to book an appointment",
        "can I see a doctor tomorrow",
        "I'd like to make an appointment please",
        "book me in for a check up",
    ),
    "cancel": (
        "I have to cancel my appointment",
        "please cancel my visit",
        "I can't come to my appointment",
        "call off my visit",
    ),
    "opening_hours": (
        "when are you open",
        "what are your timings",
        "what time do you close",
        "are you open on sunday",
    ),
    "person": ("talk to a person", "operator please", "can I speak to somebody"),
}


@dataclass
class BagOfWords:
    """Stands for an embedding: texts are alike that have words of one meaning in common."""

    meanings: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> Matrix:
        self.asked.append(tuple(texts))
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Matrix:
        vector = np.full(512, 1e-6, dtype=np.float32)
        for word in text.split():
            vector[hash_of(self.meanings.get(word, word)) % 512] += 1
        return vector / np.linalg.norm(vector)


def hash_of(word: str) -> int:
    return int.from_bytes(word.encode()) % 100_003


LIGHT = LightClassifier(CLINIC)


@pytest.fixture(scope="module")
def clinic() -> LightClassifier:
    return LIGHT


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("I would like to book an appointment for Friday", "book"),
        ("Can I see the doctor?", "book"),
        ("PLEASE CANCEL THE APPOINTMENT.", "cancel"),
        ("what time are you open", "opening_hours"),
        ("I want to talk to an operator", "person"),
    ],
)
def test_an_utterance_near_the_examples_is_accepted(
    clinic: LightClassifier, utterance: str, intent: str
) -> None:
    best, second, *_ = clinic.rank(utterance)
    assert best.intent == intent
    assert best.score >= 0.6
    assert second.score < 0.6


@pytest.mark.parametrize(
    "utterance",
    [
        "how deep is the ocean",
        "my uncle sells carpets in the market",
        "zzyzx qwfp",
        "хорошо",
        "",
        " ... ",
    ],
)
def test_what_means_no_intent_scores_below_confirm(clinic: LightClassifier, utterance: str) -> None:
    assert clinic.rank(utterance)[0].score < 0.4


def test_only_intents_in_reach_are_ranked(clinic: LightClassifier) -> None:
    ranking = clinic.rank("please cancel my visit", ["book", "opening_hours", "no_such_intent"])
    assert {ranked.intent for ranked in ranking} == {"book", "opening_hours"}
    assert clinic.rank("please cancel my visit")[0].intent == "cancel"


def test_an_intent_shared_by_two_states_is_sure_where_its_twin_is_out_of_reach() -> None:
    twins = LightClassifier(
        {"pay_now": ("pay the bill now", "settle the bill"), "pay_later": ("pay the bill now",)}
    )
    both = twins.rank("pay the bill now")
    alone = twins.rank("pay the bill now", ["pay_later"])
    assert alone[0].score > 0.8
    assert both[1].score < alone[0].score


def test_a_menu_of_one_intent_with_one_example_still_refuses() -> None:
    classifier = LightClassifier({"refund": ("I want my money back",)})
    assert classifier.rank("I want my money back please")[0].score >= 0.6
    assert classifier.rank("who won the match")[0].score < 0.4


def test_nothing_to_choose_from_gives_an_empty_ranking() -> None:
    assert LightClassifier({}).rank("hello") == ()
    assert LightClassifier({"left_to_the_model": ()}).rank("hello") == ()
    assert LightClassifier({"greet": ("hello",)}).rank("hello", []) == ()
    assert LightClassifier({"silent": (" ... ",)}).rank("hello") == ()


def test_an_example_that_is_a_background_text_itself_can_be_understood() -> None:
    classifier = LightClassifier({"joke": (BACKGROUND[3],), "sum": ("what is two plus two",)})
    best = classifier.rank(BACKGROUND[3])[0]
    assert (best.intent, best.score >= 0.6) == ("joke", True)


def test_an_example_is_understood_although_every_background_text_is_one() -> None:
    classifier = LightClassifier({"anything": BACKGROUND})
    assert classifier.rank(BACKGROUND[0])[0].intent == "anything"


def test_preparing_changes_no_ranking() -> None:
    prepared, fresh = LightClassifier(CLINIC), LightClassifier(CLINIC)
    prepared.prepare(["book", "cancel"])
    prepared.prepare()
    for reach in (["book", "cancel"], None):
        assert prepared.rank("see a doctor", reach) == fresh.rank("see a doctor", reach)


@given(st.text(max_size=60))
@settings(max_examples=10, deadline=None)
def test_whatever_is_said_the_scores_are_shares_in_order(
    clinic: LightClassifier, utterance: str
) -> None:
    scores = [ranked.score for ranked in clinic.rank(utterance)]
    assert len(scores) == len(CLINIC)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_meaning_finds_what_spelling_cannot() -> None:
    embed = BagOfWords({"physician": "doctor", "meet": "see"})
    by_meaning: Classifier = EmbeddingClassifier(CLINIC, embed)
    by_spelling: Classifier = LightClassifier(CLINIC)
    utterance = "Can I meet a physician tomorrow?"
    best = by_meaning.rank(utterance)[0]
    assert best.intent == "book"
    alike = next(r for r in by_spelling.rank(utterance) if r.intent == "book")
    assert best.score > alike.score


def test_examples_are_embedded_once_and_punctuation_never_reaches_the_embedding() -> None:
    embed = BagOfWords()
    classifier = EmbeddingClassifier({"bye": ("Good-bye!", "See you.")}, embed)
    classifier.rank("GOOD BYE.")
    classifier.rank("See you!")
    examples, first, second = embed.asked
    assert examples[:2] == ("good bye", "see you")
    assert (first, second) == (("good bye",), ("see you",))


@pytest.mark.parametrize(
    ("utterance", "words"),
    [
        ("Hello, World!", "hello world"),
        ("I don\u2019t know - really.", "i don't know really"),
        ("क्या आप खुले हैं?", "क्या आप खुले हैं"),
        ("10:30  a.m.", "10 30 a m"),
        ("...", ""),
    ],
)
def test_only_words_count_in_any_script(utterance: str, words: str) -> None:
    assert normal(utterance) == words


def test_texts_are_most_alike_to_themselves_and_not_at_all_to_unknown_words() -> None:
    texts = ("book a table", "cancel a table", "where are you")
    index = SpellingIndex(texts)
    kernel = index.kernel()
    assert np.diag(kernel) == pytest.approx(1, abs=1e-5)
    assert kernel == pytest.approx(kernel.T, abs=1e-6)
    for row, text in enumerate(texts):
        assert index.alike(text) == pytest.approx(kernel[row], abs=1e-6)
    assert not index.alike("xyz").any()
    assert SpellingIndex(()).alike("book").shape == (0,)


def test_regression_reaches_the_minimum_of_its_loss() -> None:
    draw = np.random.default_rng(1)
    points = draw.normal(size=(24, 3)).astype(np.float32)
    labels = np.repeat(np.arange(3), [12, 8, 4])
    kernel = points @ points.T
    found = fit(kernel, labels, strength=2.0, rounds=300)
    weights = 24 / (3 * np.array([12, 8, 4])[labels])[:, None]
    slope = weights * (probabilities(kernel @ found) - np.eye(3)[labels]) + found / 2.0
    assert np.abs(kernel @ slope).max() < 1e-3


@given(st.text(alphabet="abdeinoprstuy '", max_size=40))
def test_the_chances_of_all_intents_are_never_more_than_one_beside_the_best(
    utterance: str,
) -> None:
    best, *others = LIGHT.rank(utterance)
    assert all(0 <= other.score <= min(best.score, 1 - best.score + 1e-6) for other in others)
