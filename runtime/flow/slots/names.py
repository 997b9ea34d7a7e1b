"""People's names: "my name is Anita Rao", "this is Ravi", "Anita, A N I T A".

Courtesy titles and ranks (Mr, Shrimati, Dr) are dropped: the value is the name alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.flow.slots.name_words import (
    ENDS_A_NAME,
    GREETINGS,
    HALF_NAMES,
    IS_NO_NAME,
    JOINERS,
    LEADS_IN,
    MAY_LEAD_IN,
    SAYS_WHO,
    SPELLING_FOLLOWS,
    TITLES,
    TRAILING,
)
from runtime.flow.slots.spelling import read_spelled
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    PUNCTUATION,
    Word,
    is_question,
    listed,
    split_words,
)

_BEFORE_A_NAME = listed(", : - । spelled spelt")
_FOLLOWS = listed("from and i")
_MOST_PARTS = 5
_MOST_INITIALS = 3
# "New Delhi."
_MOST_OF_A_PLACE = 3
# Of three words without an introduction, any may be something else.
_MOST_CERTAIN = 2


@dataclass(frozen=True, slots=True)
class _Name:
    """A name at words[start:end], in its parts."""

    parts: tuple[str, ...]
    start: int
    end: int


def parse_name(utterance: str, context: SlotContext) -> Found | None:
    """Find a person's name; in passing, only behind or before words that say it is one."""
    words = split_words(utterance)
    name = _introduced(words, utterance, LEADS_IN, ENDS_A_NAME)
    if name is None:
        name = _perhaps_introduced(words, utterance, context.expected)
    certain = name is not None
    if name is None and context.expected and not is_question(words):
        name = _alone(words, utterance)
        certain = name is not None and _is_sure(words, utterance, name)
    if name is None:
        return None
    span = words[name.start].start, words[name.end - 1].end
    return Found(" ".join(name.parts), span, certain)


def _introduced(
    words: Sequence[Word],
    utterance: str,
    leads: Sequence[tuple[str, ...]],
    barred: frozenset[str],
) -> _Name | None:
    """Read the name behind the last of `leads`: what is said last corrects what was before."""
    said = tuple(word.text for word in words)
    starts = {
        (at == 0 or said[at - 1] not in HALF_NAMES, at + len(lead))
        for at in range(len(said))
        for lead in leads
        if said[at : at + len(lead)] == lead
    }
    names = (_name(words, utterance, start, barred) for _, start in sorted(starts, reverse=True))
    return next((name for name in names if name), None)


def _perhaps_introduced(words: Sequence[Word], utterance: str, is_expected: bool) -> _Name | None:
    """Read a name behind "this is" or before "speaking"; those often go with other things."""
    name = _introduced(words, utterance, MAY_LEAD_IN, ENDS_A_NAME | IS_NO_NAME)
    if name is None or _is_doing(name):
        name = _before_who(words, utterance)
    if name is None:
        return None
    follows = words[name.end].text if name.end < len(words) else "."
    if utterance.islower():
        # No capitals to go by: nothing else may follow ("i am curious about it").
        is_alone = follows in PUNCTUATION or follows in TRAILING | SAYS_WHO | _FOLLOWS
        return name if is_expected and is_alone else None
    # The recogniser's capitals tell "this is Anita" from "this is urgent".
    first = utterance[words[name.start].start]
    is_written_so = first.isupper() or (is_expected and not first.islower())
    ends = follows in PUNCTUATION or follows in ENDS_A_NAME | TRAILING
    return name if ends and is_written_so else None


def _is_doing(name: _Name) -> bool:
    """Whether it is "I am looking …" and no name; Ming and King are."""
    return name.parts[0].lower().endswith("ing") and len(name.parts[0]) > 5


def _before_who(words: Sequence[Word], utterance: str) -> _Name | None:
    """Read the name at the beginning, before "here", "speaking", "this side"."""
    name = _name(words, utterance, _start(words), ENDS_A_NAME | IS_NO_NAME)
    if name is None or name.end == len(words):
        return None
    follows = tuple(word.text for word in words[name.end : name.end + 2])
    says_who = follows == ("this", "side") or (follows[0] in SAYS_WHO and follows[0] != "this")
    return name if says_who else None


def _alone(words: Sequence[Word], utterance: str) -> _Name | None:
    """Read a name that is the whole answer."""
    name = _name(words, utterance, _start(words), ENDS_A_NAME | IS_NO_NAME)
    if name is None:
        return None
    rest = [word.text for word in words[name.end :]]
    polite = all(text in PUNCTUATION or text in TRAILING for text in rest)
    goes_on = bool(rest) and (rest[0] in PUNCTUATION or rest[0] in {"and", "aur", "और"})
    place = rest[1:] if rest[:1] == ["from"] else []
    is_from = bool(place) and place[0] not in ENDS_A_NAME and len(place) <= _MOST_OF_A_PLACE
    return name if polite or is_from or (goes_on and len(name.parts) > 1) else None


def _is_sure(words: Sequence[Word], utterance: str, name: _Name) -> bool:
    """Whether what was said alone is short, or written as a name in every word."""
    within = [word for word in words[name.start : name.end] if word.text not in PUNCTUATION]
    is_written_so = all(utterance[word.start].isupper() for word in within)
    return len(name.parts) <= _MOST_CERTAIN or is_written_so


def _start(words: Sequence[Word]) -> int:
    before = HESITATIONS | PUNCTUATION | GREETINGS
    return next((at for at, word in enumerate(words) if word.text not in before), len(words))


def _name(
    words: Sequence[Word], utterance: str, start: int, barred: frozenset[str]
) -> _Name | None:
    parts: tuple[str, ...] = ()
    first, end, at = start, start, start
    while at < len(words) and len(parts) < _MOST_PARTS:
        skipped = _skipped(words, at, bool(parts))
        if skipped > at:
            at = skipped
            continue
        if spelled := _spelled(words, at, parts):
            parts, behind = spelled
        elif _is_part(words[at], barred):
            raw = utterance[words[at].start : words[at].end]
            parts, behind = (*parts, _cased(raw)), at + 1
            if at > start and utterance[words[at].start - 1] == "-" and len(parts) > 1:
                parts = (*parts[:-2], f"{parts[-2]}-{parts[-1]}")
        else:
            break
        first, end, at = (first if end > start else at), behind, behind
    return _Name(parts, first, end) if parts else None


def _skipped(words: Sequence[Word], at: int, has_begun: bool) -> int:
    """Return the index behind titles, stops of initials and words such as "last name"."""
    said = tuple(word.text for word in words[at : at + 5])
    if not has_begun:
        if said[0] in TITLES:
            return at + 2 if said[1:2] == (".",) else at + 1
        is_before = said[0] in _BEFORE_A_NAME or said[0] in HESITATIONS
        return at + 1 if is_before else at
    for phrase in JOINERS:
        if said[: len(phrase)] == phrase:
            return at + len(phrase)
    if said[0] == "." and words[at - 1].is_letter:
        return at + 1
    # "Anita, that's A N I T A": a pause ends a name unless its spelling follows.
    behind = at + 1
    while behind < len(words) and words[behind].text in SPELLING_FOLLOWS:
        behind += 1
    is_pause = said[0] in {",", ".", "-", ":", ";"} or said[0] in SPELLING_FOLLOWS
    spelled = read_spelled(words, behind) if is_pause else None
    return behind if spelled and len(spelled.text) > 1 else at


def _spelled(
    words: Sequence[Word], at: int, parts: tuple[str, ...]
) -> tuple[tuple[str, ...], int] | None:
    """Read letters: initials before a surname, a name spelled out, or the spelling of the last."""
    letters = read_spelled(words, at)
    if letters is None or (len(set(letters.text)) < 2 and not _is_initial(words, letters.end)):
        return None
    # "A fee", "I saw": words, unless a full stop makes them initials.
    if letters.text in {"a", "i"} and words[letters.end].text != ".":
        return None
    is_followed = letters.end < len(words) and _is_initial(words, letters.end)
    if len(letters.text) <= _MOST_INITIALS and is_followed:
        return (*parts, *letters.text.upper()), letters.end
    spelled = letters.text.capitalize()
    if parts and _spells(spelled, parts[-1]):
        return (*parts[:-1], spelled), letters.end
    return (*parts, spelled), letters.end


def _is_initial(words: Sequence[Word], end: int) -> bool:
    """Whether a surname follows at words[end], perhaps behind the initial's full stop."""
    at = end + 1 if end < len(words) and words[end].text == "." else end
    if at >= len(words):
        return False
    return _is_part(words[at], ENDS_A_NAME | IS_NO_NAME) and len(words[at].text) > 1


def _spells(spelled: str, said: str) -> bool:
    return spelled[0] == said[0] and abs(len(spelled) - len(said)) <= 2 and len(said) > 1


def _is_part(word: Word, barred: frozenset[str]) -> bool:
    return word.text not in barred and word.text[0].isalpha()


def _cased(raw: str) -> str:
    """Return a name with capitals where the recogniser wrote none, or nothing else."""
    if not (raw.islower() or (raw.isupper() and len(raw) > 1)):
        return raw
    if raw[1:2] in {"'", "\u2019"}:
        return raw[:2].upper() + raw[2:].capitalize()
    return raw.capitalize()
