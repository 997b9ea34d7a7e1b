"""Words that were said against words that were understood."""

import re
from collections.abc import Sequence

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_SAME = {"ok": "okay", "mhm": "mm-hmm", "oh": "0"}


def words(text: str) -> list[str]:
    """Return the words of a text; numbers, spelt or written, are their digits one by one."""
    found: list[str] = []
    tens = 0
    for word in re.findall(r"[a-z0-9']+", text.lower().replace("-", " ")):
        value = _VALUES.get(word)
        if tens and value is not None and 1 <= value <= 9:
            found[-1] = str(value)
            tens = 0
        elif value is not None:
            found += str(value)
            tens = value if value >= 20 else 0
        elif word.isdigit():
            found += word
            tens = 0
        else:
            found.append(_SAME.get(word, word))
            tens = 0
    return found


def word_errors(wanted: Sequence[str], given: Sequence[str]) -> int:
    """Return the words to change, to add or to leave out (Levenshtein)."""
    row = list(range(len(given) + 1))
    for number, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(given, 1):
            least = min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
            diagonal, row[column] = row[column], least
    return row[-1]
