"""Names that nothing has."""

from collections.abc import Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.document.intents import EVENTS
from runtime.flow.document.values import DIGITS
from runtime.flow.model import BUILT_IN_TARGETS
from runtime.flow.problem import Problem, suggestion

STATE_EVENTS = frozenset({"error"})
"""Events that a state may take up itself; the others belong to `always`."""


def target_is_unknown(subject: Subject) -> Iterator[Problem]:
    """Every way leads to a state or a built-in target."""
    states = subject.flow.states.keys()
    known = states | BUILT_IN_TARGETS
    for way in subject.ways():
        if way.target not in known:
            who = f"the state '{way.state}'" if way.state else "'always'"
            message = f"{who} goes to '{way.target}', which does not exist."
            hint = suggestion(way.target, known)
            yield Problem(way.place, "error", "unknown-state", message, hint)
    if subject.flow.start not in states:
        message = f"the flow starts with '{subject.flow.start}', which does not exist."
        hint = suggestion(subject.flow.start, states)
        yield Problem(subject.place("start"), "error", "unknown-state", message, hint)


def key_of_on_is_unknown(subject: Subject) -> Iterator[Problem]:
    """Every key of `on` is an intent, a key of the phone, an outcome or an event."""
    flow = subject.flow
    in_states = flow.intents.keys() | DIGITS | STATE_EVENTS
    for state in flow.states.values():
        for name in state.on:
            if name not in in_states:
                path = ("states", state.name, "on", name)
                yield _unknown(subject, path, in_states, name in EVENTS)
    in_always = flow.intents.keys() | DIGITS | set(EVENTS)
    for name in flow.always:
        if name not in in_always:
            yield _unknown(subject, ("always", "on", name), in_always, False)


def _unknown(
    subject: Subject, path: tuple[str, ...], known: frozenset[str] | set[str], is_event: bool
) -> Problem:
    name = path[-1]
    place = subject.key_place(*path)
    if is_event:
        message = f"the event '{name}' is taken up under 'always' only."
        return Problem(place, "error", "unknown-intent", message)
    if name.isdigit():
        message = f'\'{name}\' is not one key of the phone: 0 to 9, "*" or "#".'
        return Problem(place, "error", "unknown-intent", message)
    message = f"there is no intent '{name}'."
    hint = suggestion(name, known - DIGITS) or "Describe it under 'intents'."
    return Problem(place, "error", "unknown-intent", message, hint)
