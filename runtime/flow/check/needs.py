"""Slots and requests that are used without what they need, or never used."""

from collections.abc import Iterator

from runtime.flow.check.names import makes_a_request
from runtime.flow.check.subject import Subject
from runtime.flow.model import Collect, Fetch, Flow, Handoff, Prompt
from runtime.flow.problem import Problem


def collected_slot_has_no_question(subject: Subject) -> Iterator[Problem]:
    """Every slot that `collect` asks for has something to ask."""
    slots = subject.flow.slots
    for state in subject.flow.states.values():
        if not isinstance(state.verb, Collect) or state.name in subject.broken:
            continue
        for number, name in enumerate(state.verb.slots):
            if name in slots and slots[name].ask is None and subject.is_whole:
                place = subject.place("states", state.name, "collect", number)
                message = f"the slot '{name}' has no question to ask."
                hint = f"Give it an 'ask' under 'slots', in line {slots[name].place.line}."
                yield Problem(place, "error", "no-question", message, hint)


def request_fails_without_a_way_on(subject: Subject) -> Iterator[Problem]:
    """Whoever makes a request says what follows where it fails."""
    if subject.is_run or "error" in subject.flow.always:
        return
    for state in subject.flow.states.values():
        if makes_a_request(state) and "error" not in state.on and state.name not in subject.broken:
            message = f"if the request of '{state.name}' fails, the call ends with an apology."
            hint = "Say under 'on' what follows an 'error', or once for all under 'always'."
            yield Problem(state.place, "warning", "no-error-way", message, hint)


def slot_or_request_is_never_used(subject: Subject) -> Iterator[Problem]:
    """What is described is used somewhere."""
    if not subject.is_whole:
        return
    for sort, names in (("slots", _used_slots(subject.flow)), ("requests", _used(subject.flow))):
        for name in getattr(subject.flow, sort):
            place = subject.key_place(sort, name)
            # An included file may well hold more than one flow needs.
            if name not in names and place.file == subject.flow.file:
                message = f"the {sort.removesuffix('s')} '{name}' is never used."
                yield Problem(place, "warning", f"unused-{sort.removesuffix('s')}", message)


def _used_slots(flow: Flow) -> frozenset[str]:
    used: set[str] = set()
    for state in flow.states.values():
        if isinstance(state.verb, Collect | Prompt):
            used.update(state.verb.slots)
        if isinstance(state.verb, Prompt):
            used.update(*(flow.requests[x].names for x in state.verb.tools if x in flow.requests))
    # Said in passing, a value fills its slot wherever the caller is.
    asked = {slot.name for slot in flow.slots.values() if slot.ask is None}
    return frozenset(used | asked)


def _used(flow: Flow) -> frozenset[str]:
    used = {step.request for step in flow.after_call if step.request}
    for state in flow.states.values():
        match state.verb:
            case Fetch(request=name) | Handoff(request=name):
                used.add(name)
            case Prompt(tools=names):
                used.update(names)
    return frozenset(used)
