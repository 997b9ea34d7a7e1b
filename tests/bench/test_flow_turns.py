"""The flow's own part of a turn: what is timed, and what is not."""

import gc
import random

from bench.flow_turns import Talk, large, measure, words
from runtime.call.classifiers import NothingLearnt
from runtime.flow.engine.effects import Say
from runtime.flow.reading import read_flow
from runtime.flow.understanding.classifier import Ranked

FLOW = """\
intents:
  invoice: {examples: [where is my invoice, I need the bill]}
  visit: {words: [visit]}
states:
  menu: {ask: What?, on: {invoice: bye, visit: menu}}
  bye: {hangup: Bye.}
"""


class Ranks(NothingLearnt):
    """Takes everything for the same, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def rank(self, utterance, among=None):
        self.asked.append(utterance)
        return (Ranked("invoice", 0.9),)


def talk(classifier: NothingLearnt) -> Talk:
    reading = read_flow(FLOW, "a.yaml", open_file=lambda _: None)
    assert reading.flow is not None
    return Talk(reading.flow, classifier, 1)


def test_a_turn_ends_with_what_the_caller_notices_and_holds_the_classifier():
    ranks = Ranks()
    call = talk(ranks)
    call.let_finish()
    took = call.hear("how about the paper that you sent")
    assert took.whole >= took.ranking > 0
    assert ranks.asked == ["how about the paper that you sent"]
    assert any(isinstance(effect, Say) for effect in call._last)


def test_what_is_known_by_its_words_asks_no_classifier():
    ranks = Ranks()
    call = talk(ranks)
    call.let_finish()
    took = call.hear("a visit")
    assert took.whole > 0
    assert (took.ranking, ranks.asked) == (0.0, [])


def test_a_call_that_has_said_goodbye_is_over():
    call = talk(Ranks())
    call.let_finish()
    call.hear("how about the paper that you sent")
    assert call.is_over


def test_callers_say_dates_where_dates_are_asked_for():
    chance = random.Random(1)
    said = [words(chance, is_collecting=True) for _ in range(50)]
    assert "tomorrow" in said
    assert "yes" in {words(chance, is_collecting=False) for _ in range(50)}


def test_a_large_flow_is_measured_turn_by_turn():
    found = measure(large(states=10), "light", 60)
    gc.freeze()  # as before the measure, which sets free all that the suite has frozen
    assert found.turns >= 60
    assert 0 < found.classified < found.turns
    assert 0 < found.p50 <= found.p99 <= found.longest
