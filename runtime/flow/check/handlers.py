"""Handlers and branches that never get their turn, or fail to take it."""

from collections.abc import Iterator

from runtime.flow.check.names import takes
from runtime.flow.check.subject import Subject, waits
from runtime.flow.model import Choose, Handler
from runtime.flow.problem import Problem
from runtime.flow.source import Fields, find


def handler_after_one_that_always_holds(subject: Subject) -> Iterator[Problem]:
    """Nothing stands after a handler without `when`."""
    for state in subject.flow.states.values():
        for key, handlers in state.on.items():
            yield from _shadowed(subject, ("states", state.name, "on", key), handlers)
        if isinstance(state.verb, Choose):
            path = ("states", state.name, "choose")
            yield from _shadowed(subject, path, state.verb.branches)
    for key, handlers in subject.flow.always.items():
        yield from _shadowed(subject, ("always", "on", key), handlers)


def _shadowed(
    subject: Subject, path: tuple[str, ...], handlers: tuple[Handler, ...]
) -> Iterator[Problem]:
    for index, handler in enumerate(handlers[:-1]):
        # A `when` that could not be read is one all the same.
        written = find(subject.root, *path, index)
        has_when = isinstance(written, Fields) and "when" in written.entries
        if not has_when:
            message = f"this is never taken: the one in line {handler.place.line} always is."
            hint = "Give that one a 'when', or delete this one."
            place = handlers[index + 1].place
            yield Problem(place, "warning", "never-fires", message, hint)
            return


def on_in_a_state_that_does_not_wait(subject: Subject) -> Iterator[Problem]:
    """Only a state that waits for the caller hears what he says."""
    for state in subject.flow.states.values():
        if waits(state) or state.name in subject.broken:
            continue
        for key in state.on:
            if not takes(state, key):
                place = subject.key_place("states", state.name, "on", key)
                message = f"'{key}' is never heard: '{state.name}' does not wait for the caller."
                yield Problem(place, "error", "never-heard", message, "Use 'ask' to wait.")


def choose_needs_a_last_resort(subject: Subject) -> Iterator[Problem]:
    """Of the branches of `choose` one always holds."""
    for state in subject.flow.states.values():
        if not isinstance(state.verb, Choose) or state.name in subject.broken:
            continue
        if all(branch.when is not None for branch in state.verb.branches):
            message = f"if nothing of this holds, '{state.name}' has no way on."
            hint = "Add a last branch without 'when'."
            place = subject.key_place("states", state.name, "choose")
            yield Problem(place, "error", "no-last-resort", message, hint)
