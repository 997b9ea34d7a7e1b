"""Barge-in: the caller speaks into what the bot says, and it is not known yet what he says.

A cough, a noise or an "uh-huh" is no interruption: speech that lasts only pauses the bot, and what
it was decides whether it goes on where the caller stopped hearing it.
"""

from runtime.flow.engine import collecting, leading
from runtime.flow.engine.effects import PauseSpeaking, StartTimer
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.state import Phase
from runtime.flow.model import BargeIn
from runtime.flow.understanding.backchannel import is_acknowledgement, is_backchannel
from runtime.flow.understanding.matching import understand_by_rules

HELD = "held"
HELD_SECONDS = 4.0
"""The most that an answer waits: a room full of voices never ends."""


def pause(passage: Passage) -> None:
    """Stop speaking until it is known what the caller says, if speech may stop what is said."""
    state = passage.state
    may = state.phase is Phase.LIVE and all(x.barge_in is BargeIn.SPEECH for x in state.speaking)
    if may and not state.is_paused and (state.speaking or leading.is_answering(passage)):
        passage.change(is_paused=True)
        passage.effects.append(PauseSpeaking())


def hold(passage: Passage, said: int) -> None:
    """Let what is to be said wait for its first sound until the caller has finished.

    Not where a line up to that number `said` is under way still: it has been heard.
    """
    state = passage.state
    is_new = bool(state.speaking) and all(line.number > said for line in state.speaking)
    if state.phase is Phase.LIVE and is_new and not state.is_paused:
        passage.change(is_paused=True, is_held=True)
        passage.effects += [StartTimer(HELD, passage.state.turn, HELD_SECONDS), PauseSpeaking()]


def hold_no_more(passage: Passage, turn: int) -> None:
    """The caller has spoken for long enough."""
    if passage.state.is_held and turn == passage.state.turn:
        passage.resume_speaking()


def stop(passage: Passage) -> None:
    """The caller has said something: what was paused is not wanted any more."""
    if passage.state.is_held:
        passage.resume_speaking()
    elif passage.state.is_paused:
        passage.stop_speaking()
        leading.interrupt(passage)


def is_nothing(passage: Passage, text: str, confidence: float) -> bool:
    """Whether what was said into the bot's words does not mean to stop them.

    An "okay" is an answer where the state waits for a yes. Nothing is one to words of which nothing
    was heard.
    """
    if not passage.state.is_paused:
        return False
    if passage.state.is_held:
        return True
    language = passage.state.language
    if confidence < passage.flow.confirm or is_backchannel(text, language):
        return True
    return is_acknowledgement(text, language) and not _is_answer(passage, text)


def _is_answer(passage: Passage, text: str) -> bool:
    """Whether the state waits for such words."""
    state = passage.state
    if state.pending is not None or state.offered:
        return True
    if collecting.collects(passage):
        slot = passage.flow.slots[state.asking]
        is_value = collecting.find(passage, slot, text, expected=True) is not None
        if slot.type not in collecting.FREE_TYPES and is_value:
            return True
    return understand_by_rules(passage.flow, passage.here, text) is not None
