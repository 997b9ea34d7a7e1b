"""What the rules look at: a flow, and the file that it was read from, for the places."""

from collections.abc import Iterator
from dataclasses import dataclass

from runtime.flow.model import (
    Choose,
    Flow,
    Handler,
    Listening,
    State,
)
from runtime.flow.place import Place
from runtime.flow.source import Fields, Scalar, find, find_fields

REPEAT, RESTART = "repeat", "restart"


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a state (or, where `state` is None, from anywhere), as it is written."""

    target: str
    place: Place
    state: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A flow under examination."""

    flow: Flow
    root: Fields
    broken: frozenset[str] = frozenset()
    """States that could not be read whole: what they lack is not held against them."""
    is_whole: bool = True
    """Whether all of the file could be read."""
    is_run: bool = False
    """Whether others run it: it returns where nothing follows."""

    def is_own(self, place: Place) -> bool:
        """Tell whether something stands in the flow's own file.

        What is included may be there for other flows.
        """
        return place.file == self.flow.file

    def place(self, *path: str | int) -> Place:
        """Return the place of the value at that path of the file."""
        return find(self.root, *path).place

    def key_place(self, *path: str) -> Place:
        """Return the place of the last key of that path."""
        entry = find_fields(self.root, *path[:-1]).get(path[-1])
        return entry.key.place if entry else self.place(*path)

    def ways(self) -> Iterator[Way]:
        """Return every way on that the file writes, in no order."""
        for state in self.flow.states.values():
            path = ("states", state.name)
            if state.next is not None:
                yield Way(state.next, self.place(*path, "next"), state.name)
            if state.give_up is not None:
                yield Way(state.give_up, self.place(*path, "give_up"), state.name)
            for key, handlers in state.on.items():
                yield from self._handler_ways((*path, "on", key), handlers, state.name)
            if isinstance(state.verb, Choose):
                yield from self._handler_ways((*path, "choose"), state.verb.branches, state.name)
        for key, handlers in self.flow.always.items():
            yield from self._handler_ways(("always", "on", key), handlers, None)
        for key in ("after", "provider_down"):
            for entry in find_fields(self.root, "always", key).values():
                if isinstance(entry.value, Scalar) and entry.value.text:
                    yield Way(entry.value.text, entry.value.place, None)

    def _handler_ways(
        self, path: tuple[str, ...], handlers: tuple[Handler, ...], state: str | None
    ) -> Iterator[Way]:
        for index, handler in enumerate(handlers):
            if handler.next is not None:
                yield Way(handler.next, self.place(*path, index, "next"), state)

    def resolved(self, target: str, state: str | None) -> str | None:
        """Return the state that a target means; None for the end, `back` and unknown ones."""
        if target in self.flow.states:
            return target
        if target == RESTART:
            return self.flow.start
        return state if target == REPEAT else None


def waits(state: State) -> bool:
    """Return whether the state waits for what the caller means."""
    return isinstance(state.verb, Listening)
