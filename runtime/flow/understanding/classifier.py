"""Tells what an utterance means by the examples of the intents, and how sure that is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.flow.understanding.background import BACKGROUND
from runtime.flow.understanding.features import SpellingIndex, normal
from runtime.flow.understanding.menu import NOBODY, Menu, train
from runtime.flow.understanding.regression import Matrix
from runtime.flow.understanding.rejection import BY_MEANING, BY_SPELLING, Trust

Examples = Mapping[str, tuple[str, ...]]
"""Of each intent, by its name; an intent without examples is never chosen."""

Embed = Callable[[Sequence[str]], Matrix]
"""Gives N texts' vectors (N, D), each of length 1; alike texts have a product near 1."""

SPELLING_SHARE: Final = 0.25
"""Of the likeness, where meaning makes up the rest: it knows names that no embedding has seen."""

CERTAIN: Final = 0.6
"""The flow language's own `accept`: from here the bot acts without asking."""

_TURNS = 10


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
        self._corpus = _corpus(examples)
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

    `embed` is called for all examples at once here and for one utterance in `rank`; the scores are
    calibrated for the embedding of `providers.embeddings`.
    """

    def __init__(self, examples: Examples, embed: Embed) -> None:
        self._corpus = _corpus(examples)
        self._spelling = SpellingIndex(self._corpus.texts)
        self._embed = embed
        self._vectors = embed([normal(text) for text in self._corpus.texts])
        kernel = _blend(self._vectors @ self._vectors.T, self._spelling.kernel())
        self._menus = _Menus(self._corpus, kernel, BY_MEANING)

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        """Return the intents, best first; only those `among` that have examples, if given.

        Takes as long as `embed` does: off the event loop, or `rank_vector` with what came of it.
        """
        return self.rank_vector(utterance, self._embed([normal(utterance)])[0], among)

    def rank_vector(
        self, utterance: str, vector: Matrix, among: Collection[str] | None = None
    ) -> tuple[Ranked, ...]:
        """Rank an utterance whose vector (D,) is known already."""
        alike = _blend(self._vectors @ vector, self._spelling.alike(utterance))
        return self._menus.rank(alike, among)

    def prepare(self, among: Collection[str] | None = None) -> None:
        """Train what `rank` needs for these intents in reach."""
        self._menus.of(among)


@dataclass(frozen=True, slots=True)
class _Corpus:
    """All texts: the intents' examples, then the background."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    owners: NDArray[np.intp]
    """Of each text, the place of its intent in `names`; or `NOBODY`."""

    def turns(self) -> NDArray[np.intp]:
        """Return when each example is left out, from 0; -1 for the background."""
        turns = np.full(len(self.texts), -1, dtype=np.intp)
        for owner in range(len(self.names)):
            own = np.flatnonzero(self.owners == owner)
            # Staggered, for authors tend to list what two intents have in common in one order.
            turns[own] = (owner + np.arange(len(own))) % _TURNS
        return turns


def _corpus(examples: Examples) -> _Corpus:
    texts: list[str] = []
    owners: list[int] = []
    for owner, own in enumerate(examples.values()):
        # The same words twice would weigh twice, and hide a confusion from `confused`.
        distinct = list({normal(text): text for text in reversed(own) if normal(text)}.values())
        texts.extend(reversed(distinct))
        owners.extend([owner] * len(distinct))
    texts.extend(BACKGROUND)
    owners.extend([NOBODY] * len(BACKGROUND))
    return _Corpus(tuple(examples), tuple(texts), np.array(owners, dtype=np.intp))


class _Menus:
    """The menus of one flow, trained as they come into reach: as many as the flow has at most."""

    def __init__(self, corpus: _Corpus, kernel: Matrix, trust: Trust) -> None:
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


def confused(examples: Examples, embed: Embed | None = None) -> tuple[tuple[str, str, str], ...]:
    """Return (intent, example, other intent) where an example is taken for another intent.

    Each example is tried with itself left out, as the light classifier does or, with `embed`, as
    the other; it counts where the bot would act upon the other intent without asking. Ten menus are
    trained, each without every tenth example of each intent; what is left out of one menu together
    is not tried against each other.
    """
    corpus = _corpus(examples)
    kernel = SpellingIndex(corpus.texts).kernel()
    if embed is not None:
        vectors = embed([normal(text) for text in corpus.texts])
        kernel = _blend(vectors @ vectors.T, kernel)
    trust = BY_SPELLING if embed is None else BY_MEANING
    turns = corpus.turns()
    found: dict[int, str] = {}
    for turn in np.unique(turns[turns >= 0]):
        tried = np.flatnonzero(turns == turn)
        kept = np.flatnonzero(turns != turn)
        if (corpus.owners[kept] != NOBODY).any():
            menu = train(kernel, corpus.owners, kept)
            found |= _mistaken(corpus, menu, trust, kernel, tried)
    return tuple(
        (corpus.names[corpus.owners[row]], corpus.texts[row], found[row]) for row in sorted(found)
    )


def _mistaken(
    corpus: _Corpus, menu: Menu, trust: Trust, kernel: Matrix, tried: NDArray[np.intp]
) -> dict[int, str]:
    """Return the texts among `tried` that are taken for somebody else's, and whose."""
    mistaken: dict[int, str] = {}
    for row in tried.tolist():
        sure = menu.confidence(kernel[row], trust)
        best = int(sure.argmax())
        if menu.intents[best] != corpus.owners[row] and sure[best] >= CERTAIN:
            mistaken[row] = corpus.names[menu.intents[best]]
    return mistaken


def _blend(meaning: Matrix, spelling: Matrix) -> Matrix:
    return np.asarray((1 - SPELLING_SHARE) * meaning + SPELLING_SHARE * spelling, dtype=np.float32)
