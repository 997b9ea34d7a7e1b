"""Silence, misunderstandings, limits, and the timers behind them."""

from runtime.flow import ways
from runtime.flow.engine import collecting
from runtime.flow.engine.dialogue import CALLER, Said
from runtime.flow.engine.effects import Understood
from runtime.flow.engine.passage import Passage, nth
from runtime.flow.engine.question import ask, question
from runtime.flow.engine.state import Phase
from runtime.flow.engine.subroutine import outer_flows
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Flow

OVER_LIMIT = "over_limit"


def missed(walk: Walk, kind: str, *, recorded: bool = False) -> None:
    """Count a misunderstanding or silence; ask again, or give up."""
    passage = walk.passage
    asked = question(passage)
    if not recorded:
        shown = passage.state.shown
        if shown:
            passage.note(Said(CALLER, shown))
        passage.effects.append(Understood(shown, passage.here.name, None, 0.0, kind))
    misses = passage.state.misses + 1
    passage.change(misses=misses)
    if misses >= passage.here.tries:
        give_up(walk)
        return
    lines = asked.no_match if kind == "no_match" else asked.no_input
    if lines:
        passage.say(nth(lines, misses))
    else:
        passage.say_phrase(kind)
    ask(passage, misses)


def give_up(walk: Walk) -> None:
    """The caller could not be understood, or is not there."""
    target = walk.passage.here.give_up
    if target is not None:
        walk.took(ways.GIVE_UP)
        walk.go(target)
    elif not walk.take_anywhere("give_up"):
        walk.passage.close("gave_up", "give_up")


def over_limit(walk: Walk) -> None:
    """A limit of the call is reached: `always.on.over_limit`, else goodbye."""
    passage = walk.passage
    passage.drop_errand()
    passage.stop_speaking()
    # Whoever goes on talking after the limit of turns comes here again, to be taken leave of.
    if passage.state.over_limit:
        passage.close(OVER_LIMIT, OVER_LIMIT)
        return
    passage.change(over_limit=True)
    found = walk.find_anywhere(OVER_LIMIT)
    if found is None:
        passage.close(OVER_LIMIT, OVER_LIMIT)
    elif found[2].next is None:
        walk.follow_anywhere(OVER_LIMIT, found)
        passage.close(OVER_LIMIT, "goodbye")
    else:
        walk.take_anywhere(OVER_LIMIT)


def entry_paused(passage: Passage, turn: int) -> str | None:
    """Return the keys pressed so far, where the caller presses no more; None where it is stale."""
    if turn != passage.state.turn or not passage.state.keys or not collecting.collects(passage):
        return None
    return collecting.taken_keys(passage)


def is_silent(passage: Passage, turn: int) -> bool:
    """Whether the silence clock ran out on a silent caller.

    A line that began meanwhile is waited for, and so is a caller who speaks.
    """
    state = passage.state
    return turn == state.turn and not (state.speaking or state.hearing or state.errand)


def spent(walk: Walk, cost: float) -> None:
    """Count what providers cost; at the flow's limit the call takes its leave, once."""
    passage = walk.passage
    before, limit = passage.state.cost, passage.root.limits.cost
    passage.change(cost=before + cost)
    is_reached = limit is not None and before < limit <= passage.state.cost
    if is_reached and passage.state.phase is Phase.LIVE:
        over_limit(walk)


def provider_down(passage: Passage, kind: str) -> tuple[str, Flow] | None:
    """Return the state that takes over where a kind of provider is gone, and whose it is."""
    flows = (passage.flow, *(flow for _, flow in outer_flows(passage)))
    for flow in flows:
        target = flow.provider_down.get(kind)
        if target is not None:
            return target, flow
    return None
