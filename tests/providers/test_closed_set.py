import math

import pytest

from providers.closed_set import Scored, choose, form, spoken_outright
from providers.whisper import Decoded

PHRASES = ("yes", "no", "call me back")


def decoded(text, log_probability=-0.3):
    return Decoded(text, (1, 2), log_probability, no_speech=0.1)


def test_a_phrase_is_written_as_a_sentence():
    assert [form(phrase) for phrase in PHRASES] == ["Yes.", "No.", "Call me back."]


@pytest.mark.parametrize("text", ["Yes.", "yes", " YES! "])
def test_a_phrase_that_was_written_freely_is_taken_as_it_is_spelled(text):
    answer = spoken_outright(decoded(text), PHRASES)
    assert answer.text == "yes"
    likely = math.exp(-0.6)
    assert answer.confidence == pytest.approx(50 * likely / (50 * likely + 1 - likely))


def test_other_words_are_not_taken_for_a_phrase():
    assert spoken_outright(decoded("Yes, but later."), PHRASES) is None
    assert spoken_outright(decoded(""), PHRASES) is None


def test_the_phrase_that_fits_best_wins():
    answer = choose(Scored((-9.0, -2.0, -12.0), -1.0), PHRASES)
    assert answer.text == "no"
    assert 0.9 < answer.confidence < 1.0


def test_rivals_cost_confidence():
    alone = choose(Scored((-9.0, -2.0, -12.0), -1.0), PHRASES)
    rivalled = choose(Scored((-2.5, -2.0, -12.0), -1.0), PHRASES)
    far = choose(Scored((-9.0, -5.5, -12.0), -0.2), PHRASES)
    assert alone.confidence > rivalled.confidence > far.confidence > 0.1


@pytest.mark.parametrize(
    ("scores", "free"),
    [
        ((-9.0, -6.5, -12.0), -6.0),  # nothing fits
        ((-9.0, -5.5, -12.0), 0.6),  # free text fits far better
    ],
)
def test_nothing_is_chosen_where_nothing_fits(scores, free):
    assert choose(Scored(scores, free), PHRASES) is None
