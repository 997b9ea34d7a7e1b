"""What the caller says, and in which order it is understood (FLOWS.md)."""

from runtime.flow.engine.effects import Classify
from runtime.flow.engine.meaning import (
    answered_offer,
    is_taken_anywhere,
    undecided,
    understood,
)
from runtime.flow.engine.question import question
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
    offered, asked = passage.state.offered, question(passage).slot
    passage.change(failures=0)
    if not new_turn(walk, text=text, is_private=asked is not None and asked.sensitive):
        return
    if offered and answered_offer(walk, offered, text):
        return
    sure = confidence >= passage.flow.confirm
    if is_value(walk, text, confidence, sure=sure):
        return
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is not None:
        understood(walk, match, text, 1.0)
        return
    if is_said_early(walk, text, confidence):
        return
    intents = left_to_the_classifier(passage.flow, passage.here, text)
    if intents:
        passage.change(deciding=text)
        passage.effects.append(Classify(passage.state.turn, text, intents))
    else:
        undecided(walk, text)


def _heard_while_busy(walk: Walk, text: str) -> None:
    """A web service is being asked: only what may happen in any state is listened to."""
    passage = walk.passage
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is None or not is_taken_anywhere(passage, match.key):
        return
    if new_turn(walk, text=text):
        understood(walk, match, text, 1.0)
