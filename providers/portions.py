"""A text in portions, for vendors that take only so much at a time."""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from runtime.audio.sentences import sentences


def portions(text: str, limit: int, size: Callable[[str], int] = len) -> tuple[str, ...]:
    """Return `text` in portions of at most `limit`, by `size`; the whole where it fits.

    Cut between sentences; within one between words, and within a word only where it is longer.
    """
    if size(text) <= limit:
        return (text,)
    filled: list[str] = []
    for piece in _pieces(text, limit, size):
        if filled and size(longer := f"{filled[-1]} {piece}") <= limit:
            filled[-1] = longer
        else:
            filled.append(piece)
    return tuple(filled)


def in_bytes(text: str) -> int:
    """Return the size of `text` in UTF-8."""
    return len(text.encode())


def _pieces(text: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    for sentence in sentences(text, first_piece=len(text)):
        if size(sentence) <= limit:
            yield sentence
            continue
        for word in sentence.split():
            yield from _cut(word, limit, size)


def _cut(word: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    while size(word) > limit:
        end = bisect_right(range(1, len(word)), limit, key=lambda length: size(word[:length]))
        yield word[:end]
        word = word[end:]
    yield word
