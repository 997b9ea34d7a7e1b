"""Taking values: what the caller says or presses for a slot, and whether he says it is right."""

from runtime.flow.engine import collecting
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import ask
from runtime.flow.engine.turn import note
from runtime.flow.engine.waiting import give_up
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Collect, Slot
from runtime.flow.slots import SLOT_TYPES, Found
from runtime.flow.slots.words import listed
from runtime.flow.understanding.matching import plain, understand_by_rules

MOST_OF_IT = 0.6
"""An intent's words that are so much of an utterance are meant, where any words would do."""

SAYS_NOTHING = listed(
    "a an the please sir madam i we you me it that this to with of for can could would want like"
    " just speak talk second minute moment ji जी"
)
"""Words around an intent's own: "hold on a second please"."""


def is_value(walk: Walk, text: str, confidence: float) -> bool:
    """Take what was said as a value, given or corrected; False where it is none."""
    passage = walk.passage
    if passage.state.pending is not None:
        return _confirmed(walk, text, confidence)
    corrected = collecting.corrected(passage, text)
    found = None
    if collecting.collects(passage):
        slot = passage.flow.slots[passage.state.asking]
        found = collecting.find(passage, slot, _words(passage, slot, text), expected=True)
        if found is not None and not _is_meant(passage, text, found, corrected is not None):
            found = None
    if corrected is not None:
        note(passage, "correction", confidence)
        if not _corrected(walk, *corrected):
            return True
    elif found is None:
        return False
    else:
        note(passage, "slot", confidence)
    if found is None:
        ask(passage)
    else:
        take_value(walk, found)
    return True


def _corrected(walk: Walk, slot: Slot, found: Found) -> bool:
    """Put a corrected value in its place; True where the question is still the same."""
    passage = walk.passage
    if not collecting.is_valid(passage, slot, found.value):
        _refuse(walk, slot, found.value)
        return False
    passage.change(misses=0)
    target = collecting.correct(passage, slot, found)
    walk.go(target)
    return target is None


def _words(passage: Passage, slot: Slot, text: str) -> str:
    """Return what a slot is read from: free words are kept without what is sensitive in them."""
    return passage.state.shown if slot.type == "text" and not slot.sensitive else text


def is_said_early(walk: Walk, confidence: float) -> bool:
    """Take values that will be asked for later; False where there are none."""
    passage = walk.passage
    if not collecting.collects(passage):
        return False
    before = passage.state.slots
    collecting.fill_in_passing(passage)
    if passage.state.slots == before:
        return False
    note(passage, "slot", confidence)
    passage.change(misses=0)
    ask(passage)
    return True


def _is_meant(passage: Passage, text: str, found: Found, is_correction: bool) -> bool:
    """Whether what could be the value that is asked for is not said for something else."""
    if is_correction:
        # The "no" of "no, I meant Friday" answers nothing, and free words would be all of it.
        return found.value is not False and not _is_free(passage)
    return not _means_an_intent(passage, text, found)


def _is_free(passage: Passage) -> bool:
    return passage.flow.slots[passage.state.asking].type in collecting.FREE_TYPES


def _means_an_intent(passage: Passage, text: str, found: Found) -> bool:
    """Whether an intent in reach is the likelier meaning of what could be a value, too."""
    is_free = _is_free(passage)
    if found.certain and not is_free:
        return False
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None:
        return False
    return not is_free or match.strength >= MOST_OF_IT * _length(text)


def _length(text: str) -> int:
    """Return how many letters of an utterance say something."""
    return len(" ".join(word for word in plain(text).split() if word not in SAYS_NOTHING))


def take_value(walk: Walk, found: Found) -> None:
    """Keep a value, ask for its confirmation, or refuse it."""
    passage = walk.passage
    if not collecting.judge(passage, found):
        _refuse(walk, passage.flow.slots[passage.state.asking], found.value)
        return
    collecting.fill_in_passing(passage)
    after_value(walk)


def after_value(walk: Walk) -> None:
    """Go on to the question whether it is right, to the next slot, or on from the state."""
    passage = walk.passage
    verb = passage.here.verb
    assert isinstance(verb, Collect), "only 'collect' asks for slots"
    if passage.state.pending is not None:
        ask(passage)
    elif collecting.ask_next(passage, verb):
        walk.go(walk.onward())


def _refuse(walk: Walk, slot: Slot, value: object) -> None:
    passage = walk.passage
    misses = passage.state.misses + 1
    passage.change(misses=misses)
    collecting.say_invalid(passage, slot, value)
    if misses >= passage.here.tries:
        give_up(walk)
    else:
        ask(passage, misses)


def _confirmed(walk: Walk, text: str, confidence: float) -> bool:
    """The caller answers whether a value is right: yes, no, or another value."""
    passage = walk.passage
    assert passage.state.pending is not None, "a value is pending"
    name, value = passage.state.pending
    slot = passage.flow.slots[name]
    context = collecting.context(passage, slot, expected=True)
    answer = SLOT_TYPES["yes_no"](text, context)
    if answer is not None and answer.value is True:
        note(passage, "slot", confidence)
        passage.put(name, value)
        passage.change(pending=None, misses=0)
        after_value(walk)
        return True
    # "No, Anita Rao": a name stands behind the answer.
    said = _words(passage, slot, text)
    if answer is not None and slot.type == "name":
        said = text[answer.span[1] :]
    other = collecting.find(passage, slot, said, expected=True)
    if other is not None and other.value != value and _is_another(passage, text, other, answer):
        note(passage, "correction", confidence)
        passage.change(pending=None)
        take_value(walk, other)
        return True
    corrected = collecting.corrected(passage, text)
    if corrected is not None:
        note(passage, "correction", confidence)
        if _corrected(walk, *corrected):
            ask(passage)
        return True
    if answer is None:
        return False
    note(passage, "slot", confidence)
    denied(walk)
    return True


def _is_another(passage: Passage, text: str, found: Found, answer: Found | None) -> bool:
    """Whether what could be another value is one, and not the answer itself or an intent."""
    if passage.flow.slots[passage.state.asking].type == "text" and answer is not None:
        return False
    return not _is_free(passage) or not _means_an_intent(passage, text, found)


def denied(walk: Walk) -> None:
    """The value was not right: ask for it again, or give up."""
    passage = walk.passage
    misses = passage.state.misses + 1
    passage.change(pending=None, misses=misses)
    if misses >= passage.here.tries:
        give_up(walk)
    else:
        ask(passage, misses)
