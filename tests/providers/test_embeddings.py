import hashlib
from pathlib import Path

import numpy as np
import pytest

from providers import embeddings
from providers.base import ProviderMissing
from providers.embeddings import DIMENSIONS, SentenceEmbeddings, check_files
from runtime.flow.understanding.classifier import EmbeddingClassifier

speech = pytest.mark.speech


@pytest.fixture(scope="module")
def embed() -> SentenceEmbeddings:
    return SentenceEmbeddings()


@speech
def test_sentences_of_one_meaning_are_more_alike_than_others(embed: SentenceEmbeddings) -> None:
    book, reserve, weather = embed(
        ["book a table for two", "i'd like to reserve a table", "what is the weather"]
    )
    assert book @ reserve > 0.5
    assert book @ weather < 0.2


@speech
def test_vectors_have_length_one_even_of_nothing_said(embed: SentenceEmbeddings) -> None:
    vectors = embed(["where is my order", "", "word " * 300])
    assert vectors.shape == (3, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert embed([]).shape == (0, DIMENSIONS)


@speech
def test_a_sentence_has_the_same_vector_alone_and_among_others(embed: SentenceEmbeddings) -> None:
    alone = embed(["cancel my booking"])[0]
    among = embed(["a much longer sentence that comes before it", "cancel my booking"])[1]
    assert alone @ among == pytest.approx(1, abs=1e-4)


@speech
def test_utterances_in_other_words_are_understood_and_others_refused(
    embed: SentenceEmbeddings,
) -> None:
    classifier = EmbeddingClassifier(
        {
            "book": ("I'd like to book an appointment", "can I schedule a visit"),
            "cancel": ("I want to cancel my appointment", "please call it off"),
            "hours": ("what time do you open", "what are your opening hours"),
            "order": ("where is my order", "I haven't received my package"),
        },
        embed,
    )
    for utterance, intent in (
        ("Could you set up a meeting with the doctor?", "book"),
        ("My parcel never arrived.", "order"),
        ("When do you open on Saturdays?", "hours"),
    ):
        best = classifier.rank(utterance)[0]
        assert best.intent == intent
        assert best.score >= 0.6
    for utterance in ("What is the tallest building in Dubai?", "hm", "you know what"):
        assert classifier.rank(utterance)[0].score < 0.4


def test_a_model_that_differs_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"something else")
    with pytest.raises(ProviderMissing, match=r"not as it was published.*reinstall some-model==1"):
        check_files(tmp_path, "some-model==1", {"model.onnx": "0" * 64})
    with pytest.raises(ProviderMissing, match="missing"):
        check_files(tmp_path, "some-model==1", {"weights.npz": "0" * 64})


def test_the_vocabulary_is_the_one_that_the_model_was_trained_with() -> None:
    vocabulary = Path(embeddings.__file__).with_name("minilm_vocab.txt").read_bytes()
    assert hashlib.sha256(vocabulary).hexdigest() == (
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
    )
