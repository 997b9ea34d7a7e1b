"""A turn of the conversation: what the caller has said or pressed, until it is dealt with."""

from runtime.flow.engine.dialogue import CALLER, Said
from runtime.flow.engine.effects import StopTimer, Understood
from runtime.flow.engine.passage import NO_INPUT, Passage
from runtime.flow.engine.question import question
from runtime.flow.engine.state import Phase
from runtime.flow.engine.waiting import over_limit
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Listening, Prompt


def new_turn(walk: Walk, *, text: str = "", digit: str = "", is_private: bool = False) -> bool:
    """Begin a turn; False where it is one too many for the flow's limits."""
    passage = walk.passage
    leading_here = isinstance(passage.here.verb, Prompt)
    if passage.state.errand and leading_here:
        # The caller has gone on: what the model still has to say is not wanted.
        passage.drop_errand()
    turn = passage.state.turn + 1
    passage.change(turn=turn, deciding=None, offered=(), patience=None, text=text, digit=digit)
    passage.change(is_private=is_private)
    passage.effects.append(StopTimer(NO_INPUT))
    if turn > passage.root.limits.turns:
        over_limit(walk)
        return False
    return True


def is_answer(passage: Passage) -> bool:
    """Whether what was heard can be an answer: the bot is silent, and not at its last words.

    Speech stops a line that may be interrupted: what is heard during a line was said into another
    one, or before this one began.
    """
    return passage.state.phase is Phase.LIVE and not passage.state.speaking


def listens(passage: Passage) -> bool:
    """Whether the state waits for what the caller means."""
    return bool(passage.state.state) and isinstance(passage.here.verb, Listening)


def note_caller(passage: Passage, text: str) -> None:
    """Keep the caller's words, or what stands for them, in the conversation."""
    passage.note(Said(CALLER, text))


def shown_text(passage: Passage, text: str) -> str:
    """Return what may be kept of the caller's words."""
    if not passage.state.is_private:
        return text
    slot = question(passage).slot
    return f"[{slot.name}]" if slot is not None else "[hidden]"


def note_value(passage: Passage, how: str, text: str, confidence: float) -> None:
    """Record that an input was taken as a value, and how it was understood."""
    shown = shown_text(passage, text)
    note_caller(passage, shown)
    here = passage.here.name
    passage.effects.append(Understood(shown, here, None, confidence, how))
