import json
from contextlib import suppress

import pytest
from deepgram_server import results
from hypothesis import given
from hypothesis import strategies as st

from providers.base import ProviderError
from providers.deepgram_hearing import RATE, Hearing, HintsRefused, Ignored, Result, read

FINAL = {"is_final": True}
FINALIZED = {"is_final": True, "from_finalize": True}


def heard(text, start, end, **marks):
    """A result of the stretch from `start` to `end`, in seconds."""
    result = read(json.dumps(results(text, start, end - start, **marks)))
    assert isinstance(result, Result)
    return result


def hearing(sent=0.0):
    listening = Hearing()
    listening.send(round(sent * RATE))
    return listening


def test_a_result_tells_its_stretch_its_words_and_how_sure_they_are():
    message = results("Yes, please.", 1.0, 0.5, confidence=0.75, **FINALIZED)
    assert read(json.dumps(message)) == Result(
        8000, 12000, "Yes, please.", (0.75, 0.75), is_final=True, from_finalize=True
    )


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ({"type": "Metadata", "request_id": "r1"}, Ignored("Metadata")),
        ({"type": "SpeechStarted", "timestamp": 1.0}, Ignored("SpeechStarted")),
        ({"type": "ConfigureSuccess"}, Ignored("ConfigureSuccess")),
        ({"type": "ConfigureFailure", "code": "X"}, HintsRefused("X")),
    ],
)
def test_other_messages_are_told_apart(message, meaning):
    assert read(json.dumps(message)) == meaning


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "sent what cannot be read"),
        ("[]", "sent what cannot be read"),
        ("{}", "sent what cannot be read"),
        ('{"type": "Results"}', "sent what cannot be read"),
        (json.dumps(results("x", 1e308, 1e308)), "sent what cannot be read"),
        (b"\xff\x00", "sent what cannot be read"),
        ('{"type": "Error", "variant": "SchemaError", "description": "You said X"}', "reported"),
    ],
)
def test_what_cannot_be_read_and_what_went_wrong_is_an_error(message, reason):
    with pytest.raises(ProviderError, match=reason) as caught:
        read(message)
    assert "You said" not in caught.value.message


@pytest.mark.parametrize("alternative", [{}, {"transcript": None}, "one", None])
def test_a_result_without_a_text_cannot_be_read(alternative):
    message = {**results("one", 0, 1), "channel": {"alternatives": [alternative]}}
    with pytest.raises(ProviderError, match="sent what cannot be read"):
        read(json.dumps(message))


@pytest.mark.parametrize(
    ("confidence", "taken"), [(None, 1.0), ("high", 1.0), (1.5, 1.0), (-1, 0.0), (0.25, 0.25)]
)
def test_a_confidence_is_from_0_to_1_and_1_where_none_is_told(confidence, taken):
    message = results("one", 0, 1)
    message["channel"]["alternatives"][0]["words"][0]["confidence"] = confidence
    result = read(json.dumps(message))
    assert isinstance(result, Result)
    assert result.confidences == (taken,)


letters = st.text("ab", max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | letters,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(results("one", 0, 1))), json_values)
def test_a_result_in_which_anything_is_anything_is_read_or_refused(key, value):
    message = {**results("one", 0, 1), key: value}
    with suppress(ProviderError):
        assert isinstance(read(json.dumps(message)), Result | Ignored)


def test_confidence_is_that_of_the_words_on_average_and_none_where_nothing_was_said():
    listening = hearing(sent=2)
    assert listening.transcript().confidence == 0
    listening.take(heard("one two three", 0, 1, confidence=1.0, **FINAL))
    listening.take(heard("four", 1, 2, confidence=0.6, **FINAL))
    assert listening.transcript().text == "one two three four"
    assert listening.transcript().confidence == pytest.approx(0.9)


def test_a_result_without_words_is_as_sure_as_it_says_as_a_whole():
    message = results("one two", 0, 1, **FINAL)
    [alternative] = message["channel"]["alternatives"]
    alternative |= {"words": [], "confidence": 0.5}
    listening = hearing(sent=1)
    listening.take(read(json.dumps(message)))
    assert listening.transcript().confidence == 0.5


def test_what_is_not_final_is_told_and_replaced():
    listening = hearing(sent=3)
    listening.take(heard("to", 0, 1))
    assert listening.partial == "to"
    listening.take(heard("two tic", 0, 2))
    assert listening.partial == "two tic"
    assert not listening.settled
    listening.take(heard("two tickets", 0, 3, **FINAL))
    assert listening.partial == "two tickets"
    assert listening.settled


def test_all_is_settled_by_the_stretch_or_by_the_mark_of_the_answer():
    listening = hearing(sent=1)
    listening.take(heard("one", 0, 0.99, **FINAL))
    assert listening.settled
    listening.send(RATE)
    listening.finalize()
    # Its clock is off, but it is the answer.
    listening.take(heard("two", 0.99, 1.8, **FINALIZED))
    assert listening.settled


def test_the_answer_to_an_earlier_question_settles_nothing_that_was_sent_since():
    listening = hearing(sent=1)
    listening.finalize()
    listening.send(RATE)
    listening.finalize()
    listening.take(heard("one", 0, 1, **FINALIZED))
    assert not listening.settled
    listening.take(heard("two", 1, 2, **FINALIZED))
    assert listening.settled
    assert listening.partial == "one two"


def test_a_question_that_was_never_answered_does_not_hide_the_answer_to_the_next():
    listening = hearing(sent=1)
    listening.finalize()
    listening.send(RATE)
    listening.finalize()
    listening.take(heard("one two", 0, 2, **FINALIZED))
    assert listening.settled


def test_what_comes_late_of_an_earlier_utterance_is_not_of_this_one():
    listening = hearing(sent=1)
    listening.finalize()
    listening.begin()
    listening.send(RATE)
    listening.take(heard("before", 0, 1, **FINALIZED))
    listening.take(heard("after", 1, 2))
    assert listening.partial == "after"


def test_a_result_from_the_future_does_not_settle_what_is_yet_to_come():
    listening = hearing(sent=1)
    listening.take(heard("one", 0, 9, **FINAL))
    listening.send(RATE)
    assert not listening.settled


@pytest.mark.parametrize(
    ("results_until", "sent", "nearly"),
    [
        (0.0, 0.2, False),  # nothing at all: whoever says nothing may be dead
        (1.0, 1.2, True),
        (1.0, 1.5, False),
    ],
)
def test_so_little_may_be_left_that_no_result_need_come(results_until, sent, nearly):
    listening = hearing(sent=sent)
    if results_until:
        listening.take(heard("one", 0, results_until))
    assert listening.nearly_heard is nearly
    assert listening.unheard_seconds == pytest.approx(sent - results_until)


class Talk:
    """Somebody who says a word a second, and a server that hears all of them."""

    def __init__(self):
        self.hearing = Hearing()
        self.unfinal, self.utterance = [], []
        self.spoken = self.final = 0

    def speak(self):
        self.spoken += 1
        self.hearing.send(RATE)
        self.unfinal.append(f"w{self.spoken}")
        self.utterance.append(f"w{self.spoken}")

    def interim(self, **marks):
        if self.unfinal:
            self.hearing.take(heard(" ".join(self.unfinal), self.final, self.spoken, **marks))

    def is_final(self, **marks):
        self.interim(is_final=True, **marks)
        self.unfinal, self.final = [], self.spoken

    def flush(self):
        if not self.hearing.settled:
            self.hearing.finalize()
        self.is_final(from_finalize=True)
        assert self.hearing.settled

    def begin(self):
        if not self.hearing.settled:
            self.hearing.finalize()
        self.hearing.begin()
        self.utterance = []
        self.is_final(from_finalize=True)


@given(st.lists(st.sampled_from(["speak", "interim", "is_final", "flush", "begin"]), max_size=30))
def test_an_utterance_is_what_was_said_since_it_began_whenever_results_come(steps):
    talk = Talk()
    for step in [*steps, "flush"]:
        getattr(talk, step)()
        if step != "speak":
            heard_so_far = talk.hearing.partial.split()
            assert heard_so_far == talk.utterance[: len(heard_so_far)]
    assert talk.hearing.partial.split() == talk.utterance
