"""Tells what an utterance means by the examples of the intents, and how sure that is."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from runtime.flow.understanding.corpus import Corpus, Examples
from runtime.flow.understanding.features import SpellingIndex, normal
from runtime.flow.understanding.menu import NOBODY, Menu, train
from runtime.flow.understanding.regression import Matrix
from runtime.flow.understanding.rejection import BY_MEANING, BY_SPELLING, Trust

Embed = Callable[[Sequence[str]], Matrix]
"""Gives N texts' vectors (N, D), each of length 1; alike texts have a product near 1."""

SPELLING_SHARE: Final = 0.14
"""Of the likeness, where meaning makes up the rest: it knows names that no embedding has seen."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An intent, and the chance that the caller means it.

    From 0 to 1; what means none of the intents in reach comes out low for each of them.
    """

    intent: str
    score: float


class Classifier(Protocol):
    """Understands by examples."""

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        """Return the intents, best first; only those `among` that have examples, if given.

        The first call for some intents in reach trains a menu of them; `prepare` does it before.
        """
        ...

    def prepare(self, among: Collection[str] | None = None) -> None:
        """Train what `rank` needs for these intents in reach."""
        ...


class LightClassifier:
    """By spelling alone: no model, a fraction of a millisecond for an utterance."""

    def __init__(self, examples: Examples) -> None:
        self._corpus = Corpus.of(examples)
        self._spelling = SpellingIndex(self._corpus.texts)
        self._menus = _Menus(self._corpus, self._spelling.kernel(), BY_SPELLING)

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        """Return the intents, best first; only those `among` that have examples, if given."""
        return self._menus.rank(self._spelling.alike(utterance), among)

    def prepare(self, among: Collection[str] | None = None) -> None:
        """Train what `rank` needs for these intents in reach."""
        self._menus.of(among)


class EmbeddingClassifier:
    """By meaning, and a little by spelling.

    `embed` is called for one utterance in `rank`; `embed_examples` here, for all examples at once:
    it is the same, and may remember them. The scores are calibrated for the embedding of
    `providers.embeddings`.
    """

    def __init__(
        self, examples: Examples, embed: Embed, embed_examples: Embed | None = None
    ) -> None:
        self._corpus = Corpus.of(examples)
        self._spelling = SpellingIndex(self._corpus.texts)
        self._embed = embed
        texts = [normal(text) for text in self._corpus.texts]
        self._vectors = (embed_examples or embed)(texts)
        kernel = blend(self._vectors @ self._vectors.T, self._spelling.kernel())
        self._menus = _Menus(self._corpus, kernel, BY_MEANING)

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        """Return the intents, best first; only those `among` that have examples, if given.

        Takes as long as `embed` does: off the event loop.
        """
        meaning = self._vectors @ self._embed([normal(utterance)])[0]
        alike = blend(meaning, self._spelling.alike(utterance))
        return self._menus.rank(alike, among)

    def prepare(self, among: Collection[str] | None = None) -> None:
        """Train what `rank` needs for these intents in reach."""
        self._menus.of(among)


class _Menus:
    """The menus of one flow, trained as they come into reach: as many as the flow has at most."""

    def __init__(self, corpus: Corpus, kernel: Matrix, trust: Trust) -> None:
        self._corpus = corpus
        self._kernel = kernel
        self._trust = trust
        self._trained: dict[frozenset[str], Menu | None] = {}

    def of(self, among: Collection[str] | None) -> Menu | None:
        """Return the menu of these intents; none where they have no examples."""
        names = self._corpus.names
        reach = frozenset(names if among is None else among).intersection(names)
        if reach not in self._trained:
            places = [place for place, name in enumerate(names) if name in reach]
            rows = np.flatnonzero(np.isin(self._corpus.owners, [*places, NOBODY]))
            has_examples = (self._corpus.owners[rows] != NOBODY).any()
            menu = train(self._kernel, self._corpus.owners, rows) if has_examples else None
            self._trained[reach] = menu
        return self._trained[reach]

    def rank(self, alike: Matrix, among: Collection[str] | None) -> tuple[Ranked, ...]:
        """Return the intents, best first, for an utterance that is so `alike` to all texts."""
        menu = self.of(among)
        if menu is None:
            return ()
        sure = menu.confidence(alike, self._trust).tolist()
        ranked = [
            Ranked(self._corpus.names[intent], score)
            for intent, score in zip(menu.intents, sure, strict=True)
        ]
        return tuple(sorted(ranked, key=lambda one: -one.score))


def blend(meaning: Matrix, spelling: Matrix) -> Matrix:
    """Return how alike texts are by both."""
    return np.asarray((1 - SPELLING_SHARE) * meaning + SPELLING_SHARE * spelling, dtype=np.float32)
