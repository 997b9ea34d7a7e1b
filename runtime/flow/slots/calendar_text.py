"""An utterance rewritten in the signs that the calendar's rules are matched against.

"the twenty fifth of December, at half past 4" becomes "the 25th of #12 at half past 4 ", and
every sign still knows where in the utterance it stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runtime.flow.slots import calendar_words as words
from runtime.flow.slots.words import folded

# Vowel signs of Devanagari are marks, which \w leaves out; U+0966 to U+096F are digits.
_TOKEN = re.compile(
    r"(?P<ordinal>(?<!\d)\d{1,2}(?=(?:st|nd|rd|th)\b))(?:st|nd|rd|th)"
    r"|(?P<number>\d+(?:[:./-]\d+)*)"
    r"|(?P<meridiem>(?<![^\W\d_])[ap]\.? ?m\b\.?)"
    r"|(?P<clock>\bo['\u2019 ]? ?clock\b)"
    r"|(?P<word>(?:[^\W\d_]|[\u0900-\u0963\u0970-\u097f])+"
    r"(?:['\u2019][^\W\d_]+)*|[½¼¾|@])",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"\s*[,.;:!?।]")
_SIGNS: dict[str, str] = {
    spelling: sign
    for table in (
        words.WEEKDAYS,
        {month: sign for month, sign in words.MONTHS.items() if month not in words.VERBS_TOO},
        words.UNITS,
        words.DAYPARTS,
        words.OTHER_SIGNS,
    )
    for spelling, sign in table.items()
}
_POSSESSIVE = re.compile("['\u2019]s$", re.IGNORECASE)
_ORDINAL_SUFFIXES = frozenset({"st", "nd", "rd", "th"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One word of the utterance as the rules read it, and the characters it stands for."""

    text: str
    start: int
    end: int
    pause_after: bool = False
    """Punctuation follows: what comes next belongs to another phrase."""


@dataclass(frozen=True, slots=True)
class CalendarText:
    """The signs of an utterance, in order."""

    signs: tuple[Sign, ...]

    @property
    def text(self) -> str:
        """The signs, each followed by one space."""
        return "".join(f"{sign.text} " for sign in self.signs)

    def index(self, offset: int) -> int:
        """The number of signs that stand before `offset` in `text`."""
        return self.text.count(" ", 0, offset)

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Where in the utterance the signs `first` to `end` (half-open) stand."""
        return self.signs[first].start, self.signs[end - 1].end

    def without(self, first: int, end: int, keep: frozenset[str]) -> "CalendarText":
        """The same text with the signs `first` to `end` struck out, except those in `keep`."""
        return CalendarText(
            tuple(
                replace(sign, text="|") if first <= at < end and sign.text not in keep else sign
                for at, sign in enumerate(self.signs)
            )
        )


def read_calendar_text(utterance: str) -> CalendarText:
    """Rewrite an utterance in signs; words the calendar does not know stay as they are."""
    signs = _joined_numbers(list(_tokens(utterance)))
    known = (_known(signs, at) for at in range(len(signs)))
    settled = [sign for sign in known if sign.text not in words.DROPPED]
    return CalendarText(tuple(_in_place(settled, at) for at in range(len(settled))))


def _tokens(utterance: str) -> Iterator[Sign]:
    for match in _TOKEN.finditer(utterance):
        pause = _PAUSE.match(utterance, match.end()) is not None
        text = folded(match[0])
        match match.lastgroup:
            case "ordinal":
                text = f"{int(match['ordinal'])}th"
            case "number":
                text = re.sub(r"\d", lambda digit: str(int(digit[0])), text)
            case "meridiem":
                text = text[0] + "m"
            case "clock":
                text = "oclock"
            case _ if _POSSESSIVE.search(match[0]) and text != "todays":
                text = text[:-1]
        yield Sign(text, match.start(), match.end(), pause)


def _joined_numbers(tokens: list[Sign]) -> list[Sign]:
    """Put number words together: "twenty fifth" is 25th, "two thousand and six" 2006."""
    joined: list[Sign] = []
    at = 0
    while at < len(tokens):
        text, length = _number_at(tokens, at)
        if length == 0:
            text, length = tokens[at].text, 1
        last = tokens[at + length - 1]
        joined.append(Sign(text, tokens[at].start, last.end, last.pause_after))
        at += length
    return joined


def _number_at(tokens: list[Sign], at: int) -> tuple[str, int]:
    """The number or ordinal that starts at `at`, and of how many tokens; none: ("", 0)."""
    word = tokens[at].text
    following = [token.text for token in tokens[at + 1 : at + 5]]
    if word in words.ORDINALS:
        return f"{words.ORDINALS[word]}th", 1
    if word.isdecimal() and len(word) <= 2 and following[:1] and following[0] in _ORDINAL_SUFFIXES:
        return f"{int(word)}th", 2
    if word in ("two", "2") and following[:1] == ["thousand"]:
        return _year(following)
    if word not in words.NUMBERS:
        return "", 0
    value = words.NUMBERS[word]
    if word in words.TENS and following and not tokens[at].pause_after:
        unit = words.NUMBERS.get(following[0], 0)
        if 1 <= unit <= 9:
            return str(value + unit), 2
        unit = words.ORDINALS.get(following[0], 0)
        if 1 <= unit <= 9 and value + unit <= 31:
            return f"{value + unit}th", 2
    return str(value), 1


def _year(following: list[str]) -> tuple[str, int]:
    """A year of this millennium, behind its "two"."""
    tail = following[1:]
    linked = tail[:1] == ["and"]
    tail = tail[1:] if linked else tail
    tens = words.NUMBERS.get(tail[0], 0) if tail else 0
    if not tens:
        return "2000", 2
    unit = words.NUMBERS.get(tail[1], 0) if tail[0] in words.TENS and len(tail) > 1 else 0
    unit = unit if unit < 10 else 0
    return str(2000 + tens + unit), 3 + linked + (unit > 0)


def _known(tokens: list[Sign], at: int) -> Sign:
    """The sign for one token, where its neighbours are needed only to tell its language."""
    token = tokens[at]
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    text = _SIGNS.get(token.text, token.text)
    if token.text in words.NUMBERS_IN_DOUBT and (
        before in words.HINDI_BEFORE_A_NUMBER
        or after in words.HINDI_AFTER_A_NUMBER
        or (after in words.MONTHS and after not in words.VERBS_TOO)
    ):
        text = str(words.NUMBERS_IN_DOUBT[token.text])
    if before[-1:].isdecimal() and token.text in words.LETTER_UNITS:
        text = words.LETTER_UNITS[token.text]
    if token.text == "1/2" and _SIGNS.get(after, after) in ("past", "an", "a", "hour", "day"):
        text = "half"
    return replace(token, text=text)


def _in_place(signs: list[Sign], at: int) -> Sign:
    """Settle the words that are a month or a weekday only in the right company."""
    sign = signs[at]
    before = signs[at - 1].text if at else ""
    after = [following.text for following in signs[at + 1 : at + 3]]
    if sign.text in words.VERBS_TOO and (
        _is_day_number(before)
        or (before == "of" and at > 1 and _is_day_number(signs[at - 2].text))
        or (before == "of" and at > 1 and signs[at - 2].text == "end")
        or (after[:1] and _is_day_number(after[0]))
        or (len(after) > 1 and after[0] == "the" and _is_day_number(after[1]))
    ):
        return replace(sign, text=words.MONTHS[sign.text])
    if sign.text in words.SHORT_WEEKDAYS and (
        len(signs) == 1 or before in words.POINTS_AT_A_WEEKDAY
    ):
        return replace(sign, text=words.SHORT_WEEKDAYS[sign.text])
    return sign


def _is_day_number(text: str) -> bool:
    digits = text.removesuffix("th")
    return digits.isdecimal() and len(digits) <= 2 and 1 <= int(digits) <= 31
