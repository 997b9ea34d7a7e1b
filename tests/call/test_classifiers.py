import logging
from collections.abc import Sequence

import numpy as np
import pytest

from providers.base import ProviderMissing
from runtime.call import classifiers
from runtime.call.classifiers import Classifiers, NothingLearnt
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.flow.understanding.background import BACKGROUND
from runtime.flow.understanding.classifier import EmbeddingClassifier, LightClassifier

CLINIC = """
intents:
  book: {examples: [I need an appointment, can I see a doctor]}
  cancel: {examples: [I cannot come, call it off]}
states: {menu: {ask: What?, on: {book: hangup, cancel: hangup}}}
"""


def flow_of(text: str) -> Flow:
    flow = read_flow(text, "f.yaml", open_file=lambda name: None).flow
    assert flow is not None
    return flow


class Letters:
    """Embeds by the letters of a text; counts what it is asked for."""

    loaded = 0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def load(self) -> "Letters":
        self.loaded += 1
        return self

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        counts = np.array([[text.count(chr(97 + n)) + 0.1 for n in range(26)] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def not_installed() -> Letters:
    raise ProviderMissing("pip install 'callwright[local]'")


@pytest.mark.parametrize("grade", ["auto", "local"])
def test_embeddings_are_loaded_once_and_only_for_a_flow_with_examples(grade):
    letters = Letters()
    made = Classifiers(grade, letters.load)
    nothing = made.of(flow_of("states: {menu: {ask: What?, on: {yes: hangup}}}"))
    assert isinstance(nothing, NothingLearnt)
    assert (nothing.rank("hello"), letters.loaded) == ((), 0)
    assert isinstance(made.of(flow_of(CLINIC)), EmbeddingClassifier)
    made.of(flow_of(CLINIC))
    assert letters.loaded == 1


def test_the_light_grade_loads_nothing():
    letters = Letters()
    assert isinstance(Classifiers("light", letters.load).of(flow_of(CLINIC)), LightClassifier)
    assert letters.loaded == 0


def test_without_the_extra_the_light_grade_serves_and_the_log_says_so_once(caplog):
    made = Classifiers("auto", not_installed)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            best = made.of(flow_of(CLINIC)).rank("may I see a doctor")[0]
            assert (best.intent, best.score > 0.6) == ("book", True)
    assert [record.message for record in caplog.records] == ["understanding_is_light"]


def test_who_insists_on_the_local_grade_is_told_what_to_install():
    with pytest.raises(ProviderMissing, match=r"callwright\[local\]"):
        Classifiers("local", not_installed).of(flow_of(CLINIC))


def test_a_saved_flow_embeds_only_what_is_new_in_it():
    letters = Letters()
    made = Classifiers("local", letters.load)
    made.of(flow_of(CLINIC))
    letters.asked.clear()
    made.of(flow_of(CLINIC.replace("call it off", "I must stay at home")))
    assert letters.asked == ["i must stay at home"]


def test_what_is_remembered_is_bounded_and_the_oldest_goes(monkeypatch):
    monkeypatch.setattr(classifiers, "REMEMBERED", len(BACKGROUND) + 4)
    letters = Letters()
    made = Classifiers("local", letters.load)
    for text in (CLINIC, CLINIC.replace("call it off", "I must stay at home")):
        made.of(flow_of(text))
    letters.asked.clear()
    made.of(flow_of(CLINIC))
    assert letters.asked == ["call it off"]


def test_what_a_caller_says_is_not_remembered():
    letters = Letters()
    classifier = Classifiers("local", letters.load).of(flow_of(CLINIC))
    letters.asked.clear()
    classifier.rank("my secret")
    classifier.rank("my secret")
    assert letters.asked == ["my secret", "my secret"]


def test_the_menus_of_all_states_are_learnt_beforehand(monkeypatch):
    learnt: list[tuple[str, ...]] = []
    monkeypatch.setattr(LightClassifier, "prepare", lambda self, among: learnt.append(among))
    Classifiers("light").prepared(flow_of(CLINIC))
    assert learnt == [("book", "cancel")]
