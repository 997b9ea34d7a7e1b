"""What may be kept of the caller's words: sensitive values are left out of them."""

import re
from collections.abc import Iterator, Mapping

from runtime.flow.engine import collecting
from runtime.flow.engine.events import Event, Heard
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import question
from runtime.flow.engine.state import CallState
from runtime.flow.engine.subroutine import outer_flows
from runtime.flow.model import Flow, Slot

_GONE = "\0"
"""Stands for a value while others are looked for: no type of slot reads anything in it."""


def hides(flow: Flow, state: CallState, event: Event) -> bool:
    """Return whether the engine, told this in that state, would keep another text than was said.

    Also where it would keep none, such as of words that are said into the bot's.
    """
    if not isinstance(event, Heard) or not state.state:
        return False
    return shown(Passage(flow, state, event.at), event.text) != event.text


def shown(passage: Passage, text: str) -> str:
    """Return what stands for the caller's words where they are kept.

    All of an answer to a question for a sensitive value may be part of it.
    """
    return f"[{passage.state.asking}]" if question(passage).is_sensitive else masked(passage, text)


def masked(passage: Passage, text: str) -> str:
    """Return an utterance without the sensitive values said in passing, or said once more."""
    for slot, known in _sensitive(passage):
        # An author's pattern may take what stands for a value for one, too.
        while (span := _span(passage, slot, known, text)) and text[slice(*span)].strip(_GONE):
            text = text[: span[0]] + _GONE + text[span[1] :]
        if isinstance(known, str):
            # Said over and over it is one value no more, and still the same letters.
            text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", _GONE, text, flags=re.I)
        text = text.replace(_GONE, f"[{slot.name}]")
    return text


def _sensitive(passage: Passage) -> Iterator[tuple[Slot, object]]:
    """Yield the sensitive slots of the flow and of those around it, with their values or None."""
    outer = ((flow, passage.state.frames[depth].slots) for depth, flow in outer_flows(passage))
    flows: Iterator[tuple[Mapping[str, Slot], Mapping[str, object]]] = (
        (flow.slots, values) for flow, values in ((passage.flow, passage.state.slots), *outer)
    )
    for slots, values in flows:
        for slot in slots.values():
            # A bare yes tells nothing, and is said all the time.
            if slot.sensitive and slot.type != "yes_no":
                yield slot, values.get(slot.name)


def _span(passage: Passage, slot: Slot, known: object, text: str) -> tuple[int, int] | None:
    """Return where the slot's value stands: a known one in any words, else one that is plain."""
    if known is not None:
        found = collecting.find(passage, slot, text, expected=True)
        if found is not None and found.value == known:
            return found.span
    found = collecting.find(passage, slot, text, expected=False)
    return None if found is None else found.span
