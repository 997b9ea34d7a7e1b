"""The intents in reach at one place of a flow, trained to be told apart and from all else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.flow.understanding.regression import Matrix, fit, probabilities
from runtime.flow.understanding.rejection import Trust

NOBODY = -1
"""Owner of a background text."""

_STRENGTH = 20.0
"""Inverse of regularisation: 5 to 80 were within a point of each other on BANKING77."""

_RESEMBLES = 0.5
"""A background text as alike as this to an example is no background to this menu."""

_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Menu:
    """What is known of `intents`, whose examples come first in `rows`, in the same order."""

    intents: tuple[int, ...]
    rows: NDArray[np.intp]
    """The texts (N) it was trained on, of all texts."""
    starts: NDArray[np.intp]
    """Where each intent's examples start in `rows`, and where the background does."""
    coefficients: Matrix
    """(N, K + 1), over `_closeness`; the last class is the background."""

    def confidence(self, alike: Matrix, trust: Trust) -> Matrix:
        """Return for each intent the chance (K) that an utterance means it.

        `alike`: how alike it is to each of all texts.
        """
        near = alike[self.rows]
        scores = _closeness(near) @ self.coefficients
        chances = probabilities(scores)
        odds = np.log(chances + _SMALLEST) - np.log(_others(chances) + _SMALLEST)
        nearest = np.maximum.reduceat(near, self.starts)[:-1]
        sizes = np.diff(self.starts).astype(np.float32)
        return trust.confidence(odds[:-1], scores[:-1], nearest, sizes)


def train(kernel: Matrix, owners: NDArray[np.intp], rows: NDArray[np.intp]) -> Menu:
    """Return the menu of the texts in `rows`: which is whose, and a background without their like.

    `owners`: each text's intent, or `NOBODY`. `rows` holds at least one text of an intent.
    """
    mine = rows[owners[rows] != NOBODY]
    mine = mine[np.argsort(owners[mine], kind="stable")]
    background = rows[owners[rows] == NOBODY]
    resemblance = kernel[np.ix_(background, mine)].max(axis=1)
    # Whatever the examples are, something stands against them.
    background = background[resemblance <= max(_RESEMBLES, resemblance.min())]
    intents, sizes = np.unique(owners[mine], return_counts=True)
    labels = np.repeat(np.arange(len(sizes) + 1), [*sizes, len(background)])
    used = np.concatenate([mine, background])
    return Menu(
        intents=tuple(intents.tolist()),
        rows=used,
        starts=np.concatenate([[0], np.cumsum(sizes)]),
        coefficients=fit(_closeness(kernel[np.ix_(used, used)]), labels, _STRENGTH),
    )


def _closeness(alike: Matrix) -> Matrix:
    """Return a Gaussian kernel of texts that are so `alike`: what is near counts for more.

    By CLINC150's and BANKING77's parts for training, 0.2 points better than likeness itself, and a
    point more of what is out of scope was refused.
    """
    return np.exp(alike - 1)


def _others(chances: Matrix) -> Matrix:
    """Return for each class the others' chances together; 1 - p would lose what is near 0."""
    without = np.where(np.eye(len(chances), dtype=bool), 0, chances)
    return np.asarray(without.sum(axis=1), dtype=np.float32)
