"""Email addresses, written or spelled aloud: "anita dot rao at the rate gmail dot com"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.flow.slots.digits import digit_item
from runtime.flow.slots.spelling import read_letter, read_spelled
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    PUNCTUATION,
    Word,
    folded,
    is_correction,
    listed,
    replaces_earlier,
    split_words,
    texts,
)

# Every repetition is bounded and no two neighbours share a sign, so matching is linear.
_WRITTEN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
)
_VALID = re.compile(r"[a-z0-9_]+(?:[._%+-]+[a-z0-9_]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}")
_AT_SAID = (
    "at the rate of|at the rates|at the rate|at the red|at d rate|add the rate|at rate|attherate"
    "|at sign|at symbol|at|et|@|एट द रेट|ऐट द रेट|ऐट|एट"
)
_AT = tuple(tuple(folded(said).split()) for said in _AT_SAID.split("|"))
_SIGNS = {
    **dict.fromkeys(("dot", "point", "period", "dots", "डॉट"), "."),
    **dict.fromkeys(("underscore", "अंडरस्कोर"), "_"),
    **dict.fromkeys(("dash", "hyphen", "minus", "डैश"), "-"),
    "plus": "+",
}
_WRITTEN_SIGNS = frozenset("._-+")
_LEADS_IN = listed(
    "is its email mail emails id address yes yeah sure okay ok so um uh my the hi hello sir madam"
    " please send to it hai hain me on write use this that thats be would mera meri contact haan ji"
    " are note meant mean said no nope nahi sorry actually"
    " ईमेल मेल आईडी है मेरा मेरी हां जी account write"
)
_UNSAID = HESITATIONS | PUNCTUATION | listed("all in letters letter small lowercase lower case and")
_PROVIDERS = {
    **dict.fromkeys(("gmail", "geemail", "jmail", "gmale", "gimail", "जीमेल"), "gmail"),
    **{name: name for name in ("yahoo", "outlook", "rediffmail", "icloud", "protonmail")},
    **{"hotmail": "hotmail", "hotmale": "hotmail", "याहू": "yahoo"},
}
_TOPS = listed("com in org net co edu gov io info ai dev uk us biz me app con come कॉम इन")
_LATIN_TOPS = {"कॉम": "com", "इन": "in", "con": "com", "come": "com", "kom": "com"}
_SOUNDS_LIKE_AT = listed("add ad")
# Said of an address, and no part of it.
_ASIDES = tuple(
    tuple(said.split())
    for said in (
        "all one word",
        "in one word",
        "one word",
        "all together",
        "no spaces",
        "no space",
        "without spaces",
        "without space",
    )
)
_MARKERS = listed("email mail emails ईमेल मेल")
_LEFT_OPEN = listed("at dot underscore dash hyphen rate the double point @ .")
_MOST_WORDS = 4
_MOST_ATS = 5


@dataclass(frozen=True, slots=True)
class _Part:
    """One side of an address at words[start:end]; guessed parts are not certain."""

    text: str
    start: int
    end: int
    certain: bool = True


def parse_email(utterance: str, context: SlotContext) -> Found | None:
    """Find an address, in lower case; in passing only a written or a named one."""
    written = tuple(_WRITTEN.finditer(utterance))
    if written:
        return _chosen(utterance, written)
    words = split_words(utterance)
    for at, behind in _ats(words)[: -_MOST_ATS - 1 : -1]:
        domain = _domain(words, behind, context.language)
        local = _local(words, at, context.language) if domain else None
        if domain is None or local is None:
            continue
        address = f"{local.text}@{domain.text}"
        is_marked = _is_marked(words, local.start, behind - at > 1)
        if _is_valid(address) and (context.expected or is_marked):
            span = words[local.start].start, words[domain.end - 1].end
            return Found(address, span, local.certain and domain.certain)
    return None


def _chosen(utterance: str, written: Sequence[re.Match[str]]) -> Found | None:
    """Choose among written addresses: the last that corrects another, else the first."""
    one, rivals = written[0], {match.group().lower() for match in written}
    if len(rivals) > 1:
        between = utterance[written[-2].end() : written[-1].start()]
        if is_correction(split_words(between)):
            one, rivals = written[-1], set()
    address = re.sub(r"\.con$", ".com", one.group().lower().rstrip("-"))
    if not _is_valid(address):
        return None
    is_open = len(rivals) > 1
    return Found(address, one.span(), certain=not is_open, contested=is_open)


def _is_valid(address: str) -> bool:
    return len(address) <= 254 and _VALID.fullmatch(address) is not None


def _is_marked(words: Sequence[Word], start: int, is_at_the_rate: bool) -> bool:
    before = words[:start]
    return is_at_the_rate or bool(_MARKERS & set(texts(before))) or replaces_earlier(before)


def _ats(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return where the sign "@" is said, from and to; the longest wording of each."""
    said = texts(words)
    found, at = [], 0
    while at < len(said):
        size = next((len(phrase) for phrase in _AT if said[at : at + len(phrase)] == phrase), 0)
        if said[at] in _SOUNDS_LIKE_AT and set(said[at + 1 : at + 2]) & _PROVIDERS.keys():
            size = 1
        if size:
            found.append((at, at + size))
        at += size or 1
    return found


def _sign(words: Sequence[Word], at: int) -> tuple[str, int]:
    """Read a sign, said or written, and the index behind it; "" where none stands at `at`."""
    said = words[at].text
    if said in {"under", "full"} and at + 1 < len(words):
        pair = said, words[at + 1].text
        sign = {("under", "score"): "_", ("full", "stop"): "."}.get(pair, "")
        return sign, at + 2
    # A full stop or dash with a blank behind it is the recogniser's punctuation.
    is_tight = at + 1 < len(words) and words[at + 1].start == words[at].end
    if said in _WRITTEN_SIGNS and (is_tight or said in "_+"):
        return said, at + 1
    return _SIGNS.get(said, ""), at + 1


def _piece(words: Sequence[Word], at: int, language: str) -> tuple[str, int]:
    """Read letters, digits or a word, and the index behind; "" for what no address has."""
    if letter := read_letter(words, at):
        return letter.text, letter.end
    digits = digit_item(words, at, language) if words[at].text not in {"o", "oh"} else None
    if digits and digits.digits.isdigit():
        return digits.digits, digits.end
    said = words[at].text
    return (said if said.isascii() and said.isalnum() else ""), at + 1


def _local(words: Sequence[Word], end: int, language: str) -> _Part | None:
    """Read the part before the "@", from behind the last word that leads to it."""
    at = start = _local_start(words, end)
    text, last, plain_words, certain = "", "", 0, True
    while at < end:
        aside = _aside(words, at)
        spelled = read_spelled(words, at) if last else None
        if aside or (spelled and spelled.text == last):
            # "Ravi, r a v i": the letters tell how the word is written.
            at = spelled.end if spelled and not aside else at + aside
            continue
        sign, behind = _sign(words, at)
        if sign:
            plain_words = 0
        elif words[at].text in _UNSAID:
            at += 1
            start += 1 if not text else 0
            continue
        else:
            sign, behind = _piece(words, at, language)
            if not sign:
                return None
            plain_words += words[at].text.isalpha() and len(words[at].text) > 1 and len(sign) > 2
        certain = certain and plain_words < 2
        if plain_words > _MOST_WORDS:
            return None
        text, last, at = text + sign, sign if len(sign) > 1 else "", behind
    return _Part(text, start, end, certain) if text else None


def _aside(words: Sequence[Word], at: int) -> int:
    said = texts(words[at : at + 3])
    return next((len(phrase) for phrase in _ASIDES if said[: len(phrase)] == phrase), 0)


def _local_start(words: Sequence[Word], end: int) -> int:
    start = 0
    for at in range(end):
        is_stop = words[at].text in {"?", "!", "।"} or (
            words[at].text == "."
            and words[at + 1].start > words[at].end
            and at > 1
            and not words[at - 1].is_letter
        )
        leads = at + 1 < end and words[at].text in _LEADS_IN and not _sign(words, at + 1)[0]
        joined = at > 0 and _sign(words, at - 1)[0]
        if is_stop or (leads and not joined):
            start = at + 1
    return start


def _domain(words: Sequence[Word], start: int, language: str) -> _Part | None:
    name, at, said_words = "", start, 0
    while at < len(words):
        sign, behind = _sign(words, at)
        if sign and sign != "-":
            break
        if sign:
            name, at = name + sign, behind
            continue
        if words[at].text in PUNCTUATION | HESITATIONS:
            at += 1
            continue
        if name in _PROVIDERS and words[at].text in _TOPS:
            break
        if name in _PROVIDERS or said_words == _MOST_WORDS + 6:
            return _without_top(name, start, at)
        piece, at = _provider_or_piece(words, at, language)
        if not piece:
            return None
        name, said_words = name + piece, said_words + 1
    name = _PROVIDERS.get(name, name)
    if at == len(words) or not name:
        return _without_top(name, start, at)
    tops, end = _tops(words, at, language)
    return _Part(f"{name}{tops}", start, end) if tops else _without_top(name, start, at)


def _provider_or_piece(words: Sequence[Word], at: int, language: str) -> tuple[str, int]:
    provider = _PROVIDERS.get(words[at].text)
    return (provider, at + 1) if provider else _piece(words, at, language)


def _without_top(name: str, start: int, end: int) -> _Part | None:
    """Complete "at gmail"; any other name without its ".com" is no domain."""
    return _Part(f"{name}.com", start, end, certain=False) if name in _PROVIDERS else None


def _tops(words: Sequence[Word], at: int, language: str) -> tuple[str, int]:
    """Read ".com", ".co.in", also with its letters said one by one, or its first dot left out."""
    text, end = "", at
    while at < len(words):
        sign, behind = _sign(words, at)
        if sign == "-":
            return text, end
        if not sign:
            behind = at
            if text or words[at].text not in _TOPS:
                break
        label = ""
        while behind < len(words):
            letter = read_letter(words, behind)
            if letter is None:
                break
            label, behind = label + letter.text, letter.end
        if not label and behind < len(words):
            label = _LATIN_TOPS.get(words[behind].text) or _piece(words, behind, language)[0]
            behind += 1
        if not label:
            break
        text, end, at = f"{text}.{label}", behind, behind
    return text, end


def email_is_left_open(utterance: str) -> bool:
    """Whether an address has begun and breaks off: "anita dot rao at"."""
    said = [text for text in texts(split_words(utterance)) if text not in PUNCTUATION]
    return bool(said) and said[-1] in _LEFT_OPEN
