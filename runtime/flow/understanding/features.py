"""How alike two utterances are by their spelling: TF-IDF of parts of words, words and pairs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from unicodedata import category
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from runtime.flow.understanding.regression import Matrix

PARTS = (2, 3, 4)
"""Letters in a part of a word, its edges included. On CLINC150 and BANKING77 2 to 4 letters with
words and pairs of words were 1 to 2 points more accurate than parts of 2 to 5 letters alone."""

_SPOKEN = frozenset("LMN")
"""Unicode's general categories: letters, the marks that many scripts write vowels with, numbers."""


_SKETCH = 1024

_AT_ONCE = 50_000
"""Products of a kernel that are made at once: as many as a processor's cache holds."""


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
        self._count = len(texts)
        self._places = {part: n for n, part in enumerate(dict.fromkeys(chain(*counted)))}
        # Every part of every text, text by text: which it is, and its weight.
        self._parts = np.array([self._places[part] for part in chain(*counted)], dtype=np.intp)
        self._ends = np.cumsum([0, *map(len, counted)])
        owners = np.repeat(np.arange(self._count), np.diff(self._ends))
        self._spread = np.bincount(self._parts, minlength=len(self._places))
        self._rarity = np.log((1 + self._count) / (1 + self._spread)) + 1
        times = np.array([n for counts in counted for n in counts.values()], dtype=np.float64)
        weights = (1 + np.log(times)) * self._rarity[self._parts]
        lengths = np.sqrt(np.bincount(owners, weights * weights, self._count))
        self._weights = weights / lengths[owners]
        # The same, part by part: each has its stretch of the texts that it occurs in.
        order = np.argsort(self._parts, kind="stable")
        self._stretches = np.cumsum(self._spread) - self._spread
        self._texts_of, self._weights_in = owners[order], self._weights[order]

    def alike(self, utterance: str) -> Matrix:
        """Return the cosine (N,) of `utterance` with each text."""
        counts = Counter(parts(utterance))
        known = [part for part in counts if part in self._places]
        places = np.array([self._places[part] for part in known], dtype=np.intp)
        times = np.array([counts[part] for part in known], dtype=np.float64)
        weights = (1 + np.log(times)) * self._rarity[places]
        weights /= max(float(np.linalg.norm(weights)), 1e-9)
        alike = self._cosines(places, weights, np.zeros(len(known), dtype=np.intp), 1)
        return alike.reshape(self._count)

    def kernel(self) -> Matrix:
        """Return the cosines (N, N) of the texts among themselves."""
        found = np.zeros((self._count, self._count), dtype=np.float32)
        pairs = int(self._spread @ self._spread)
        step = max(1, self._count * _AT_ONCE // max(pairs, 1))
        for first in range(0, self._count, step):
            ends = self._ends[first : first + step + 1]
            here = slice(ends[0], ends[-1])
            owners = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
            rows = self._cosines(self._parts[here], self._weights[here], owners, len(ends) - 1)
            found[first : first + step] = rows
        return found

    def _cosines(
        self,
        places: NDArray[np.intp],
        weights: NDArray[np.float64],
        owners: NDArray[np.intp],
        count: int,
    ) -> Matrix:
        """Return the cosines (`count`, N) of utterances; `owners` tells whose each part is."""
        many = self._spread[places]
        ends = np.cumsum(many)
        # Each part's stretch, one after the other.
        at = np.repeat(self._stretches[places] - ends + many, many) + np.arange(many.sum())
        cells = np.repeat(owners * self._count, many) + self._texts_of[at]
        products = np.repeat(weights, many) * self._weights_in[at]
        sums = np.bincount(cells, products, count * self._count)
        return np.asarray(sums.reshape(count, self._count), dtype=np.float32)
