"""What the caller and the world did in a kept call, apart from what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

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
    """Return what web services answered, by the request's name, in the order of asking.

    One that was not waited for any more has answered nothing in time.
    """
    asked: dict[int, tuple[str, float]] = {}
    got: dict[int, WebReply] = {}
    for step in steps:
        event = decode_event(step.event)
        if isinstance(event, RequestAnswered | RequestFailed) and event.errand in asked:
            got[event.errand] = _reply(event, asked[event.errand][1])
        for effect in step.effects:
            if effect["effect"] == "send_request":
                asked[effect["errand"]] = (effect["request"], event.at)
    replies: dict[str, list[WebReply]] = {}
    for errand, (name, _) in asked.items():
        replies.setdefault(name, []).append(got.get(errand, WebReply(fault="timeout")))
    return replies


def _reply(event: RequestAnswered | RequestFailed, asked_at: float) -> WebReply:
    # What takes less is not noticed: the first that is said of a delay is said after a second.
    delay = round(event.at - asked_at, 1)
    delay = delay if delay >= 1.0 else 0.0
    if isinstance(event, RequestAnswered):
        return WebReply(event.status, event.body, event.headers, delay)
    return WebReply(delay=delay, fault="timeout" if event.is_late else "error")
