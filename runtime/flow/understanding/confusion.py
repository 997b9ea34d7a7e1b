"""Examples that the light classifier takes for another intent once they are left out."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runtime.flow.understanding.corpus import Corpus, Examples
from runtime.flow.understanding.features import SpellingIndex, normal, sketches
from runtime.flow.understanding.menu import NOBODY, Menu, train
from runtime.flow.understanding.regression import Matrix
from runtime.flow.understanding.rejection import BY_SPELLING

MENUS: Final = 6
"""Tried at most, the likeliest first: a flow of many states is checked while its author waits."""

_ALIKE = 0.2
_NEARLY = 0.1
"""An example is tried if another intent has one so alike to it, and none of its own is more alike
by more than that. All of 10 confusions in 60 random menus of CLINC150's training part were."""

_LARGEST: Final = 1000
"""Examples of a menu that is tried: to compare those of a larger one takes many seconds."""

_PATIENCE: Final = 1e10
"""Multiplications that the trainings may take, all together: about a second. The likeliest
confusions are tried first."""

_STEPS = 80
"""Products of matrices in a training: two in each of its rounds."""

_FOLD = 10
"""At most every tenth example of an intent is left out at once."""

_REMEMBERED: Final = 16
"""Flows whose confusions are remembered: most saves change no example, and then a check of the
reception desk takes 4 ms instead of 34."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """An example of `intent` upon which the bot would act as if it meant `other`."""

    intent: str
    example: str
    other: str


def confusions(
    examples: Examples,
    menus: Iterable[Collection[str]],
    accept: float,
    spared: Collection[tuple[str, str]] = frozenset(),
) -> tuple[Confusion, ...]:
    """Return the examples that are taken for another intent, with a score of `accept` or more.

    `menus`: the intents in reach together. `spared`: (intent, normal example) that need no trial.
    An intent's only example is not tried: without it there is nothing to know the intent by.
    """
    has_examples = {name for name, own in examples.items() if own}
    # In the order they came: the same flow is found fault with in the same way every time.
    shared = [menu for menu in dict.fromkeys(map(frozenset, menus)) if len(menu & has_examples) > 1]
    if not shared:
        return ()
    return _confusions(tuple(examples.items()), tuple(shared), accept, frozenset(spared))


@lru_cache(_REMEMBERED)
def _confusions(
    examples: tuple[tuple[str, tuple[str, ...]], ...],
    shared: tuple[frozenset[str], ...],
    accept: float,
    spared: frozenset[tuple[str, str]],
) -> tuple[Confusion, ...]:
    corpus = Corpus.of(dict(examples))
    is_spared = [
        owner == NOBODY or (corpus.names[owner], normal(text)) in spared
        for owner, text in zip(corpus.owners.tolist(), corpus.texts, strict=True)
    ]
    to_try = ~np.array(is_spared)
    looks = sketches(corpus.texts)
    rows_of = _rows_by_name(corpus)
    suspected: list[tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp]]] = []
    for menu in shared:
        own = [rows_of[name] for name in sorted(rows_of.keys() & menu)]
        if len(own) > 1 and sum(map(len, own)) <= _LARGEST:
            rows = np.concatenate(own)
            leads, suspects = _suspects(looks[rows], corpus.owners[rows], to_try[rows])
            if len(suspects):
                suspected.append((leads, rows, rows[suspects]))
    suspected.sort(key=lambda one: -one[0][0])
    found: dict[Confusion, None] = {}
    likeliest = suspected[:MENUS]
    for _, rows, suspects in likeliest:
        patience = _PATIENCE / len(likeliest)
        found.update(dict.fromkeys(_tried(corpus, rows, suspects, accept, patience)))
    return tuple(found)


def _rows_by_name(corpus: Corpus) -> dict[str, NDArray[np.intp]]:
    by_place = ((name, np.flatnonzero(corpus.owners == n)) for n, name in enumerate(corpus.names))
    return {name: rows for name, rows in by_place if len(rows)}


def _suspects(
    looks: Matrix, owners: NDArray[np.intp], to_try: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the rows that are about as alike to another's text as to any of their own intent.

    And first, by how much each is more alike to the other's; the most suspect comes first.
    """
    alike = looks @ looks.T
    np.fill_diagonal(alike, -1)
    is_own = owners[:, None] == owners[None, :]
    own = np.where(is_own, alike, -1).max(axis=1)
    others = np.where(is_own, -1, alike).max(axis=1)
    has_fellows = is_own.sum(axis=1) > 1
    suspect = to_try & has_fellows & (others >= _ALIKE) & (others - own > -_NEARLY)
    leads, rows = (others - own)[suspect], np.flatnonzero(suspect)
    order = np.argsort(-leads, kind="stable")
    return leads[order], rows[order]


def _tried(
    corpus: Corpus,
    rows: NDArray[np.intp],
    suspects: NDArray[np.intp],
    accept: float,
    patience: float,
) -> Iterator[Confusion]:
    """Try the suspects of one menu, a few at a time left out, as long as there is patience."""
    menu = np.concatenate([rows, np.flatnonzero(corpus.owners == NOBODY)])
    owners, names = corpus.owners[menu], corpus.names
    kernel = SpellingIndex([corpus.texts[row] for row in menu]).kernel()
    place = {row: at for at, row in enumerate(menu.tolist())}
    folds = _folds(kernel, owners, [place[row] for row in suspects.tolist()])
    # As if none were left out: so few make no difference.
    cost = len(menu) ** 3 + _STEPS * len(menu) ** 2 * len(set(owners.tolist()))
    for left_out in folds[: max(1, int(patience / cost))]:
        learnt = train(kernel, owners, np.setdiff1d(np.arange(len(menu)), left_out))
        for row in left_out:
            other = _taken_for(learnt, kernel[row], accept)
            if other is not None and other != owners[row]:
                yield Confusion(names[owners[row]], corpus.texts[menu[row]], names[other])


def _folds(kernel: Matrix, owners: NDArray[np.intp], suspects: Iterable[int]) -> list[list[int]]:
    """Share the suspects out: each is tried against the like of it, and its intent is still known.

    No two that are alike are left out together, nor many examples of one intent.
    """
    folds: list[list[int]] = []
    for row in suspects:
        together = max(1, int((owners == owners[row]).sum()) // _FOLD)
        for fold in folds:
            fellows = owners[fold] == owners[row]
            if fellows.sum() < together and (fellows | (kernel[row, fold] < _ALIKE)).all():
                fold.append(row)
                break
        else:
            folds.append([row])
    return folds


def _taken_for(menu: Menu, alike: Matrix, accept: float) -> int | None:
    sure = menu.confidence(alike, BY_SPELLING)
    best = int(sure.argmax())
    return menu.intents[best] if sure[best] >= accept else None
