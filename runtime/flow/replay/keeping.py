"""From a step of the engine to what is kept of it."""

from collections.abc import Iterable, Mapping
from itertools import islice

from runtime.flow import engine
from runtime.flow.engine.effects import Effect
from runtime.flow.engine.events import Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay.coding import Json, encode_effect, encode_event
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.secrets import Disguise, may_have_secrets, secrets_of
from runtime.flow.replay.standing_in import stand_ins

MOST_TRIED = 60
"""Stand-ins for one event; a step of the engine takes some 50 µs."""

SAID = frozenset({"shown", "text", "message"})
"""Fields of effects in which somebody's words stand."""


def kept_step(
    flow: Flow,
    before: CallState | None,
    event: Event,
    effects: tuple[Effect, ...],
    after: CallState,
    replayed: CallState | None = None,
) -> KeptStep:
    """Return what may be kept of `engine.step(flow, before, event) == (after, effects)`.

    `before` is None for `engine.start`, and `replayed` what the call's previous kept step says. A
    sensitive value is replaced by a stand-in that leads the engine the same way, where there is
    one. Pure: for any thread. Without sensitive slots it takes microseconds, else an `engine.step`
    or a few.
    """
    is_private = before is not None and may_have_secrets(flow, before)
    if before is None or (replayed is None and not is_private):
        return KeptStep(encode_event(event), tuple(map(encode_effect, effects)))
    others = None
    if is_private:
        others = stand_ins(flow, before, event, effects, after, replayed or before)
    if others is None and replayed is None:
        return KeptStep(encode_event(event), shown_effects(flow, before, effects, after))
    shown = shown_effects(flow, before, effects, after)
    tried: Iterable[Event] = [event] if others is None else islice(others, MOST_TRIED)
    other, there, is_like = _first_alike(flow, replayed or before, tried, shown)
    return KeptStep(encode_event(other), shown, others is not None, not is_like, there)


def _first_alike(
    flow: Flow, before: CallState, tried: Iterable[Event], shown: tuple[Json, ...]
) -> tuple[Event, CallState, bool]:
    """Return the first event of those tried that has these effects; the very first if none has.

    With it what becomes of the call, and whether it has.
    """
    first: tuple[Event, CallState, bool] | None = None
    for event in tried:
        after, effects = engine.step(flow, before, event)
        if shown_effects(flow, before, effects, after) == shown:
            return event, after, True
        first = first or (event, after, False)
    assert first is not None, "one is tried at least"
    return first


def shown_effects(
    flow: Flow, before: CallState, effects: tuple[Effect, ...], after: CallState
) -> tuple[Json, ...]:
    """Return effects as they are kept: also without sensitive values that others have repeated."""
    rows = tuple(map(encode_effect, effects))
    if not any(SAID & row.keys() for row in rows):
        return rows
    secrets = {**secrets_of(flow, before, rare=True), **secrets_of(flow, after, rare=True)}
    if not secrets:
        return rows
    hides = Disguise(secrets, {})
    return tuple(_hidden(row, hides) for row in rows)


def _hidden(row: Json, hides: Disguise) -> Json:
    if not SAID & row.keys():
        return row
    made: Mapping[str, object] = row
    return {name: hides.of(value) if name in SAID else value for name, value in made.items()}
