"""Taking values: what the caller says or presses for a slot, and whether he says it is right."""

from runtime.flow.engine import collecting
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import ask
from runtime.flow.engine.turn import note_value
from runtime.flow.engine.waiting import give_up
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Collect
from runtime.flow.slots import SLOT_TYPES, Found
from runtime.flow.understanding.matching import plain, understand_by_rules

MOST_OF_IT = 0.6
"""An intent's words that are so much of an utterance are meant, where any words would do."""

FREE_TYPES = frozenset({"text", "name"})


def is_value(walk: Walk, text: str, confidence: float, *, sure: bool) -> bool:
    """Take what was said as a value, given or corrected; False where it is none."""
    passage = walk.passage
    if passage.state.pending is not None:
        return _confirmed(walk, text, confidence)
    corrected = collecting.corrected(passage, text)
    found = None
    if collecting.collects(passage):
        slot = passage.flow.slots[passage.state.asking]
        found = collecting.find(passage, slot, text, expected=True)
        if found is not None and corrected is None and _means_an_intent(passage, text, found):
            found = None
    if corrected is not None:
        slot, value = corrected
        note_value(passage, "correction", text, confidence)
        passage.change(misses=0)
        target = collecting.correct(passage, slot, value)
        if target is not None:
            walk.go(target)
            return True
    if found is not None:
        if corrected is None:
            note_value(passage, "slot", text, confidence)
        take_value(walk, found, text, sure=sure)
        return True
    if corrected is not None:
        ask(passage)
        return True
    return False


def is_said_early(walk: Walk, text: str, confidence: float) -> bool:
    """Take values that will be asked for later; False where there are none."""
    passage = walk.passage
    if not collecting.collects(passage):
        return False
    before = passage.state.slots
    collecting.fill_in_passing(passage, text)
    if passage.state.slots == before:
        return False
    note_value(passage, "slot", text, confidence)
    passage.change(misses=0)
    ask(passage)
    return True


def _means_an_intent(passage: Passage, text: str, found: Found) -> bool:
    """Whether an intent in reach is the likelier meaning of what could be a value, too."""
    slot = passage.flow.slots[passage.state.asking]
    if found.certain and slot.type not in FREE_TYPES:
        return False
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None:
        return False
    return slot.type not in FREE_TYPES or match.strength >= MOST_OF_IT * len(plain(text))


def take_value(walk: Walk, found: Found, text: str, *, sure: bool) -> None:
    """Keep a value, ask for its confirmation, or refuse it."""
    passage = walk.passage
    if not collecting.judge(passage, found, sure=sure):
        _refuse(walk, found.value)
        return
    collecting.fill_in_passing(passage, text)
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


def _refuse(walk: Walk, value: object) -> None:
    passage = walk.passage
    slot = passage.flow.slots[passage.state.asking]
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
        note_value(passage, "slot", text, confidence)
        passage.put(name, value)
        passage.change(pending=None, misses=0)
        after_value(walk)
        return True
    other = collecting.find(passage, slot, text, expected=True)
    if other is not None and other.value != value and slot.type not in FREE_TYPES:
        note_value(passage, "correction", text, confidence)
        passage.change(pending=None)
        take_value(walk, other, text, sure=True)
        return True
    if answer is None:
        return False
    note_value(passage, "slot", text, confidence)
    denied(walk)
    return True


def denied(walk: Walk) -> None:
    """The value was not right: ask for it again, or give up."""
    passage = walk.passage
    misses = passage.state.misses + 1
    passage.change(pending=None, misses=misses)
    if misses >= passage.here.tries:
        give_up(walk)
    else:
        ask(passage, misses)
