"""Strings of digits said aloud: "double five, triple nine", "nine eight four, five oh"."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runtime.flow.slots.number_words import (
    REPEATS,
    below_hundred,
    is_multiplied,
    read_number,
    read_whole,
)
from runtime.flow.slots.numbers import is_pointing
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    PUNCTUATION,
    Word,
    is_correction,
    is_question,
    listed,
    replaces_earlier,
    split_words,
    texts,
)

_NOUGHTS = frozenset({"oh", "o", "ओ"})
_SIGNS = {"hash": "#", "#": "#", "हैश": "#", "star": "*", "asterisk": "*", "*": "*", "स्टार": "*"}
_AVIATION = {"niner": "9", "fife": "5", "sicks": "6", "tree": "3"}
# What recognisers write for a digit in a row of digits.
_SOUNDS_LIKE = {
    **dict.fromkeys(("to", "too", "tu", "do"), "2"),
    **dict.fromkeys(("for", "fore", "char"), "4"),
    **{"ate": "8", "won": "1", "teen": "3", "sat": "7", "sex": "6", "nein": "9", "che": "6"},
}
# A colon parts hours and minutes.
_BETWEEN = (
    (PUNCTUATION - {":"})
    | HESITATIONS
    | listed("and then next dash hyphen space slash aur phir और /")
)
_LEADS_IN = listed(
    "my the number no code pin otp is are it its this that thats id account order card reference"
    " booking customer policy phone mobile contact yes yeah ya sure sir madam a i take note"
    " here down digits hi hello haan ji mera meri number hai hain me mobile mine be would should"
    " मेरा मेरी नंबर है हैं हां जी कोड पिन इट"
)
_CURRENCIES = listed("$ ₹ £ € rs dollar dollars rupees rupee pounds euros bucks paise")
_UNITS = _CURRENCIES | listed("% percent am pm oclock")
_MARKERS = listed(
    "number code pin otp id account digits reference नंबर कोड पिन ओटीपी खाता passcode password card"
)
_PHONES = listed("phone mobile contact whatsapp call cell telephone फोन मोबाइल")


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said in one go, at words[start:end]; `certain` is false where they were guessed."""

    digits: str
    start: int
    end: int
    certain: bool = True


def digit_runs(words: Sequence[Word], language: str, alike: bool = False) -> tuple[Run, ...]:
    """Find every run of digits, left to right; `alike` also takes words that sound like one."""
    found: list[Run] = []
    at = 0
    while at < len(words):
        item = digit_item(words, at, language, alike)
        if item is None or _is_no_digit(words, at, item.end):
            at = item.end if item else at + 1
            continue
        run = _run(words, item, language, alike)
        is_cry = run.end == run.start + 1 and words[run.start].text in _NOUGHTS
        if any(sign.isdigit() for sign in run.digits) and not is_cry:
            found.append(run)
        at = run.end
    return tuple(found)


def _run(words: Sequence[Word], first: Run, language: str, alike: bool) -> Run:
    run = first
    while True:
        at = run.end
        while at < len(words) and words[at].text in _BETWEEN:
            at += 1
        item = digit_item(words, at, language, alike)
        if item is None or _is_no_digit(words, at, item.end):
            return run
        run = Run(run.digits + item.digits, run.start, item.end, run.certain and item.certain)


def _is_no_digit(words: Sequence[Word], start: int, end: int) -> bool:
    """Whether the number at words[start:end] counts or points: "a four digit code", "last four"."""
    after = words[end].text if end < len(words) else ""
    before = words[start - 1].text if start else ""
    if after in {"digit", "digits"} or (before == "last" and end == start + 1):
        return True
    if before in _CURRENCIES or after in _UNITS or _is_suffixed(words, end):
        return True
    # "Oh, nine eight four": a cry, where a pause follows.
    is_cry = start == 0 and words[0].text == "oh" and after in PUNCTUATION
    return is_cry or is_pointing(words, start, end)


def _is_suffixed(words: Sequence[Word], end: int) -> bool:
    """Whether letters are written in one with the digits: "401k", "12th"."""
    if end == len(words) or not words[end - 1].is_numeral or words[end].text in _NOUGHTS:
        return False
    return words[end].text[0].isalpha() and words[end].start == words[end - 1].end


def digit_item(words: Sequence[Word], at: int, language: str, alike: bool = False) -> Run | None:
    """Read one digit, one sign, or one number that stands for its digits."""
    if at >= len(words):
        return None
    said = words[at].text
    if said in REPEATS:
        return _repeated(words, at, language, alike)
    sign = "0" if said in _NOUGHTS else _SIGNS.get(said) or _AVIATION.get(said)
    if sign:
        return Run(sign, at, at + 1)
    if whole := _whole(words, at, language):
        return whole
    if alike and said in _SOUNDS_LIKE:
        return Run(_SOUNDS_LIKE[said], at, at + 1, certain=False)
    return None


def _whole(words: Sequence[Word], at: int, language: str) -> Run | None:
    if words[at].is_numeral:
        # "984.500" is a pause that the recogniser wrote as a point.
        return Run(words[at].text.replace(".", ""), at, at + 1)
    known = below_hundred(language)
    whole = read_whole(words, at, known)
    if whole is None:
        return None
    if not is_multiplied(words, whole.end):
        return Run(str(whole.value), at, whole.end)
    # "Eight hundred, five five five" has noughts, then digits; "eight hundred five" is a number.
    rest = read_whole(words, whole.end + 1, known)
    behind = read_whole(words, rest.end, known) if rest else None
    number = read_number(words, at, language)
    joins = whole.end + 1 < len(words) and words[whole.end + 1].text == "and"
    if words[whole.end].text == "hundred" and not joins and (rest is None or behind):
        return Run(f"{whole.value}00", at, whole.end + 1)
    if number is None or number.value != int(number.value):
        return None
    return Run(str(number.value), at, number.end, certain=rest is None)


def _repeated(words: Sequence[Word], at: int, language: str, alike: bool) -> Run | None:
    times = REPEATS[words[at].text]
    if at + 1 < len(words) and words[at + 1].text in REPEATS:
        return None
    item = digit_item(words, at + 1, language, alike)
    if item is None or not item.digits.isdigit():
        return None
    first = item.digits[0]
    # Recognisers write "double 55" for "double five": the repetition is done already.
    if len(item.digits) == times and set(item.digits) == {first}:
        return replace(item, start=at)
    return Run(first * (times - 1) + item.digits, at, item.end, item.certain)


def parse_digits(utterance: str, context: SlotContext) -> Found | None:
    """Find digits, as many as `length`, or `min` and `max`, ask for; a last "hash" ends them."""
    words = split_words(utterance)
    runs = _ended(digit_runs(words, context.language))
    if not context.expected or is_question(words):
        runs = tuple(run for run in runs if _is_marked(words, run))
    elif (guess := _guess(words, context.language)) and not _fits(runs, context):
        runs = _ended((guess,))
    candidates = corrected(words, runs)
    run = next((run for run in candidates if has_right_length(run.digits, context)), None)
    if run is None or (not _is_sized(context) and not _stands_alone(words, run)):
        return None
    certain = (run.certain or context.bound("length") is not None) and len(runs) == 1
    return Found(run.digits, (words[run.start].start, words[run.end - 1].end), certain)


def _fits(runs: Sequence[Run], context: SlotContext) -> bool:
    is_one = len(runs) == 1 and _is_sized(context)
    return is_one and has_right_length(runs[0].digits, context)


def _ended(runs: Iterable[Run]) -> tuple[Run, ...]:
    return tuple(replace(run, digits=run.digits.removesuffix("#")) for run in runs)


def _guess(words: Sequence[Word], language: str) -> Run | None:
    """Read the words that sound like digits, where all the others are digits."""
    runs = digit_runs(words, language, alike=True)
    if len(runs) != 1 or runs[0].certain or len(runs[0].digits) < 3:
        return None
    run = runs[0]
    sure = sum(len(run.digits) for run in digit_runs(words, language))
    around = [*texts(words[: run.start]), *texts(words[run.end :])]
    all_digits = all(text in _LEADS_IN or text in _BETWEEN for text in around)
    return run if all_digits and 2 * sure > len(run.digits) else None


def corrected(words: Sequence[Word], runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return what may be meant, the likeliest first: what was said last where it corrects."""
    if len(runs) < 2:
        return tuple(runs)
    last, previous = runs[-1], runs[-2]
    if is_correction(words[previous.end : last.start]):
        return (last,)
    joined = Run("".join(run.digits for run in runs), runs[0].start, last.end, certain=False)
    return (*sorted(runs, key=lambda run: -len(run.digits)), joined)


def has_right_length(digits: str, context: SlotContext) -> bool:
    """Whether there are as many digits as the options length, min and max ask for."""
    length = context.bound("length")
    return (length is None or len(digits) == length) and context.allows(len(digits))


def _is_sized(context: SlotContext) -> bool:
    return any(context.bound(name) is not None for name in ("length", "min"))


def _stands_alone(words: Sequence[Word], run: Run) -> bool:
    """Whether a short run is the answer and not a number in a sentence ("I have two cars")."""
    if len(run.digits) >= 3:
        return True
    around = [*texts(words[: run.start]), *texts(words[run.end :])]
    return all(text in _LEADS_IN or text in _BETWEEN for text in around)


def _is_marked(words: Sequence[Word], run: Run) -> bool:
    before = words[max(0, run.start - 4) : run.start]
    said = set(texts(before))
    is_named = bool(said & _MARKERS) and not said & _PHONES
    return len(run.digits) >= 3 and (is_named or replaces_earlier(before))


def digits_are_missing(utterance: str, context: SlotContext) -> bool:
    """Whether fewer digits have been said than `length` or `min` ask for, but at least one."""
    words = split_words(utterance)
    needed = context.bound("length") or context.bound("min")
    said = digits_so_far(words, context.language)
    if ends_in_repeat(words):
        return True
    return needed is not None and 0 < len(said) < needed and not said.endswith("#")


def digits_so_far(words: Sequence[Word], language: str) -> str:
    """Return all digits said, or "" where a short number is only part of a sentence."""
    runs = digit_runs(words, language)
    if len(runs) == 1 and not _stands_alone(words, runs[0]):
        return ""
    return "".join(run.digits for run in runs)


def ends_in_repeat(words: Sequence[Word]) -> bool:
    """Whether a digit must follow: "… double"."""
    said = [text for text in texts(words) if text not in PUNCTUATION | HESITATIONS]
    return bool(said) and said[-1] in REPEATS
