"""How sure to be that an utterance means an intent, so that what means none of them is refused."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from runtime.flow.understanding.regression import Matrix

_LEAST = 0.001
"""Less alike than this is not alike at all (a likeness may even be below 0)."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A logistic regression over what the classifier sees of an utterance and an intent.

    Fitted by `bench/calibration.py` to random menus of 1 to 150 intents with 1 to 20 examples each
    out of CLINC150's part for training; half of the utterances meant one of the intents, half none
    of them. On menus of its part for validation, 76 % and 65 % (light, local) of the best scores
    from 0.6 to 0.7 were right, 50 % and 46 % of those from 0.4 to 0.5. The figures hold for the
    likenesses they were fitted to alone.
    """

    constant: float
    odds: float
    """For the intent's logarithmic odds against all others in reach, the background too."""
    score: float
    """For its score in the regression, which is small where few examples speak for it."""
    nearest: float
    """For the logarithm of the likeness to its most alike example."""
    intents: float
    """For the logarithm of the number of intents in reach."""
    score_intents: float
    """For the product of score and that logarithm."""
    examples: float
    """For the logarithm of the number of the intent's examples."""

    def confidence(self, odds: Matrix, scores: Matrix, nearest: Matrix, sizes: Matrix) -> Matrix:
        """Return 0 to 1 for each of K intents in reach; `sizes`: the numbers of their examples."""
        intents = np.log(len(sizes))
        evidence = (
            self.constant
            + self.odds * odds
            + (self.score + self.score_intents * intents) * scores
            + self.nearest * np.log(np.maximum(nearest, _LEAST))
            + self.intents * intents
            + self.examples * np.log(sizes)
        )
        chances = 1 / (1 + np.exp(-evidence))
        # Who means the best does not mean the others: what is left is the most that they can have.
        best = chances.argmax()
        others = np.minimum(chances, 1 - chances[best])
        others[best] = chances[best]
        return np.asarray(others, dtype=np.float32)


BY_SPELLING: Final = Trust(
    constant=6.009,
    odds=1.195,
    score=0.016,
    nearest=1.075,
    intents=-0.672,
    score_intents=0.220,
    examples=-1.215,
)
"""For likeness by spelling alone."""

BY_MEANING: Final = Trust(
    constant=6.112,
    odds=0.897,
    score=0.356,
    nearest=2.066,
    intents=-0.826,
    score_intents=0.155,
    examples=-1.491,
)
"""For the likeness of `classifier.blend`."""
