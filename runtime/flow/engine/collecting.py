"""`collect`: slots are filled, asked for where they are missing, confirmed, corrected.

What the caller says may fill other slots in passing, and correct those that he has filled.
"""

from collections.abc import Iterator

from runtime.flow.engine.effects import StartTimer, StopTimer
from runtime.flow.engine.passage import KEYS, Passage
from runtime.flow.engine.question import ask
from runtime.flow.engine.state import local_time
from runtime.flow.filters import spoken
from runtime.flow.model import Collect, Slot
from runtime.flow.slots import (
    KEYPAD_TYPES,
    SLOT_TYPES,
    Found,
    SlotContext,
    keypad_length,
    parse_keypad,
)
from runtime.flow.slots.words import is_correction, split_words
from runtime.flow.understanding.matching import intent_of_digit

STAR_TYPES = frozenset({"number", "money", "pattern"})
"""Types whose values may have a "*" in them."""

BETWEEN_KEYS = 5.0
"""Seconds after a key in which another is waited for: callers look numbers up in between."""

LAST_KEY = 2.0
"""Seconds after a key that makes what was pressed a value, if more may still follow."""

GUESSED_TYPES = frozenset({"time", "datetime", "yes_no"})
"""Types whose guesses are good enough."""

FREE_TYPES = frozenset({"text", "name"})
"""Types for which any words would do."""

NOT_IN_PASSING = frozenset({"text", "yes_no", "name"})
"""Types of which almost anything would do."""


def collects(passage: Passage) -> bool:
    """Whether a slot is being asked for."""
    return bool(passage.state.asking) and isinstance(passage.here.verb, Collect)


def is_collected_here(passage: Passage, slot: Slot) -> bool:
    """Whether the state that the call is in collects the slot."""
    verb = passage.here.verb
    return isinstance(verb, Collect) and slot.name in verb.slots


# -- from slot to slot -----------------------------------------------------------------------------


def enter(passage: Passage, verb: Collect) -> bool:
    """Ask for the first slot that is missing; True where none is.

    What is come to again with nothing missing asks for all anew: otherwise the caller could change
    nothing. Where a value has changed since, that was it.
    """
    state = passage.state
    left = state.passed.get(passage.here.name)
    is_known = all(name in state.slots for name in verb.slots)
    if left is not None and is_known and state.changed <= left:
        for name in verb.slots:
            passage.put(name, None)
    return ask_next(passage, verb)


def ask_next(passage: Passage, verb: Collect) -> bool:
    """Ask for the next slot that is missing; True where none is."""
    missing = next((name for name in verb.slots if name not in passage.state.slots), None)
    passage.change(asking=missing or "", pending=None, keys="")
    if missing is None:
        passed = {**passage.state.passed, passage.here.name: passage.state.turn}
        passage.change(passed=passed)
        return True
    ask(passage)
    return False


# -- values ----------------------------------------------------------------------------------------


def context(passage: Passage, slot: Slot, *, expected: bool) -> SlotContext:
    """Return the surroundings in which an utterance is read for a slot."""
    now = local_time(passage.flow, passage.at)
    return SlotContext(now, passage.state.language, expected, slot.options)


def is_valid(passage: Passage, slot: Slot, value: object) -> bool:
    """Judge a value by the slot's own rule; raises `TemplateProblem`."""
    return slot.valid is None or bool(slot.valid.evaluate({**passage.values(), "value": value}))


def find(passage: Passage, slot: Slot, text: str, *, expected: bool) -> Found | None:
    """Read a slot's value out of what was said."""
    return SLOT_TYPES[slot.type](text, context(passage, slot, expected=expected))


def judge(passage: Passage, found: Found) -> bool:
    """Take the value for the slot that is asked for: refuse, confirm or keep it.

    False where it is refused, which counts as a miss.
    """
    slot = passage.flow.slots[passage.state.asking]
    if not is_valid(passage, slot, found.value):
        passage.change(pending=None)
        return False
    if slot.confirm is not None or not (passage.state.is_sure and is_clear(slot, found)):
        passage.change(pending=(slot.name, found.value), misses=0)
    else:
        passage.put(slot.name, found.value)
        passage.change(misses=0, pending=None)
    return True


def private_name(slot: Slot) -> str:
    """Return the name that stands for a sensitive slot's value; "" where it is none."""
    return slot.name if slot.sensitive else ""


def is_clear(slot: Slot, found: Found) -> bool:
    """Whether a value need not be confirmed.

    "At five" is by day where nothing else is said, as businesses are; it would only tire callers
    to be asked each time.
    """
    return found.certain or (slot.type in GUESSED_TYPES and not found.contested)


def is_kept(passage: Passage, slot: Slot, found: Found) -> bool:
    """Whether a value may be kept that was not asked for: nothing is left to ask about it."""
    if slot.confirm is not None or not is_clear(slot, found):
        return False
    return is_valid(passage, slot, found.value)


def say_invalid(passage: Passage, slot: Slot, value: object) -> None:
    """Tell the caller that a value will not do."""
    if slot.invalid is not None:
        passage.say(slot.invalid, values={"value": value}, hides=private_name(slot))
    else:
        passage.say_phrase("invalid")


# -- in passing, and corrected ---------------------------------------------------------------------


def fill_in_passing(passage: Passage) -> None:
    """Fill what is missing and was said along with something else, if it was heard well."""
    text = passage.state.text
    if not text or not passage.state.is_sure:
        return
    for slot in _alone_of_their_type(passage):
        found = find(passage, slot, text, expected=False)
        if found is not None and is_kept(passage, slot, found):
            passage.put(slot.name, found.value)


def _alone_of_their_type(passage: Passage) -> Iterator[Slot]:
    """Yield the empty slots of which a value said in passing can only be meant for one."""
    state = passage.state
    empty = [
        slot
        for slot in passage.flow.slots.values()
        if slot.name not in state.slots and slot.name != state.asking
    ]
    asked = passage.flow.slots[state.asking].type if state.asking else ""
    types = [slot.type for slot in empty]
    for slot in empty:
        if slot.type not in NOT_IN_PASSING and slot.type != asked and types.count(slot.type) == 1:
            yield slot


def corrected(passage: Passage, text: str) -> tuple[Slot, Found] | None:
    """Return the filled slot that the caller corrects ("no, I meant Friday"), and its new value."""
    if not passage.state.is_sure or not is_correction(split_words(text)):
        return None
    state, slots = passage.state, passage.flow.slots
    asked = slots[state.asking].type if state.asking else ""
    filled = sorted(state.slots, key=lambda name: -state.filled.get(name, 0))
    seen = {asked, "text", "yes_no"}
    for name in filled:
        slot = slots.get(name)
        if slot is None or slot.type in seen:
            continue
        seen.add(slot.type)
        found = find(passage, slot, text, expected=False)
        if found is not None and not found.contested and found.value != state.slots[name]:
            return slot, found
    return None


def correct(passage: Passage, slot: Slot, found: Found) -> str | None:
    """Put a corrected value in its place; return the state that collects it, if one was passed.

    From there the call goes on anew: what was made of the old value is made again of the new one.
    """
    passage.put(slot.name, found.value)
    said = spoken(slot.type, found.value)
    passage.say_phrase("corrected", hides=private_name(slot), values={"value": said})
    if is_collected_here(passage, slot):
        return None
    passed = passage.state.passed
    names = [
        name
        for name in passed
        if isinstance(verb := passage.flow.states[name].verb, Collect) and slot.name in verb.slots
    ]
    if not names:
        return None
    target = max(names, key=lambda name: passed[name])
    # With all its slots known it is passed again at once.
    passage.change(passed={name: turn for name, turn in passed.items() if name != target})
    return target


# -- keys ------------------------------------------------------------------------------------------


def takes_key(passage: Passage, digit: str) -> bool:
    """Whether a pressed key belongs to the value that is asked for."""
    if not collects(passage):
        return False
    if passage.state.pending is not None:
        return digit in "12"
    slot = passage.flow.slots[passage.state.asking]
    if slot.type not in KEYPAD_TYPES:
        return False
    if digit == "#":
        return bool(passage.state.keys)
    if digit == "*":
        return slot.type in STAR_TYPES
    # One key is the whole of some values: one that is no such key may mean something else.
    is_whole = keypad_length(slot.type, slot.options) == 1
    if is_whole and parse_keypad(slot.type, digit, context(passage, slot, expected=True)) is None:
        return intent_of_digit(passage.flow, passage.here, digit) is None
    return True


def press(passage: Passage, digit: str) -> str | None:
    """Add a key to those before it; return all of them where they are the whole value."""
    slot = passage.flow.slots[passage.state.asking]
    keys = passage.state.keys + digit
    passage.change(keys=keys)
    length = keypad_length(slot.type, slot.options, keys)
    if digit == "#" or (length is not None and len(keys) >= length):
        return taken_keys(passage)
    is_value = parse_keypad(slot.type, keys, context(passage, slot, expected=True)) is not None
    seconds = LAST_KEY if is_value else BETWEEN_KEYS
    passage.effects.append(StartTimer(KEYS, passage.state.turn, seconds))
    return None


def taken_keys(passage: Passage) -> str:
    """Return what was pressed; the next key begins anew."""
    keys = passage.state.keys
    passage.change(keys="")
    passage.effects.append(StopTimer(KEYS))
    return keys


def keyed(passage: Passage, keys: str) -> Found | None:
    """Read pressed keys as the value that is asked for."""
    slot = passage.flow.slots[passage.state.asking]
    return parse_keypad(slot.type, keys, context(passage, slot, expected=True))
