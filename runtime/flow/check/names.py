"""Names that nothing has."""

from collections.abc import Iterable, Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.document.intents import EVENTS
from runtime.flow.document.values import DIGITS
from runtime.flow.model import (
    BUILT_IN_TARGETS,
    Collect,
    Fetch,
    Handoff,
    Prompt,
    State,
)
from runtime.flow.place import Place
from runtime.flow.problem import Problem, suggestion

STATE_EVENTS = frozenset({"error"})
"""Events that a state may take up itself; the others belong to `always`."""

OUTCOMES = frozenset({"ok", "error", "timeout"})
"""What a request comes to, besides the status of its answer."""


def takes(state: State, key: str) -> bool:
    """Return whether a state's verb can come to that key of `on`."""
    if key in STATE_EVENTS:
        return True
    return makes_a_request(state) and (key in OUTCOMES or _is_status(key))


def makes_a_request(state: State) -> bool:
    """Return whether the state's verb is a request."""
    return isinstance(state.verb, Fetch | Handoff)


def _is_status(key: str) -> bool:
    return len(key) == 3 and key.isdecimal() and "100" <= key <= "599"


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
    for state in flow.states.values():
        known = flow.intents.keys() | DIGITS | STATE_EVENTS
        if makes_a_request(state):
            known = known | OUTCOMES
        for name in state.on:
            if name not in known and not takes(state, name):
                path = ("states", state.name, "on", name)
                yield _unknown(subject, path, known, name in EVENTS)
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
    if name in OUTCOMES:
        message = f"'{name}' is what a request comes to, and this state makes none."
        return Problem(place, "error", "unknown-intent", message)
    message = f"there is no intent '{name}'."
    hint = suggestion(name, known - DIGITS) or "Describe it under 'intents'."
    return Problem(place, "error", "unknown-intent", message, hint)


def slot_is_unknown(subject: Subject) -> Iterator[Problem]:
    """Every slot that a state names is described under `slots`."""
    for state in subject.flow.states.values():
        match state.verb:
            case Collect(slots=names):
                yield from _undescribed(subject, state, "collect", "slot", names)
            case Prompt(slots=names):
                yield from _undescribed(subject, state, "slots", "slot", names)


def request_is_unknown(subject: Subject) -> Iterator[Problem]:
    """Every request that is made is described under `requests`."""
    for state in subject.flow.states.values():
        match state.verb:
            case Fetch(request=name):
                yield from _undescribed(subject, state, "request", "request", (name,))
            case Handoff(request=name):
                yield from _undescribed(subject, state, "handoff", "request", (name,))
            case Prompt(tools=names):
                yield from _undescribed(subject, state, "tools", "request", names)
    for number, step in enumerate(subject.flow.after_call):
        if step.request and step.request not in subject.flow.requests:
            place = subject.place("after_call", number, "request")
            yield _missing(place, "request", step.request, subject.flow.requests)


def _undescribed(
    subject: Subject, state: State, key: str, sort: str, names: Iterable[str]
) -> Iterator[Problem]:
    known = subject.flow.slots if sort == "slot" else subject.flow.requests
    for number, name in enumerate(names):
        if name not in known:
            place = subject.place("states", state.name, key, number)
            yield _missing(place, sort, name, known)


def _missing(place: Place, sort: str, name: str, known: Iterable[str]) -> Problem:
    hint = suggestion(name, known) or f"Describe it under '{sort}s'."
    return Problem(place, "error", f"unknown-{sort}", f"there is no {sort} '{name}'.", hint)
