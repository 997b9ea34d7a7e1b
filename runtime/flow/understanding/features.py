"""How alike two utterances are by their spelling: TF-IDF of parts of words, words and pairs."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from unicodedata import category
from zlib import crc32

import numpy as np

from runtime.flow.understanding.regression import Matrix

PARTS = (2, 3, 4)
"""Letters in a part of a word, its edges included. On CLINC150 and BANKING77 2 to 4 letters with
words and pairs of words were 1 to 2 points more accurate than parts of 2 to 5 letters alone."""

_SPOKEN = frozenset("LMN")
"""Unicode's general categories: letters, the marks that many scripts write vowels with, numbers."""


_SKETCH = 1024


def normal(utterance: str) -> str:
    """Return the words alone: no capitals, no punctuation, single spaces."""
    folded = utterance.casefold().replace("\u2019", "'")
    if not folded.replace(" ", "").isalnum():
        folded = "".join(c if c == "'" or category(c)[0] in _SPOKEN else " " for c in folded)
    return " ".join(folded.split())


def parts(utterance: str) -> Iterator[str]:
    """Yield the features of `utterance`, as often as they occur."""
    words = normal(utterance).split()
    for word in words:
        yield from _parts_of(word)
    for first, second in pairwise(words):
        yield f"={first}={second}"


def _parts_of(word: str) -> Iterator[str]:
    edged = f" {word} "
    for size in PARTS:
        for start in range(len(edged) - size + 1):
            yield edged[start : start + size]
    yield f"={word}"


@lru_cache(2048)
def _places(text: str) -> tuple[int, ...]:
    """Return where a text's parts fall in its sketch. Those of the background never change."""
    words = normal(text).split()
    pairs = (f"={first}={second}" for first, second in pairwise(words))
    return tuple({_place(pair) for pair in pairs}.union(*map(_places_of, words)))


@lru_cache(8192)
def _places_of(word: str) -> frozenset[int]:
    """Examples have most of their words in common."""
    return frozenset(_place(part) for part in _parts_of(word))


def _place(part: str) -> int:
    return crc32(part.encode()) % _SKETCH


@lru_cache(256)
def _counted(text: str) -> Counter[str]:
    """Return a text's parts. The background is in every index that is made."""
    return Counter(parts(text))


def sketches(texts: Sequence[str]) -> Matrix:
    """Return a vector (N, D) of length 1 for each text: alike spelling has a product near 1.

    Coarser than a `SpellingIndex`, and for many texts among themselves a hundred times faster:
    parts share places of the vector.
    """
    table = np.zeros((len(texts), _SKETCH), dtype=np.float32)
    for row, text in enumerate(texts):
        table[row, _places(text)] = 1
    table *= np.log((1 + len(texts)) / (1 + table.sum(axis=0))) + 1
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table / np.maximum(lengths, 1e-9), dtype=np.float32)


class SpellingIndex:
    """Some texts, and how alike to each of them an utterance is."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [_counted(text) for text in texts]
        spread = Counter(part for counts in counted for part in counts)
        self._rarity = {p: math.log((1 + len(texts)) / (1 + n)) + 1 for p, n in spread.items()}
        # Each part has its stretch of two long arrays: the texts it occurs in, and its weights.
        ends = np.cumsum(list(spread.values()), dtype=np.intp).tolist()
        self._stretch = dict(zip(spread, map(slice, [0, *ends], ends), strict=False))
        self._rows = np.empty(ends[-1] if ends else 0, dtype=np.intp)
        self._weights = np.empty(len(self._rows), dtype=np.float64)
        self._texts = [self._weighted(counts) for counts in counted]
        self._fill()

    def _fill(self) -> None:
        place = {part: stretch.start for part, stretch in self._stretch.items()}
        for row, weighted in enumerate(self._texts):
            for part, weight in weighted.items():
                self._rows[place[part]] = row
                self._weights[place[part]] = weight
                place[part] += 1

    def alike(self, utterance: str) -> Matrix:
        """Return the cosine (N,) of `utterance` with each text."""
        return self._alike(self._weighted(Counter(parts(utterance))))

    def kernel(self) -> Matrix:
        """Return the cosines (N, N) of the texts among themselves."""
        return np.stack([self._alike(weighted) for weighted in self._texts])

    def _alike(self, weighted: Mapping[str, float]) -> Matrix:
        if not weighted:
            return np.zeros(len(self._texts), dtype=np.float32)
        stretches = [self._stretch[part] for part in weighted]
        rows = np.concatenate([self._rows[stretch] for stretch in stretches])
        products = np.concatenate([self._weights[stretch] for stretch in stretches]) * np.repeat(
            list(weighted.values()), [stretch.stop - stretch.start for stretch in stretches]
        )
        return np.bincount(rows, products, len(self._texts)).astype(np.float32)

    def _weighted(self, counts: Counter[str]) -> dict[str, float]:
        """Return the known parts' weights, of length 1 together."""
        known = {
            part: (1 + math.log(count)) * self._rarity[part]
            for part, count in counts.items()
            if part in self._rarity
        }
        length = math.sqrt(sum(weight * weight for weight in known.values()))
        return {part: weight / length for part, weight in known.items()}
