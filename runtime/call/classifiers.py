"""Makes the classifiers that flows are understood with, of the grade that is asked for."""

import logging
from collections.abc import Callable, Collection, Sequence
from threading import Lock
from typing import Final

import numpy as np

from providers.base import ProviderMissing
from providers.embeddings import SentenceEmbeddings
from runtime.flow.model import Flow, with_runs
from runtime.flow.understanding.classifier import (
    Classifier,
    Embed,
    EmbeddingClassifier,
    LightClassifier,
    Ranked,
)
from runtime.flow.understanding.matching import classifiable, learnable
from runtime.flow.understanding.regression import Matrix
from runtime.settings import Grade

REMEMBERED: Final = 8192
"""Vectors of examples that are kept for the next version of a flow: 29 MB at most."""

log = logging.getLogger(__name__)


class Classifiers:
    """Makes the classifiers of a process.

    `load` takes two seconds; it is called once, when a flow first needs the embeddings. Where they
    are not installed, the grade `auto` says so once in the log and makes light classifiers.
    """

    def __init__(self, grade: Grade, load: Callable[[], Embed] = SentenceEmbeddings) -> None:
        self._grade = grade
        self._load = load
        self._lock = Lock()
        self._is_loaded = False
        self._embed: Embed | None = None
        self._remembered: _Remembered | None = None

    def of(self, flow: Flow) -> Classifier:
        """Return what has learnt the flow's examples; blocks, with embeddings 6 ms an example.

        Raises `ProviderMissing` where the grade is `local` and the embeddings are not installed.
        """
        examples = learnable(flow)
        if not examples:
            return NothingLearnt()
        with self._lock:
            if not self._is_loaded:
                self._take_embeddings()
        if self._embed is None:
            return LightClassifier(examples)
        return EmbeddingClassifier(examples, self._embed, self._remembered)

    def prepared(self, flow: Flow) -> Classifier:
        """Return the same, with the menus of all states learnt before the first caller comes by."""
        classifier = self.of(flow)
        for each in with_runs(flow):
            for state in each.states.values():
                classifier.prepare(classifiable(each, state))
        return classifier

    def _take_embeddings(self) -> None:
        if self._grade != "light":
            try:
                self._embed = self._load()
            except ProviderMissing as missing:
                if self._grade == "local":
                    raise
                log.warning("understanding_is_light", extra={"why": missing.message})
            else:
                self._remembered = _Remembered(self._embed)
        self._is_loaded = True


class NothingLearnt:
    """The classifier of a flow without examples; the engine never asks it."""

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        """Know nothing."""
        return ()

    def prepare(self, among: Collection[str] | None = None) -> None:
        """Nothing to learn."""


class _Remembered:
    """Embeds an example once, however often its flow is saved."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._lock = Lock()
        self._vectors: dict[str, Matrix] = {}

    def __call__(self, texts: Sequence[str]) -> Matrix:
        with self._lock:
            # What is taken out and put back is the newest again.
            kept = {text: self._vectors.pop(text) for text in texts if text in self._vectors}
            unknown = [text for text in dict.fromkeys(texts) if text not in kept]
            if unknown:
                kept.update(zip(unknown, self._embed(unknown), strict=True))
            self._vectors.update(kept)
            for text in list(self._vectors)[: max(0, len(self._vectors) - REMEMBERED)]:
                del self._vectors[text]
            return np.stack([kept[text] for text in texts])
