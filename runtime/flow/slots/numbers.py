"""Numbers that callers say: "two and a half thousand", "minus five", "1.5 crore"."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from runtime.flow.slots.number_words import (
    MOST_DIGITS,
    REPEATS,
    Reading,
    below_hundred,
    plain,
    read_number,
)
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    NOISES,
    PUNCTUATION,
    Word,
    is_correction,
    is_question,
    listed,
    replaces_earlier,
    split_words,
    texts,
)

# "One" points at things more often than it counts them: "that one", "one moment", "no one".
_POINTS_AT_ONE = listed("that this which no any the another some every each good other")
_FOLLOWS_POINTING_ONE = listed("moment moments second sec sek thing more of is for another")
_WAITING = listed("wait hold hang just give ruko rukiye रुको रुकिए")
_MINUTES = listed("minute minutes min mins second seconds sec secs minit मिनट सेकंड")

# What a number of another kind stands with: clocks, calendars, money, digits, places.
_OTHER_KINDS_BEFORE = listed("at rs inr rupees ₹ $ £ € option press digit floor flat")
_OTHER_KINDS_AFTER = listed(
    "am pm oclock baje बजे o a p rupees rupee rs rupaye rupay रुपये रुपए bucks dollars euros pounds"
    " paise cents percent % minute minutes min mins hour hours hrs seconds second day days"
    " week weeks month months year years digit digits january february march april may june july"
    " august september october november december st nd rd th past to din ghante hafte mahine saal"
    " दिन घंटे हफ्ते महीने साल मिनट : /"
)
_MONTHS = listed(
    "january february march april may june july august september october november december"
)
_AFTER_A_DAY_OR_HOUR = _MONTHS | listed("am pm oclock baje बजे st nd rd th")
# Longer than answers are: a number in it may be about anything.
_LONG = 12
_SHORT = 4
# What marks a number said in passing.
_COUNTED_AFTER = listed(
    "people persons person guests adults children kids members pieces pcs items tickets seats rooms"
    " copies units bottles boxes packets plates tables passengers patients nights log लोग टिकट"
)
_COUNT_BEFORE = (
    ("number", "is"),
    ("quantity",),
    ("quantity", "is"),
    ("quantity", "of"),
    ("count", "is"),
    ("total", "of"),
    ("in", "total"),
    ("party", "of"),
    ("group", "of"),
    ("table", "for"),
    ("we", "are"),
    ("there", "are"),
)
_LEFT_OPEN = listed("and point minus negative about around aur और दशमलव double triple or of")


@dataclass(frozen=True, slots=True)
class Said:
    """A number where it stands: words[start:reading.end]."""

    start: int
    reading: Reading


def numbers_in(words: Sequence[Word], language: str) -> tuple[Said, ...]:
    """Find every number in the words, from left to right; "one" as a pronoun is none."""
    found, at = [], 0
    while at < len(words):
        reading = read_number(words, at, language)
        if reading is None:
            at += 1
            continue
        if not is_pointing(words, at, reading.end):
            found.append(Said(at, reading))
        at = reading.end
    return tuple(found)


def is_pointing(words: Sequence[Word], start: int, end: int) -> bool:
    """Whether a number only points or asks to wait: "that one", "give me two minutes"."""
    before = words[start - 1].text if start else ""
    after = words[end].text if end < len(words) else ""
    is_one = end == start + 1 and words[start].text == "one"
    if is_one and (before in _POINTS_AT_ONE or after in _FOLLOWS_POINTING_ONE):
        return True
    return after in _MINUTES and any(word.text in _WAITING for word in words[:start])


def parse_number(utterance: str, context: SlotContext) -> Found | None:
    """Find a number; the value is a `Decimal` without exponent or trailing noughts."""
    words = split_words(utterance)
    said = numbers_in(words, context.language)
    if context.expected and not is_question(words):
        said = answers(words, said)
    else:
        said = tuple(number for number in said if _is_counted(words, number))
    chosen = _chosen(words, said, context.language)
    if chosen is None or not context.allows(chosen.reading.value):
        return None
    number = chosen.reading
    span = words[chosen.start].start, words[number.end - 1].end
    certain = number.certain and not is_long(words, chosen.start, number.end)
    return Found(number.value, span, certain)


def answers(words: Sequence[Word], said: Sequence[Said]) -> tuple[Said, ...]:
    """Leave out the numbers that belong to days and clocks: "7:30", "April 2nd"."""
    return tuple(
        number
        for number in said
        if not _is_day_or_hour(words, number) and not _is_object(words, number)
    )


def _is_day_or_hour(words: Sequence[Word], number: Said) -> bool:
    start, end = number.start, number.reading.end
    if start and words[start - 1].text in _MONTHS:
        return True
    is_minute = start > 1 and words[start - 1].text == ":" and words[start - 2].is_numeral
    is_hour = end + 1 < len(words) and words[end].text == ":" and words[end + 1].is_numeral
    follows = words[end].text if end < len(words) else ""
    return is_minute or is_hour or follows in _AFTER_A_DAY_OR_HOUR


def _is_object(words: Sequence[Word], number: Said) -> bool:
    """Whether it is the one of "please tell me how to order one"."""
    end = number.reading.end
    is_one = end == number.start + 1 and words[number.start].text == "one"
    ends = end == len(words) or words[end].text in PUNCTUATION
    return is_one and ends and number.start > _SHORT


def is_long(words: Sequence[Word], start: int, end: int) -> bool:
    """Whether more is said around words[start:end] than around an answer usually is."""
    around = (*words[:start], *words[end:])
    return sum(word.text not in PUNCTUATION for word in around) > _LONG


def parse_integer(utterance: str, context: SlotContext) -> Found | None:
    """Find a whole number; the value is an `int`. A broken one ("two and a half") is none."""
    found = parse_number(utterance, context)
    if found is None or not isinstance(found.value, Decimal):
        return None
    whole = int(found.value)
    return Found(whole, found.span, found.certain) if whole == found.value else None


def _is_counted(words: Sequence[Word], number: Said) -> bool:
    before = words[: number.start]
    after = words[number.reading.end].text if number.reading.end < len(words) else ""
    if not number.reading.certain:
        return False
    if after in _OTHER_KINDS_AFTER or (before and before[-1].text in _OTHER_KINDS_BEFORE):
        return False
    if after in _COUNTED_AFTER or replaces_earlier(before):
        return True
    said = tuple(text for text in texts(before) if text not in PUNCTUATION | HESITATIONS)
    return any(said[-len(phrase) :] == phrase for phrase in _COUNT_BEFORE)


def _chosen(words: Sequence[Word], said: Sequence[Said], language: str) -> Said | None:
    """Choose one number: digits said one by one are joined, a correction wins, else the first."""
    meant = [n for n in said if not (n.start and words[n.start - 1].text == "not")]
    last, previous = (meant[-1], meant[-2]) if len(meant) > 1 else (None, None)
    if last and previous and is_correction(words[previous.reading.end : last.start]):
        return last
    if joined := read_out(words, meant, language):
        return joined
    if len(meant) < 2:
        return meant[0] if meant else None
    first = meant[0]
    same = all(number.reading.value == first.reading.value for number in meant)
    reading = Reading(first.reading.value, first.reading.end, first.reading.certain and same)
    return Said(first.start, reading)


def read_out(words: Sequence[Word], said: Sequence[Said], language: str) -> Said | None:
    """Join digits side by side ("two five nought", "triple five"); a guess, so never certain."""
    if not said:
        return None
    start, end = said[0].start, said[-1].reading.end
    start -= start > 0 and words[start - 1].text in REPEATS
    known = {**below_hundred(language), **dict.fromkeys(("oh", "o"), 0)}
    digits, times = "", 1
    for word in words[start:end]:
        if word.text in REPEATS:
            times = REPEATS[word.text]
            continue
        value = int(word.text) if word.text.isdecimal() else known.get(word.text, 10)
        if value > 9:
            return None
        digits, times = digits + str(value) * times, 1
    if not 2 <= len(digits) <= MOST_DIGITS:
        return None
    return Said(start, Reading(plain(Decimal(digits)), end, certain=False))


def number_is_left_open(utterance: str) -> bool:
    """Whether the utterance breaks off within a number: "two lakh and"."""
    said = [text for text in texts(split_words(utterance)) if text not in PUNCTUATION]
    return bool(said) and said[-1] in _LEFT_OPEN | NOISES
