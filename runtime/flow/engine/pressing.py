"""What the caller presses: keys of a value, or one that stands for a way on."""

from runtime.flow.engine import collecting, leading, masking, recording
from runtime.flow.engine.effects import StopErrand, StopTimer
from runtime.flow.engine.meaning import is_taken_meanwhile, understood
from runtime.flow.engine.passage import NO_INPUT, Passage
from runtime.flow.engine.state import Phase
from runtime.flow.engine.taking import after_value, denied, take_value
from runtime.flow.engine.turn import new_turn, note
from runtime.flow.engine.waiting import missed
from runtime.flow.engine.walking import Walk
from runtime.flow.model import BargeIn, Listening, Record
from runtime.flow.understanding.matching import Match, intent_of_digit


def pressed(walk: Walk, digit: str) -> None:
    """The caller has pressed a key."""
    passage = walk.passage
    lines = passage.state.speaking
    if passage.state.phase is not Phase.LIVE or any(x.barge_in is BargeIn.NEVER for x in lines):
        return
    verb = passage.here.verb
    if isinstance(verb, Record):
        _pressed_at_message(passage, verb)
        return
    is_busy = not isinstance(verb, Listening) or leading.is_busy(passage)
    if is_busy and not _is_key_taken(passage, digit):
        return
    passage.stop_speaking()
    passage.change(failures=0)
    if collecting.takes_key(passage, digit):
        passage.effects.append(StopTimer(NO_INPUT))
        if passage.state.pending is not None:
            _pressed_confirmation(walk, digit)
        elif (keys := collecting.press(passage, digit)) is not None:
            keyed(walk, keys)
        return
    if not new_turn(walk, digit=digit, shown=digit):
        return
    key = intent_of_digit(passage.flow, passage.here, digit)
    if key is None:
        missed(walk, "no_match")
    else:
        understood(walk, Match(key, "digit", 1), 1.0)


def _pressed_at_message(passage: Passage, verb: Record) -> None:
    """A key cuts the words before the tone short, and ends the message after it."""
    if passage.state.is_recording:
        passage.effects.append(StopErrand(passage.state.errand))
    else:
        passage.stop_speaking()
        recording.start_if_heard(passage, verb)


def _is_key_taken(passage: Passage, digit: str) -> bool:
    key = intent_of_digit(passage.flow, passage.here, digit)
    return key is not None and is_taken_meanwhile(passage, key)


def _pressed_confirmation(walk: Walk, digit: str) -> None:
    passage = walk.passage
    if not new_turn(walk, digit=digit, shown=digit):
        return
    note(passage, "slot", 1.0)
    if digit == "1" and passage.state.pending is not None:
        name, value = passage.state.pending
        passage.put(name, value)
        passage.change(pending=None, misses=0)
        after_value(walk)
    else:
        denied(walk)


def keyed(walk: Walk, keys: str) -> None:
    """An entry of keys is whole: read it."""
    passage = walk.passage
    if not new_turn(walk, digit=keys, shown=masking.shown(passage, keys)):
        return
    found = collecting.keyed(passage, keys)
    if found is None:
        missed(walk, "no_match")
        return
    note(passage, "slot", 1.0)
    take_value(walk, found)
