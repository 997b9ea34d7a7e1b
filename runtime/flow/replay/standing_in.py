"""Stand-ins: events that lead the engine the same way, and tell nothing that is sensitive.

They are made of the flow, of what may be kept of the effects, and of how the value looked; never of
the value. So a stand-in tells no more of it than its effects do.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias, assert_never

from runtime.flow.engine import collecting, masking
from runtime.flow.engine.effects import Effect, Understood
from runtime.flow.engine.events import (
    EndAsked,
    Event,
    Heard,
    ModelCalled,
    ModelSaid,
    Pressed,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    SpeechCut,
)
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import question
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow, Slot
from runtime.flow.replay.coding import HIDDEN
from runtime.flow.replay.sayings import NO_VALUE, answers, in_words, keys, sayings, shape_of
from runtime.flow.replay.secrets import Disguise, secrets_of

Told: TypeAlias = (
    RequestAnswered | RequestFailed | ModelSaid | ModelCalled | ProviderFailed | Recorded | EndAsked
)
"""Events with data of others, which may repeat what the caller has said."""


def stand_ins(
    flow: Flow,
    before: CallState,
    event: Event,
    effects: tuple[Effect, ...],
    after: CallState,
    replayed: CallState,
) -> Iterator[Event] | None:
    """Return what may take the event's place, the likeliest first; None: it may be kept itself.

    `replayed` is where the call stands with the stand-ins so far.
    """
    real, other = Passage(flow, before, event.at), Passage(flow, replayed, event.at)
    match event:
        case Heard() if before.state:
            return _heard(real, other, event, effects, after)
        case Pressed(digit=digit) if before.state and digit.isdecimal():
            return _pressed(real, other, event)
        case SpeechCut():
            return _cut(flow, before, event, replayed)
        case _ if isinstance(event, Told):
            return _told(flow, before, after, replayed, event)
        case _:
            return None


def _asked_slot(passage: Passage) -> Slot | None:
    """Return the sensitive slot that is asked for, or whose value is to be confirmed."""
    asked = question(passage) if passage.state.state else None
    return asked.slot if asked is not None and asked.is_sensitive else None


# -- the caller's words ----------------------------------------------------------------------------


def _heard(
    real: Passage, other: Passage, event: Heard, effects: tuple[Effect, ...], after: CallState
) -> Iterator[Event] | None:
    slot = _asked_slot(real)
    if slot is None:
        masked = masking.masked(real, event.text)
        if masked == event.text:
            return None
        texts = _in_passing(other, masked)
    elif not event.text.strip():
        return None
    else:
        understood = (x.intent for x in effects if isinstance(x, Understood) and x.intent)
        found = collecting.find(real, slot, event.text, expected=True)
        shape = shape_of(found.value) if found else ""
        asked = _asked_slot(other)
        texts = (
            iter(NO_VALUE)
            if asked is None
            else answers(other, slot, shape, next(understood, ""), _besides(real, after))
        )
    return (replace(event, text=text) for text in texts)


def _besides(real: Passage, after: CallState) -> str:
    """Return what else was said: values that are not sensitive, and are kept."""
    slots, before = real.flow.slots, real.state.slots
    return " ".join(
        in_words(slots[name], value)
        for name, value in after.slots.items()
        if name in slots and not slots[name].sensitive and before.get(name) != value
    )


def _in_passing(other: Passage, masked: str) -> Iterator[str]:
    """Yield the same words with other values in them: those known already, then more."""
    slots = [slot for slot in _slots(other) if f"[{slot.name}]" in masked]
    for number in range(4):
        text = masked
        for slot in slots:
            known = other.state.slots.get(slot.name)
            said = sayings(other, slot, "")
            if known is not None:
                said = (in_words(slot, known), *said)
            if said:
                text = text.replace(f"[{slot.name}]", said[min(number, len(said) - 1)])
        yield text
    yield masked


def _slots(passage: Passage) -> Iterator[Slot]:
    flow = passage.root
    yield from (slot for slot in flow.slots.values() if slot.sensitive)
    if passage.flow is not flow:
        yield from (slot for slot in passage.flow.slots.values() if slot.sensitive)


def _pressed(real: Passage, other: Passage, event: Pressed) -> Iterator[Event] | None:
    """Return other keys, where this one may be a part of a value.

    A key that the flow waits for is no secret: 1 and 2 to a confirmation, or one of an intent.
    """
    slot = _asked_slot(real)
    if slot is None or (real.state.pending is not None and event.digit in "12"):
        return None
    if not real.state.speaking and not collecting.takes_key(real, event.digit):
        return None
    return (replace(event, digit=key) for key in keys(slot, other.state.keys, event.digit))


# -- what others tell ------------------------------------------------------------------------------


def _cut(
    flow: Flow, before: CallState, event: SpeechCut, replayed: CallState
) -> Iterator[Event] | None:
    """Of a line with something sensitive in it, what was heard is kept only if it was before it."""
    line = next((said.text for said in before.talk if said.line == event.say), "")
    if event.heard and not line.startswith(event.heard):
        return iter([replace(event, heard=HIDDEN)])
    # A model may have repeated what a web service has.
    said = Disguise(secrets_of(flow, before), secrets_of(flow, replayed))
    other = replace(event, heard=said.text(event.heard))
    return None if other == event else iter([other])


def _told(
    flow: Flow, before: CallState, after: CallState, replayed: CallState, event: Told
) -> Iterator[Event] | None:
    secrets = {**secrets_of(flow, before), **secrets_of(flow, after)}
    if not secrets:
        return None
    said = Disguise(secrets, secrets_of(flow, replayed))
    other = _disguised(event, said)
    return None if other == event else iter([other])


def _disguised(event: Told, said: Disguise) -> Event:
    match event:
        case RequestAnswered(headers=headers, body=body):
            shown = {said.text(name): said.text(value) for name, value in headers.items()}
            return replace(event, headers=shown, body=said.of(body))
        case RequestFailed(reason=reason) | ProviderFailed(reason=reason) | EndAsked(reason=reason):
            return replace(event, reason=said.text(reason))
        case ModelSaid(text=text):
            return replace(event, text=said.text(text))
        case ModelCalled(call=call):
            arguments = {name: said.of(value) for name, value in call.arguments.items()}
            return replace(event, call=replace(call, arguments=arguments))
        case Recorded(name=name):
            return replace(event, name=said.text(name))
        case _:
            assert_never(event)
