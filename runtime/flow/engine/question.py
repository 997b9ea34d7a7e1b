"""What the caller is asked at the moment, whichever verb asks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.flow.engine.effects import Listen
from runtime.flow.engine.passage import Passage, nth
from runtime.flow.filters import spoken
from runtime.flow.model import (
    Ask,
    Collect,
    Intent,
    Slot,
)
from runtime.flow.slots import words_of_choices
from runtime.flow.text import Text, Wordings
from runtime.flow.understanding.matching import all_plain, plain, reach

CLOSED_PHRASES = 20
"""A recogniser scores a closed set phrase by phrase; a larger set is no closed set."""

CLOSED_TYPES = frozenset({"yes_no", "choice"})

FIRST_WORDS = 6
"""Of the many words for yes and no, those that callers use most stand first."""


@dataclass(frozen=True, slots=True)
class Question:
    """The question and what belongs to it."""

    text: Text | None = None
    """None where a model leads, or where the built-in `phrase` asks."""
    phrase: str = ""
    retry: Wordings = ()
    help: Text | None = None
    no_match: Wordings = ()
    no_input: Wordings = ()
    slot: Slot | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    """What its text sees besides the call's own."""

    @property
    def is_sensitive(self) -> bool:
        """Whether any answer may be a part of a value that is not to be kept."""
        return self.slot is not None and self.slot.sensitive


def question(passage: Passage) -> Question:
    """Return what is being asked in the state that the call is in."""
    state = passage.here
    match state.verb:
        case Ask(text=text):
            return Question(text, "", state.retry, state.help, state.no_match, state.no_input)
        case Collect() if passage.state.asking:
            return _of_slot(passage, passage.flow.slots[passage.state.asking])
        case _:
            return Question(help=state.help, no_match=state.no_match, no_input=state.no_input)


def _of_slot(passage: Passage, slot: Slot) -> Question:
    state = passage.here
    no_match, no_input = slot.no_match or state.no_match, slot.no_input or state.no_input
    help_ = slot.help or state.help
    if passage.state.pending is None:
        return Question(slot.ask, "", slot.retry, help_, no_match, no_input, slot)
    value = passage.state.pending[1]
    if slot.confirm is not None:
        shown: Mapping[str, object] = {"value": value}
        return Question(slot.confirm, "", (), help_, no_match, no_input, slot, shown)
    said = {"value": spoken(slot.type, value)}
    return Question(None, "confirm", (), help_, no_match, no_input, slot, said)


def ask(passage: Passage, miss: int = 0) -> None:
    """Ask (again: after the nth `miss` in its next wording), and listen."""
    asked = question(passage)
    hides = asked.slot.name if asked.slot is not None and asked.is_sensitive else ""
    if miss and asked.retry:
        passage.say(nth(asked.retry, miss))
    elif asked.text is not None:
        passage.say(asked.text, values=asked.values, hides=hides)
    elif asked.phrase:
        passage.say_phrase(asked.phrase, hides=hides, values=asked.values)
    listen(passage)


def listen(passage: Passage) -> None:
    """Wait for the caller; the silence clock starts when the last line has been heard."""
    passage.change(entered=0)
    state, asked = passage.here, question(passage)
    groups = reach(passage.flow, state)
    # The answer to "Did you mean …?" comes first.
    offered = passage.state.offered
    names = (*offered, "yes", "no") if offered or passage.state.pending else ()
    first = tuple(passage.flow.intents[name] for name in names)
    expected = (*first, *(intent for group in groups[:-1] for intent in group))
    phrases = dict.fromkeys(words for intent in expected for words in all_plain(intent.words))
    if asked.slot is not None:
        phrases = dict.fromkeys((*_phrases_of(passage, asked.slot), *phrases))
    passage.effects.append(
        Listen(
            state=state.name,
            phrases=tuple(phrases),
            closed=_is_closed(passage, asked, groups, len(phrases)),
            language=passage.state.language,
            end_of_speech=state.end_of_speech,
            slot_type=asked.slot.type if asked.slot and not passage.state.pending else "",
            sensitive=asked.is_sensitive,
        )
    )
    passage.await_input()


def _is_closed(
    passage: Passage, asked: Question, groups: tuple[tuple[Intent, ...], ...], phrases: int
) -> bool:
    """Whether hardly anything but the phrases is expected."""
    if any(intent.examples or intent.patterns for group in groups[:-1] for intent in group):
        return False
    if asked.slot is not None and not passage.state.pending:
        return asked.slot.type in CLOSED_TYPES and phrases <= CLOSED_PHRASES
    if asked.text is None and not asked.phrase:
        return False
    return bool(groups[0] or asked.slot) and phrases <= CLOSED_PHRASES


def _phrases_of(passage: Passage, slot: Slot) -> tuple[str, ...]:
    match slot.type:
        case "yes_no":
            words = (passage.flow.intents[name].words[:FIRST_WORDS] for name in ("yes", "no"))
            return tuple(plain(word) for each in words for word in each)
        case "choice":
            return tuple(plain(words) for words in words_of_choices(slot.options))
        case _:
            return ()
