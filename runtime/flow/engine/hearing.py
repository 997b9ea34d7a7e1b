"""What the caller says, and in which order it is understood (FLOWS.md)."""

from runtime.flow.engine import masking
from runtime.flow.engine.effects import Classify
from runtime.flow.engine.meaning import (
    answered_offer,
    is_taken_anywhere,
    undecided,
    understood,
)
from runtime.flow.engine.taking import is_said_early, is_value
from runtime.flow.engine.turn import is_answer, new_turn
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Listening, Record
from runtime.flow.understanding.matching import left_to_the_classifier, understand_by_rules


def heard(walk: Walk, text: str, confidence: float) -> None:
    """The caller has said something."""
    passage = walk.passage
    passage.change(hearing=False)
    if not text.strip():
        passage.await_input()
        return
    if not is_answer(passage) or isinstance(passage.here.verb, Record):
        return
    if not isinstance(passage.here.verb, Listening):
        _heard_while_busy(walk, text)
        return
    offered = passage.state.offered
    passage.change(failures=0)
    sure, shown = confidence >= passage.flow.confirm, masking.shown(passage, text)
    if not new_turn(walk, text=text, shown=shown, is_sure=sure):
        return
    if offered and answered_offer(walk, offered, text):
        return
    if is_value(walk, text, confidence):
        return
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is not None:
        understood(walk, match, 1.0)
        return
    if is_said_early(walk, confidence):
        return
    intents = left_to_the_classifier(passage.flow, passage.here, text)
    if intents:
        words = masking.masked(passage, text)
        passage.change(deciding=words)
        passage.effects.append(Classify(passage.state.turn, words, intents))
    else:
        undecided(walk)


def _heard_while_busy(walk: Walk, text: str) -> None:
    """A web service is being asked: only what may happen in any state is listened to."""
    passage = walk.passage
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None or not is_taken_anywhere(passage, match.key):
        return
    if new_turn(walk, text=text, shown=masking.shown(passage, text)):
        understood(walk, match, 1.0)
