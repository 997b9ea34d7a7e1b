"""What the caller says, and in which order it is understood (FLOWS.md)."""

from runtime.flow.engine import interrupting, leading, masking
from runtime.flow.engine.effects import Classify
from runtime.flow.engine.meaning import (
    answered_offer,
    is_taken_meanwhile,
    undecided,
    understood,
)
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.taking import is_said_early, is_value
from runtime.flow.engine.turn import is_answer, new_turn, note
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Listening, Prompt, Record
from runtime.flow.understanding.matching import left_to_the_classifier, understand_by_rules


def heard(walk: Walk, text: str, confidence: float) -> None:
    """The caller has said something."""
    passage = walk.passage
    if not text.strip():
        nothing(passage)
        return
    passage.change(hearing=False)
    if interrupting.is_nothing(passage, text, confidence):
        nothing(passage)
        return
    interrupting.stop(passage)
    if not is_answer(passage) or isinstance(passage.here.verb, Record):
        return
    if not isinstance(passage.here.verb, Listening) or leading.is_busy(passage):
        _heard_while_busy(walk, text)
    else:
        _understand(walk, text, confidence)


def _understand(walk: Walk, text: str, confidence: float) -> None:
    """Find out what is meant, in the order of FLOWS.md."""
    passage = walk.passage
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
    """A web service is being asked: only what may happen in any state is listened to.

    A model that asks for it hears of the rest when it goes on.
    """
    passage = walk.passage
    shown = masking.shown(passage, text)
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is not None and is_taken_meanwhile(passage, match.key):
        if new_turn(walk, text=text, shown=shown):
            understood(walk, match, 1.0)
    elif isinstance(passage.here.verb, Prompt):
        passage.change(failures=0, text=text, shown=shown)
        note(passage, "model", 1.0)


def nothing(passage: Passage) -> None:
    """What sounded like speech was none: go on with what it had stopped."""
    passage.change(hearing=False)
    passage.resume_speaking()
    passage.await_input()
