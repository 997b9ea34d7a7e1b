"""The texts that a classifier learns from: the intents' examples, and what means none of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.flow.understanding.background import BACKGROUND
from runtime.flow.understanding.features import normal
from runtime.flow.understanding.menu import NOBODY

Examples = Mapping[str, tuple[str, ...]]
"""Of each intent, by its name; an intent without examples is never chosen."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All texts: the intents' examples, then the background."""

    names: tuple[str, ...]
    texts: tuple[str, ...]
    owners: NDArray[np.intp]
    """Of each text, the place of its intent in `names`; or `NOBODY`."""

    @classmethod
    def of(cls, examples: Examples) -> "Corpus":
        """Gather the texts; what an intent has twice counts once."""
        texts: list[str] = []
        owners: list[int] = []
        for owner, own in enumerate(examples.values()):
            # The same words twice would weigh twice, and hide a confusion.
            distinct = list({normal(text): text for text in reversed(own) if normal(text)}.values())
            texts.extend(reversed(distinct))
            owners.extend([owner] * len(distinct))
        texts.extend(BACKGROUND)
        owners.extend([NOBODY] * len(BACKGROUND))
        return cls(tuple(examples), tuple(texts), np.array(owners, dtype=np.intp))
