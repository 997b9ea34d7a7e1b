"""The ways on of a flow, each under the name by which the engine tells that it was taken."""

from collections.abc import Iterator
from dataclasses import dataclass

from runtime.flow.model import (
    Choose,
    Flow,
    Handler,
    Handlers,
    State,
)
from runtime.flow.place import Place

NEXT, GIVE_UP, CHOOSE = "next", "give_up", "choose"


def on(key: str) -> str:
    """Return the name of the way that a key of `on` leads."""
    return f"on {key}"


def after(seconds: float) -> str:
    """Return the name of the way that is taken at a call time."""
    return f"after {seconds:g}"


def provider_down(kind: str) -> str:
    """Return the name of the way that is taken where a kind of provider is gone."""
    return f"provider_down {kind}"


def numbered(way: str, row: tuple[Handler, ...], handler: Handler) -> str:
    """Return the name of one of several handlers: the second of `on yes` is `on yes 2`."""
    number = next(i for i, other in enumerate(row, 1) if other is handler)
    return way if number == 1 else f"{way} {number}"


@dataclass(frozen=True, slots=True)
class Way:
    """A way on; its flow, state and name tell it from others."""

    state: str
    """Where it begins; "" for `always`."""
    name: str
    target: str | None
    """As the author wrote it; None where the state goes on waiting."""
    place: Place
    handler: Handler | None = None
    """None for what leads to a state without more: next, give_up, after, provider_down."""
    key: str = ""
    """The key of `on`; "" for what has none."""


def ways_of(flow: Flow) -> Iterator[Way]:
    """Iterate over the ways out of the flow's states, then over those of `always`."""
    for state in flow.states.values():
        yield from ways_out(state)
    yield from always_of(flow)


def ways_out(state: State) -> Iterator[Way]:
    """Iterate over the ways out of one state."""
    if state.next is not None:
        place = state.places.get(NEXT, state.place)
        yield Way(state.name, NEXT, state.next, place)
    if isinstance(state.verb, Choose):
        yield from _row(state.name, CHOOSE, state.verb.branches)
    yield from _handled(state.name, state.on)
    if state.give_up is not None:
        place = state.places.get(GIVE_UP, state.place)
        yield Way(state.name, GIVE_UP, state.give_up, place)


def always_of(flow: Flow) -> Iterator[Way]:
    """Iterate over the ways that a call may take in any state."""
    yield from _handled("", flow.always)
    others = [(after(seconds), state) for seconds, state in flow.after]
    others += [(provider_down(kind), state) for kind, state in flow.provider_down.items()]
    for name, state in others:
        yield Way("", name, state, flow.places.get(name, Place(flow.file, 1, 1)))


def _handled(state: str, handlers: Handlers) -> Iterator[Way]:
    for key, row in handlers.items():
        yield from _row(state, on(key), row, key)


def _row(state: str, way: str, row: tuple[Handler, ...], key: str = "") -> Iterator[Way]:
    for handler in row:
        name = numbered(way, row, handler)
        yield Way(state, name, handler.next, handler.place, handler, key)
