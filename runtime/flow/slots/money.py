"""Amounts of money: "two lakh fifty thousand rupees", "Rs. 500", "ten dollars fifty".

The value is the amount alone, a `Decimal` in the currency's main unit; which currency was named
is not kept, for a flow asks in its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from runtime.flow.slots.number_words import plain
from runtime.flow.slots.numbers import Said, answers, is_long, numbers_in, read_out
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import Word, is_correction, is_question, listed, split_words

_MAIN = listed(
    "rupees rupee rupes rs re inr rupaye rupaya rupay rupaiya rupiya रुपये रुपए रुपया रूपये रुपयों"
    " bucks buck dollar dollars usd euro euros eur pound pounds quid gbp dirham dirhams aed ₹ $ £ €"
)
_HUNDREDTHS = listed("paise paisa paisas पैसे पैसा cent cents pence penny p ¢")
_AND = listed("and aur और")


@dataclass(frozen=True, slots=True)
class _Amount:
    value: Decimal
    start: int
    end: int
    is_marked: bool
    certain: bool


def parse_money(utterance: str, context: SlotContext) -> Found | None:
    """Find an amount; in passing only where a currency is named."""
    words = split_words(utterance)
    numbers = answers(words, numbers_in(words, context.language))
    if joined := read_out(words, numbers, context.language):
        numbers = (joined,)
    amounts = _amounts(words, numbers)
    marked = tuple(amount for amount in amounts if amount.is_marked)
    if marked or not context.expected or is_question(words):
        amounts = marked
    chosen = _chosen(words, amounts)
    if chosen is None or chosen.value < 0 or not context.allows(chosen.value):
        return None
    span = words[chosen.start].start, words[chosen.end - 1].end
    certain = chosen.certain and not is_long(words, chosen.start, chosen.end)
    return Found(chosen.value, span, certain)


def _amounts(words: Sequence[Word], numbers: Sequence[Said]) -> tuple[_Amount, ...]:
    found: list[_Amount] = []
    for number in numbers:
        if found and number.start < found[-1].end:
            continue
        found.append(_amount(words, number, numbers))
    return tuple(found)


def _amount(words: Sequence[Word], number: Said, numbers: Sequence[Said]) -> _Amount:
    reading = number.reading
    start, end = _mark_before(words, number.start), reading.end
    after = words[end].text if end < len(words) else ""
    if after in _HUNDREDTHS:
        return _Amount(plain(reading.value / 100), start, end + 1, True, reading.certain)
    is_marked = start < number.start or after in _MAIN
    if after in _MAIN:
        end += 1
    elif _is_slash_dash(words, end):
        end, is_marked = end + 2, True
    value = reading.value
    if is_marked and (small := _hundredths(words, end, numbers)):
        value, end = value + small.reading.value / 100, _behind_mark(words, small.reading.end)
    return _Amount(plain(value), start, end, is_marked, reading.certain)


def _mark_before(words: Sequence[Word], start: int) -> int:
    """Return where the amount begins with the mark before it: "₹", "Rs.", "rupees"."""
    at = start - 1
    if at >= 1 and words[at].text == ".":
        at -= 1
    if at < 0 or words[at].text not in _MAIN:
        return start
    # In "five rupees, ten dollars" the rupees are the five's.
    is_sign = not words[at].text.isalpha()
    return at if is_sign or at == 0 or not words[at - 1].is_numeral else start


def _is_slash_dash(words: Sequence[Word], at: int) -> bool:
    """Whether "/-" follows, as behind amounts on Indian bills."""
    return [word.text for word in words[at : at + 2]] == ["/", "-"]


def _hundredths(words: Sequence[Word], at: int, numbers: Sequence[Said]) -> Said | None:
    """Find the paise: named, or said right behind the main unit ("ten dollars fifty")."""
    start = at + 1 if at < len(words) and words[at].text in _AND else at
    number = next((number for number in numbers if number.start == start), None)
    if number is None or not 1 <= number.reading.value <= 99:
        return None
    end = number.reading.end
    after = words[end].text if end < len(words) else ""
    is_named = after in _HUNDREDTHS
    is_last = end == len(words) or not after[0].isalnum()
    return number if is_named or is_last else None


def _behind_mark(words: Sequence[Word], end: int) -> int:
    return end + 1 if end < len(words) and words[end].text in _HUNDREDTHS else end


def _chosen(words: Sequence[Word], amounts: Sequence[_Amount]) -> _Amount | None:
    meant = [a for a in amounts if not (a.start and words[a.start - 1].text == "not")]
    if len(meant) < 2:
        return meant[0] if meant else None
    if is_correction(words[meant[-2].end : meant[-1].start]):
        return meant[-1]
    first = meant[0]
    same = all(amount.value == first.value for amount in meant)
    return _Amount(first.value, first.start, first.end, first.is_marked, first.certain and same)
