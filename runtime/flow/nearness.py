"""The name that a misspelt one most likely means.

Many names can be unknown at once, as where a file that is included is missing; comparing each with
every known one takes too long. Only those are compared that have most pairs of letters in common.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from heapq import nlargest

_COMPARED = 20
_CUTOFF = 0.6


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is nearest to `word`, capitals or not; None if none is near."""
    return _nearest(word.casefold(), frozenset(known))


@lru_cache(maxsize=4096)
def _nearest(word: str, known: frozenset[str]) -> str | None:
    by_folded, by_pair = _index(known)
    shared: Counter[str] = Counter()
    for pair in _pairs(word):
        shared.update(by_pair.get(pair, ()))
    likely = nlargest(_COMPARED, sorted(shared), key=lambda name: shared[name] / (len(name) + 1))
    near = difflib.get_close_matches(word, likely, n=1, cutoff=_CUTOFF)
    return by_folded[near[0]] if near else None


@lru_cache(maxsize=64)
def _index(known: frozenset[str]) -> tuple[Mapping[str, str], Mapping[str, list[str]]]:
    by_folded = {name.casefold(): name for name in sorted(known)}
    by_pair: defaultdict[str, list[str]] = defaultdict(list)
    for name in by_folded:
        for pair in _pairs(name):
            by_pair[pair].append(name)
    return by_folded, by_pair


def _pairs(word: str) -> set[str]:
    """Return what two words have in common where they are alike: letters, and pairs of them.

    Where letters have changed places, few pairs are left in a short word.
    """
    ends = f"^{word}$"
    return {*word, *(ends[at : at + 2] for at in range(len(ends) - 1))}
