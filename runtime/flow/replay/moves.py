"""What the caller and the world did in a kept call, apart from what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import WebReply
from runtime.flow.engine.events import (
    CallerHungUp,
    CallStarted,
    EndAsked,
    Event,
    Heard,
    Pressed,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    TimerFired,
    VoicemailMet,
)
from runtime.flow.replay.coding import KeptProblem, decode_event
from runtime.flow.replay.kept import KeptStep

MESSAGE = "a message"
"""Said where a message was recorded: its words are in the recording only."""


@dataclass(frozen=True, slots=True)
class Once:
    """A kept step, and its event as the engine is told it."""

    step: KeptStep
    event: Event


Stretch: TypeAlias = tuple[Once, ...]
"""From a move of the caller's, or of a clock, up to the next."""

_MOVES = (
    *(CallStarted, Heard, Pressed, TimerFired, CallerHungUp, EndAsked, VoicemailMet),
    *(ProviderFailed, Recorded),
)


def stretches(steps: Sequence[KeptStep]) -> Iterator[Stretch]:
    """Cut a kept call into stretches; raises `KeptProblem`."""
    if not steps or steps[0].event.get("event") != "call_started":
        raise KeptProblem("the beginning of the call was not kept")
    stretch: list[Once] = []
    for step in steps:
        event = decode_event(step.event)
        if isinstance(event, _MOVES) and stretch:
            yield tuple(stretch)
            stretch = []
        stretch.append(Once(step, event))
    yield tuple(stretch)


def web_replies(steps: Sequence[KeptStep]) -> Mapping[str, list[WebReply]]:
    """Return what web services answered, by the request's name, in the order of asking."""
    asked = {
        effect["errand"]: (effect["request"], step.event["at"])
        for step in steps
        for effect in step.effects
        if effect["effect"] == "send_request"
    }
    replies: dict[str, list[WebReply]] = {}
    for step in steps:
        name, at = asked.get(step.event.get("errand", 0), ("", 0.0))
        reply = _reply(decode_event(step.event), at) if name else None
        if reply is not None:
            replies.setdefault(name, []).append(reply)
    return replies


def _reply(event: Event, asked_at: float) -> WebReply | None:
    # Milliseconds tell nothing, and make a test hard to read.
    delay = round(event.at - asked_at, 1)
    match event:
        case RequestAnswered(status=status, headers=headers, body=body):
            return WebReply(status, body, headers, delay)
        case RequestFailed(is_late=is_late):
            return WebReply(delay=delay, fault="timeout" if is_late else "error")
        case _:
            return None


def move(talk: Rehearsal, event: Event) -> None:
    """Have the caller of a rehearsal do what he did in the event, if he did anything."""
    match event:
        case Heard(text=text, confidence=confidence) if text.strip():
            talk.caller(text, confidence)
        case Pressed(digit=digit):
            talk.press(digit)
        case TimerFired(timer="no_input" | "keys"):
            talk.silence()
        case Recorded(name=name) if name:
            talk.caller(MESSAGE)
        case CallerHungUp():
            talk.hang_up()
        case _:
            pass
