"""Handlers and branches that never get their turn, or fail to take it."""

from collections.abc import Iterator

from runtime.flow.check.names import takes
from runtime.flow.check.subject import Subject, waits
from runtime.flow.document.values import seconds_of
from runtime.flow.model import Choose, Handler
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import Fields, find, find_fields
from runtime.flow.template import Expression, TemplateProblem

Row = tuple[tuple[str, ...], tuple[Handler, ...]]
"""Handlers of which the first that holds is taken, with their path in the file."""


def _rows(subject: Subject) -> Iterator[Row]:
    for state in subject.flow.states.values():
        for key, handlers in state.on.items():
            yield ("states", state.name, "on", key), handlers
        if isinstance(state.verb, Choose):
            yield ("states", state.name, "choose"), state.verb.branches
    for key, handlers in subject.flow.always.items():
        yield ("always", "on", key), handlers


def always_holds(handler: Handler) -> bool:
    """Whether a handler is taken whenever its turn comes."""
    return handler.when is None or _constant(handler.when) is True


def _constant(when: Expression) -> bool | None:
    """Return what a condition comes to in every call; None where that depends on the call."""
    if when.names:
        return None
    try:
        return bool(when.evaluate({}))
    except TemplateProblem:
        return None


def handler_after_one_that_always_holds(subject: Subject) -> Iterator[Problem]:
    """Nothing stands after a handler without `when`."""
    for path, handlers in _rows(subject):
        for index, handler in enumerate(handlers[:-1]):
            # A `when` that could not be read is one all the same.
            written = find(subject.root, *path, index)
            has_when = isinstance(written, Fields) and "when" in written.entries
            if always_holds(handler) and (handler.when is not None or not has_when):
                message = f"this is never taken: the one in line {handler.place.line} always is."
                hint = "Give that one a 'when', or delete this one."
                place = handlers[index + 1].place
                yield Problem(place, "warning", "never-fires", message, hint)
                break


def condition_never_holds(subject: Subject) -> Iterator[Problem]:
    """What a `when` says, can be."""
    for path, handlers in _rows(subject):
        for index, handler in enumerate(handlers):
            if handler.when is not None and _constant(handler.when) is False:
                yield _never(handler.when, subject.place(*path, index, "when"))
    for number, step in enumerate(subject.flow.after_call):
        if step.when is not None and _constant(step.when) is False:
            yield _never(step.when, subject.place("after_call", number, "when"))


def _never(when: Expression, place: Place) -> Problem:
    message = f"this is never taken, since  {when.source}  is not true in any call."
    is_quoted = "'" in when.source or '"' in when.source
    hint = "A name in quotes is a text, not the variable." if is_quoted else "Mend the condition."
    return Problem(place, "warning", "never-fires", message, hint)


def moment_is_after_the_end(subject: Subject) -> Iterator[Problem]:
    """What is to happen at a call time happens before the call is over."""
    limit = subject.flow.limits.duration
    if subject.is_run:
        return
    for entry in find_fields(subject.root, "always", "after").values():
        seconds = seconds_of(entry.key.text.strip())
        if seconds is not None and seconds >= limit:
            message = f"this never happens: a call ends after {_in_words(limit)} at the latest."
            hint = "Make it earlier, or raise 'duration' under 'limits'."
            yield Problem(entry.key.place, "warning", "never-fires", message, hint)


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds > 60 else f"{seconds:g} seconds"


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
        if not any(map(always_holds, state.verb.branches)):
            message = f"if nothing of this holds, '{state.name}' has no way on."
            hint = "Add a last branch without 'when'."
            place = subject.key_place("states", state.name, "choose")
            yield Problem(place, "error", "no-last-resort", message, hint)
