"""Letters said one by one: "A N I T A", "double n", "S for sugar"."""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.flow.slots.number_words import REPEATS
from runtime.flow.slots.words import Word, listed

# Names of letters that are hardly words of their own.
_LETTER_NAMES = {
    **{"aitch": "h", "haitch": "h", "eff": "f", "ef": "f", "ell": "l", "cue": "q", "ar": "r"},
    **{"jay": "j", "kay": "k", "wye": "y", "ay": "a"},
    **{"bee": "b", "cee": "c", "dee": "d", "gee": "g", "el": "l", "em": "m", "en": "n", "pee": "p"},
    **{"ess": "s", "tee": "t", "vee": "v", "ex": "x", "zed": "z", "zee": "z"},
}
_CASE = listed("capital small uppercase lowercase upper lower letter")
_STANDS_FOR = (("as", "in"), ("for",), ("like",), ("as",), ("of",), ("4",))


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters, in lower case, and the index of the word behind them."""

    text: str
    end: int


def read_letter(words: Sequence[Word], at: int) -> Letters | None:
    """Read one letter, or one that is doubled, at word `at`."""
    while at < len(words) and words[at].text in _CASE:
        at += 1
    if at >= len(words):
        return None
    times = REPEATS.get(words[at].text, 1)
    if times > 1:
        at += 1
        if at < len(words) and words[at].text in {"u", "you"}:
            return Letters("w", at + 1)
    letter = _letter(words[at]) if at < len(words) else ""
    if not letter:
        return None
    return Letters(letter * times, _behind_example(words, at + 1, letter))


def _letter(word: Word) -> str:
    return word.text if word.is_letter else _LETTER_NAMES.get(word.text, "")


def _behind_example(words: Sequence[Word], at: int, letter: str) -> int:
    """Return the index behind "for sugar" in "S for sugar", or `at` where no example is given."""
    for phrase in _STANDS_FOR:
        end = at + len(phrase)
        if tuple(word.text for word in words[at:end]) == phrase and end < len(words):
            example = words[end].text
            if len(example) > 1 and example.startswith(letter):
                return end + 1
    return at


def read_spelled(words: Sequence[Word], at: int) -> Letters | None:
    """Read a run of letters; commas, full stops and dashes may part them."""
    text, end = "", at
    while True:
        start = end
        while text and start < len(words) and words[start].text in {",", ".", "-"}:
            start += 1
        letter = read_letter(words, start)
        if letter is None:
            return Letters(text, end) if text else None
        text, end = text + letter.text, letter.end
