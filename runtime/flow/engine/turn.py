"""A turn of the conversation: what the caller has said or pressed, until it is dealt with."""

from runtime.flow.engine import leading
from runtime.flow.engine.dialogue import CALLER, Said
from runtime.flow.engine.effects import StopTimer, Understood
from runtime.flow.engine.passage import NO_INPUT, Passage
from runtime.flow.engine.state import Phase
from runtime.flow.engine.waiting import over_limit
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Listening


def new_turn(
    walk: Walk, *, text: str = "", digit: str = "", shown: str = "", is_sure: bool = True
) -> bool:
    """Begin a turn; False where it is one too many for the flow's limits.

    `shown` is what may be kept of `text` or `digit`.
    """
    passage = walk.passage
    if isinstance(passage.here.verb, Listening):
        # The caller has gone on: what a model still has to say of his last words is not wanted.
        leading.end_turn(passage)
        passage.drop_errand()
    turn = passage.state.turn + 1
    passage.change(turn=turn, text=text, digit=digit, shown=shown, is_sure=is_sure)
    passage.change(deciding=None, offered=(), patience=None, keys="")
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


def note(passage: Passage, how: str, confidence: float, intent: str | None = None) -> None:
    """Keep what the caller has said, or what stands for it, and how it was understood."""
    shown = passage.state.shown
    passage.note(Said(CALLER, shown))
    passage.effects.append(Understood(shown, passage.here.name, intent, confidence, how))
