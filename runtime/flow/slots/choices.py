"""One of the answers that the author lists, by name, synonym, place in the list or digit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from runtime.flow.slots.number_words import below_hundred
from runtime.flow.slots.value import Found, SlotContext
from runtime.flow.slots.words import (
    HESITATIONS,
    PUNCTUATION,
    Word,
    find_phrase,
    folded,
    is_correction,
    listed,
    split_words,
    texts,
)

_ORDINALS = {
    folded(word): place
    for place, said in enumerate(
        (
            "first 1st former pehla pehli pahla pahli पहला पहली",
            "second 2nd doosra doosri dusra dusri दूसरा दूसरी",
            "third 3rd teesra teesri tisra tisri तीसरा तीसरी",
            "fourth 4th chautha chauthi चौथा चौथी",
            "fifth 5th paanchva panchva paanchvi पांचवां पांचवी",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
        ),
        start=1,
    )
    for word in said.split()
}
_LAST = listed("last latter final aakhri akhri आखिरी")
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_BEFORE_A_PLACE = listed("option number choice press digit no item key विकल्प नंबर vikalp")
_AROUND_A_PLACE = (
    HESITATIONS
    | PUNCTUATION
    | _BEFORE_A_PLACE
    | listed(
        "the one ones i want would will like id ill take choose pick go with for is it its that"
        " thats my please sir madam yes yeah a to prefer select thank you thanks on wala wali"
        " hai haan ji वाला वाली है हां जी give me have let lets say said"
    )
)
# In a longer sentence a likeness is chance more often than a slip.
_MOST_ALIKE = 6
_ARTICLES = listed("the a an")
_DENYING_WORDS = [[word] for word in listed("not except without nahi nahin नहीं")]
_DENYING_PAIRS = frozenset(
    {
        *(("anything", "but"), ("anyone", "but"), ("all", "but")),
        *(("instead", "of"), ("rather", "than"), ("other", "than"), ("apart", "from")),
    }
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its name, the phrases it is known by, the digit that stands for it."""

    name: str
    phrases: tuple[tuple[str, ...], ...]
    digit: str | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    choice: Choice
    start: int
    end: int
    certain: bool = True


def choices_of(options: Mapping[str, object]) -> tuple[Choice, ...]:
    """Read the option `choices`.

    It is a list of names, or a mapping of names to a list of synonyms or to {synonyms, digit}.
    """
    return tuple(_choice(name, about) for name, about in _listing(options).items())


def words_of_choices(options: Mapping[str, object]) -> tuple[str, ...]:
    """Return what the author wrote of what callers may say: names and synonyms, in order."""
    return tuple(said for name, about in _listing(options).items() for said in _said(name, about))


def _listing(options: Mapping[str, object]) -> Mapping[str, object]:
    listing = options.get("choices", ())
    if isinstance(listing, Mapping):
        return {str(name): about for name, about in listing.items()}
    if isinstance(listing, Sequence):
        return dict.fromkeys(map(str, listing))
    raise TypeError(f"choices must be a list or a mapping, not {type(listing).__name__}")


def _said(name: str, about: object) -> tuple[str, ...]:
    synonyms = about.get("synonyms") if isinstance(about, Mapping) else about
    if isinstance(synonyms, str):
        synonyms = (synonyms,)
    return (name, *(map(str, synonyms) if isinstance(synonyms, Sequence) else ()))


def _choice(name: str, about: object) -> Choice:
    digit = about.get("digit") if isinstance(about, Mapping) else None
    phrases = tuple(phrase for text in _said(name, about) if (phrase := _phrase(text)))
    return Choice(name, phrases, None if digit is None else str(digit))


@lru_cache(maxsize=4096)
def _phrase(text: str) -> tuple[str, ...]:
    words = split_words(text.replace("_", " "))
    return tuple(_root(word.text) for word in words if word.text not in PUNCTUATION)


def _root(text: str) -> str:
    """Return the form that words are compared in: digits for number words, no plural ending."""
    value = below_hundred("en").get(text)
    if value is not None:
        return str(value)
    return text[:-1] if len(text) > 3 and text.endswith("s") and text[-2] != "s" else text


def parse_choice(utterance: str, context: SlotContext) -> Found | None:
    """Find which of `choices` is meant; the value is its name.

    In passing only a name or a synonym counts; when asked, also a place in the list ("the second
    one"), its digit, and a word that is a letter or two off, which is never certain.
    """
    choices = choices_of(context.options)
    words = tuple(word for word in split_words(utterance) if word.text not in {"-", "_"})
    matches = _named(words, choices)
    if not matches and (joined := _letters_joined(words)) != words:
        # "G P" and "G.P." for a GP.
        words, matches = joined, _named(joined, choices)
    if not matches and context.expected:
        matches = _placed(words, choices, context.language) or _alike(words, choices)
    match = _chosen(words, matches)
    if match is None:
        return None
    span = words[match.start].start, words[match.end - 1].end
    return Found(match.choice.name, span, match.certain)


def _letters_joined(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the words with letters said one by one made into one, full stops left out."""
    joined: list[Word] = []
    for at, word in enumerate(words):
        follows_letter = at > 0 and (words[at - 1].is_letter or words[at - 1].text == ".")
        if word.text == "." and at > 0 and words[at - 1].is_letter:
            continue
        if word.is_letter and follows_letter and joined and joined[-1].text.isalpha():
            last = joined.pop()
            word = Word(last.text + word.text, last.start, word.end)
        joined.append(word)
    return tuple(joined)


def _is_denied(words: Sequence[Word], start: int) -> bool:
    """Whether it is ruled out: "not the dentist", "anything but Delhi", "tea instead of coffee"."""
    before = [word.text for word in words[:start] if word.text not in _ARTICLES]
    return before[-1:] in _DENYING_WORDS or tuple(before[-2:]) in _DENYING_PAIRS


def _chosen(words: Sequence[Word], matches: Sequence[_Match]) -> _Match | None:
    """Choose the one that is meant; None where two are named alike ("Delhi or Mumbai")."""
    meant = [m for m in matches if not _is_denied(words, m.start)]
    names = {match.choice.name for match in meant}
    if len(names) < 2:
        return meant[0] if meant else None
    last, previous = meant[-1], meant[-2]
    return last if is_correction(words[previous.end : last.start]) else None


def _named(words: Sequence[Word], choices: Sequence[Choice]) -> list[_Match]:
    """Find names and synonyms; a longer one hides a shorter one in it ("New Delhi", "Delhi")."""
    said = tuple(_root(word.text) for word in words)
    known = frozenset(said)
    found = [
        _Match(choice, at, at + len(phrase))
        for choice in choices
        for phrase in choice.phrases
        if known.issuperset(phrase)
        for at in _places(said, phrase)
    ]
    kept: list[_Match] = []
    for match in sorted(found, key=lambda match: match.start - match.end):
        if all(match.end <= other.start or other.end <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _places(said: tuple[str, ...], phrase: tuple[str, ...]) -> Iterator[int]:
    at = find_phrase(said, phrase)
    while at is not None:
        yield at
        at = find_phrase(said, phrase, at + 1)


def _placed(words: Sequence[Word], choices: Sequence[Choice], language: str) -> list[_Match]:
    """Find a place in the list or a digit, where nothing else is said."""
    said = texts(words)
    found, others = [], []
    for at, text in enumerate(said):
        choice = _at_place(said, at, choices, language)
        if choice:
            found.append(_Match(choice, at, at + 1))
        elif text not in _AROUND_A_PLACE and text not in _ORDINAL_ENDINGS:
            others.append(text)
    # "The second one": the one is no digit where a place is named.
    ordinal = [match for match in found if not _is_one(said, match.start)]
    return [] if others else ordinal or found


def _is_one(said: Sequence[str], at: int) -> bool:
    return said[at] == "one" and (at == 0 or said[at - 1] not in _BEFORE_A_PLACE)


def _at_place(
    said: Sequence[str], at: int, choices: Sequence[Choice], language: str
) -> Choice | None:
    text = said[at]
    if text in _LAST:
        return choices[-1] if choices else None
    place = _ORDINALS.get(text, 0)
    if text.isdecimal() and said[at + 1 : at + 2] and said[at + 1] in _ORDINAL_ENDINGS:
        place = int(text)
    if not place:
        digit = text if text.isdecimal() else str(below_hundred(language).get(text, ""))
        by_digit = next((choice for choice in choices if choice.digit == digit), None)
        if by_digit or any(choice.digit for choice in choices):
            return by_digit
        place = int(digit or 0)
    return choices[place - 1] if 1 <= place <= len(choices) else None


def _alike(words: Sequence[Word], choices: Sequence[Choice]) -> list[_Match]:
    """Find the one choice that a word or phrase is nearly the name of."""
    said = texts(words)
    if sum(text not in _AROUND_A_PLACE for text in said) > _MOST_ALIKE:
        return []
    near = [
        _Match(choice, at, at + len(phrase), certain=False)
        for choice in choices
        for phrase in choice.phrases
        for at in range(len(said) - len(phrase) + 1)
        if _is_near(" ".join(said[at : at + len(phrase)]), " ".join(phrase))
    ]
    # "Greentea" for green tea.
    near += [
        _Match(choice, at, at + 1, certain=False)
        for choice in choices
        for phrase in choice.phrases
        for at, text in enumerate(said)
        if len(phrase) > 1 and text == "".join(phrase)
    ]
    return near if len({match.choice.name for match in near}) == 1 else []


def _is_near(said: str, name: str) -> bool:
    allowed = 2 if len(name) >= 8 else 1 if len(name) >= 5 else 0
    if not allowed or abs(len(said) - len(name)) > allowed:
        return False
    # Slips seldom change both ends of a word, and this is far cheaper to see.
    same_end = said[0] == name[0] or said[-1] == name[-1]
    return same_end and _within(said, name, allowed)


def _within(one: str, other: str, edits: int) -> bool:
    """Whether `edits` letters added, dropped, changed or swapped make `one` the `other`."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if max(len(one), len(other)) <= edits:
        return True
    if not edits or abs(len(one) - len(other)) > edits:
        return False
    if one[:2] == other[1::-1] and _within(one[2:], other[2:], edits - 1):
        return True
    return any(
        _within(left, right, edits - 1)
        for left, right in ((one[1:], other), (one, other[1:]), (one[1:], other[1:]))
    )


def choice_by_digit(digit: str, options: Mapping[str, object]) -> str | None:
    """Return the name of the choice with that keypad digit.

    Where no choice has a digit of its own they are counted from 1.
    """
    choices = choices_of(options)
    if any(choice.digit for choice in choices):
        return next((choice.name for choice in choices if choice.digit == digit), None)
    place = int(digit) if digit.isdecimal() else 0
    return choices[place - 1].name if 1 <= place <= len(choices) else None
