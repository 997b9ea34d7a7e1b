"""An utterance as words that know where they stand."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Numbers keep their grouping commas (Indian or Western) and decimals; vowel signs of Devanagari
# and joiners are not \w in Python and are named; anything else is a word of one sign.
_LETTER = "(?:[^\\W\\d_]|[\u0900-\u0963\u0971-\u097f\u200c\u200d])"
_WORD = re.compile(
    r"\d{1,3}(?:,\d{2,3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"|{_LETTER}+(?:['\u2019]{_LETTER}+)*"
    r"|[^\w\s]|_"
)
# Spelling varies in these signs alone: nukta, joiners and apostrophes go, chandrabindu is anusvara.
_FOLDED = str.maketrans(
    {"\u093c": None, "\u0901": "\u0902", "\u200c": None, "\u200d": None, "'": None, "\u2019": None}
)


def folded(text: str) -> str:
    """Return `text` in the one spelling that tables of words are looked up in."""
    return unicodedata.normalize("NFC", text).lower().translate(_FOLDED)


def listed(words: str) -> frozenset[str]:
    """Return a table of words, given parted by blanks, folded."""
    return frozenset(folded(word) for word in words.split())


NOISES = listed("um umm uh uhm er erm ah hmm hm mm उम अं")
HESITATIONS = NOISES | listed(
    "well so like okay ok please just basically actually matlab toh अच्छा तो मतलब"
)
PUNCTUATION = frozenset(",.;:!?\u2026\u0964-\u2013\u2014\"'()")

_CORRECTIONS = listed(
    "no sorry rather correction wait meant mean nahi nahin नहीं instead oops actually"
)
# A value after one of these replaces an earlier one, in this utterance or a turn before.
_REPLACING = tuple(
    tuple(said.split())
    for said in (
        "i meant",
        "i mean",
        "i said",
        "make it",
        "make that",
        "change it to",
        "change that to",
        "it should be",
        "should be",
        "correction",
        "matlab",
    )
)

_ASKING = listed("what whats how why when where who whose does kya kaise kyun kab kahan क्या कैसे कब")
_ASKING_PAIRS = frozenset(
    (
        "do you",
        "do i",
        "did you",
        "did i",
        "are you",
        "is there",
        "are there",
        "tell me",
        "have you",
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `text` is folded (lower case, one spelling, ASCII digits, no grouping commas)."""

    text: str
    start: int
    end: int

    @property
    def is_numeral(self) -> bool:
        """Whether it is written in digits."""
        return self.text[0].isdecimal()

    @property
    def is_letter(self) -> bool:
        """Whether it is a single Latin letter, as in spelling aloud."""
        return len(self.text) == 1 and "a" <= self.text <= "z"


def split_words(utterance: str) -> tuple[Word, ...]:
    """Split an utterance into words; a sign counts as one, a hyphen within a word is dropped."""
    found = []
    for match in _WORD.finditer(utterance):
        said = match.group()
        if said == "-" and _is_inside_a_word(utterance, match.start()):
            continue
        if said[0].isdecimal():
            # int() reads every script's digits.
            text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in said)
            text = text.replace(",", "")
        else:
            text = folded(said)
        if text:
            found.append(Word(text, match.start(), match.end()))
    return tuple(found)


def _is_inside_a_word(utterance: str, at: int) -> bool:
    before, after = utterance[at - 1 : at], utterance[at + 1 : at + 2]
    return before.isalpha() and after.isalpha()


def texts(words: Iterable[Word]) -> tuple[str, ...]:
    """Return what the words say, without where."""
    return tuple(word.text for word in words)


def is_correction(between: Sequence[Word]) -> bool:
    """Whether the words between two values say that the second replaces the first."""
    return any(word.text in _CORRECTIONS for word in between)


def replaces_earlier(before: Sequence[Word]) -> bool:
    """Whether a value said right after these words is marked as replacing an earlier one."""
    said = tuple(text for text in texts(before) if text not in PUNCTUATION)
    return any(said[-len(phrase) :] == phrase for phrase in _REPLACING)


def is_question(words: Sequence[Word]) -> bool:
    """Whether the caller asks something himself, so that a value in it is no answer."""
    said = [text for text in texts(words) if text not in PUNCTUATION | HESITATIONS][:2]
    return bool(said) and (said[0] in _ASKING or " ".join(said) in _ASKING_PAIRS)


def find_phrase(said: Sequence[str], phrase: Sequence[str], start: int = 0) -> int | None:
    """Return where `phrase` begins in `said`, at or after `start`; None where it doesn't occur."""
    size = len(phrase)
    for at in range(start, len(said) - size + 1):
        if tuple(said[at : at + size]) == tuple(phrase):
            return at
    return None
