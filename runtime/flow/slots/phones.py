"""Telephone numbers: Indian ones as ten digits, others as E.164 with their "+" (ITU-T E.164)."""

from collections.abc import Sequence

from runtime.flow.slots.digits import (
    Run,
    corrected,
    digit_runs,
    digits_so_far,
    ends_in_repeat,
)
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import Word, listed, split_words, texts

_PLUS = frozenset({"+", "plus", "प्लस"})
_OTHER_NUMBERS = listed("account order reference card id booking policy aadhaar aadhar ticket pnr")


def phone_number(digits: str, is_international: bool = False) -> str | None:
    """Return the number as it is kept, or None where it is none.

    Without a "+" it is Indian: ten digits, or these behind 0, 91 or 0091. A landline has its area
    code; no area code and no mobile number begins with 0 or 1 (National Numbering Plan of India).
    """
    if digits.startswith("00"):
        digits, is_international = digits[2:], True
    if is_international and not digits.startswith("91"):
        is_number = 8 <= len(digits) <= 15 and digits[0] != "0"
        return f"+{digits}" if is_number else None
    for prefix in ("", "0", "91", "091"):
        national = digits.removeprefix(prefix)
        if digits.startswith(prefix) and len(national) == 10 and national[0] not in "01":
            return national
    return None


def parse_phone(utterance: str, context: SlotContext) -> Found | None:
    """Find a telephone number; in passing, a mobile one, or one with its "+"."""
    words = split_words(utterance)
    runs = digit_runs(words, context.language)
    candidates = list(corrected(words, runs))
    if context.expected:
        candidates += digit_runs(words, context.language, alike=True)
    for run in candidates:
        start = _start(words, run)
        number = phone_number(run.digits, start < run.start)
        if number is None or not (context.expected or _is_explicit(words, run, number)):
            continue
        certain = run.certain and len(runs) == 1
        return Found(number, (words[start].start, words[run.end - 1].end), certain)
    return None


def _start(words: Sequence[Word], run: Run) -> int:
    is_plus = run.start > 0 and words[run.start - 1].text in _PLUS
    return run.start - 1 if is_plus else run.start


def _is_explicit(words: Sequence[Word], run: Run, number: str) -> bool:
    named = set(texts(words[max(0, run.start - 4) : run.start]))
    return number[0] in "+6789" and not named & _OTHER_NUMBERS


def phone_is_missing_digits(utterance: str, context: SlotContext) -> bool:
    """Whether fewer digits have been said than a telephone number has, but at least one."""
    words = split_words(utterance)
    if ends_in_repeat(words) or (words and words[-1].text in _PLUS):
        return True
    said = digits_so_far(words, context.language)
    if not said:
        return False
    first = digit_runs(words, context.language)[0]
    return len(said) < _fewest_digits(said, _start(words, first) < first.start)


def _fewest_digits(said: str, is_international: bool) -> int:
    if is_international and not said.startswith("9"):
        # Outside India eight digits, the country's code among them, may be a number.
        return 8
    if is_international or said.startswith("00"):
        return 12
    return 11 if said.startswith("0") else 10
