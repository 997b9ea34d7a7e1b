"""Fit what `rejection.py` trusts to: python -m bench.calibration DATA_DIR.

Random menus are drawn from CLINC150's part for training (utterances in scope and out of it) and
from nothing else; `bench.understanding` judges by the part for validation. Half of what is asked
means an intent of the menu; of the other half, one half means another intent and one none at all.
A logistic regression then tells, by what the classifier sees, whether its best intent is right.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from bench.understanding import Data, Remembering, Trial, by_intent, menu, progress
from runtime.flow.understanding.classifier import blend
from runtime.flow.understanding.corpus import Corpus
from runtime.flow.understanding.features import SpellingIndex, normal
from runtime.flow.understanding.menu import train
from runtime.flow.understanding.regression import Matrix
from runtime.flow.understanding.rejection import Trust

INTENTS: Final = (1, 2, 3, 5, 7, 10, 15, 30, 60, 150)
EXAMPLES: Final = (1, 2, 3, 5, 7, 10, 15, 20)
ASKED: Final = 60
"""In scope of each menu, and as many out of it."""
RIDGE: Final = 1e-3

Rows = NDArray[np.float64]


class Witness:
    """Stands where a `Trust` would, and keeps what it is told of the best intent."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, ...]] = []
        self.best = 0

    def confidence(self, odds: Matrix, scores: Matrix, nearest: Matrix, sizes: Matrix) -> Matrix:
        """Return nothing of use."""
        self.best = best = int(odds.argmax())
        intents = np.log(len(sizes))
        near = np.log(max(float(nearest[best]), 0.001))
        odd, score, size = float(odds[best]), float(scores[best]), np.log(sizes[best])
        self.seen.append((odd, score, near, intents, score * intents, size))
        return odds


def read(folder: Path) -> Data:
    """Return CLINC150's part for training; what is asked is told apart from examples by `menu`."""
    parts = json.loads((folder / "clinc150_dev.json").read_text())
    pool = by_intent(parts["train"])
    return Data(pool, pool, [text for text, _ in parts["oos_train"]])


def trials(data: Data, menus: int, draw: np.random.Generator) -> Iterator[Trial]:
    """Yield random menus; what is an example is never asked."""
    for number in range(menus):
        progress(f"menu {number + 1} of {menus}")
        intents, examples = int(draw.choice(INTENTS)), int(draw.choice(EXAMPLES))
        yield menu(data, intents, examples, ASKED, draw)


def evidence(
    trial: Trial, embed: Callable[[Sequence[str]], Matrix] | None
) -> tuple[Rows, NDArray[np.bool_]]:
    """Return what is seen of the best intent for each utterance, and whether it is right."""
    corpus = Corpus.of(trial.examples)
    index = SpellingIndex(corpus.texts)
    kernel = index.kernel()
    vectors = None if embed is None else embed([normal(text) for text in corpus.texts])
    if vectors is not None:
        kernel = blend(vectors @ vectors.T, kernel)
    learnt = train(kernel, corpus.owners, np.arange(len(corpus.texts)))
    witness, right = Witness(), []
    for text, intent in trial.asked:
        alike = index.alike(text)
        if embed is not None and vectors is not None:
            alike = blend(vectors @ embed([normal(text)])[0], alike)
        learnt.confidence(alike, cast(Trust, witness))
        right.append(corpus.names[learnt.intents[witness.best]] == intent)
    return np.array(witness.seen), np.array(right)


def fitted(rows: Rows, right: NDArray[np.bool_]) -> Trust:
    """Return the regression, by Newton's method."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    scaled = np.hstack([(rows - middle) / spread, np.ones((len(rows), 1))])
    weights = np.zeros(scaled.shape[1])
    ridge = RIDGE * len(rows) * np.append(np.ones(rows.shape[1]), 0)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (chance - right) + ridge * weights
        bend = (scaled.T * (chance * (1 - chance))) @ scaled + np.diag(ridge)
        weights -= np.linalg.solve(bend, slope)
    plain = weights[:-1] / spread
    odds, score, nearest, intents, score_intents, examples = (round(float(x), 3) for x in plain)
    constant = round(float(weights[-1] - plain @ middle), 3)
    return Trust(constant, odds, score, nearest, intents, score_intents, examples)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR", help="folder of clinc150_dev.json")
    parser.add_argument("--menus", type=int, default=300, help="random menus")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    options = parser.parse_args()
    data = read(options.data)
    remembering: Any = Remembering()
    for name, embed in (("BY_SPELLING", None), ("BY_MEANING", remembering)):
        draw = np.random.default_rng(options.seed)
        seen = [evidence(trial, embed) for trial in trials(data, options.menus, draw)]
        trust = fitted(np.vstack([x for x, _ in seen]), np.concatenate([y for _, y in seen]))
        progress("")
        sys.stdout.write(f"{name} = {trust}\n")


if __name__ == "__main__":
    main()
