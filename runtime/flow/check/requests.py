"""Requests that are never made, whose failure nobody expects, or that others could read."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from runtime.flow.check.handlers import always_holds
from runtime.flow.check.names import makes_a_request, request_is_unknown
from runtime.flow.check.subject import Subject
from runtime.flow.model import (
    Fetch,
    Handler,
    Handoff,
    Prompt,
    State,
)
from runtime.flow.problem import Problem

_NAMES_AT_HOME = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test")


def request_is_never_made(subject: Subject) -> Iterator[Problem]:
    """Every request is made by a state, by a model or after the call.

    Not asked while a name is unknown: it may be this one, misspelt.
    """
    if not subject.is_whole or any(request_is_unknown(subject)):
        return
    made = {step.request for step in subject.flow.after_call}
    for state in subject.flow.states.values():
        match state.verb:
            case Fetch(request=name) | Handoff(request=name):
                made.add(name)
            case Prompt(tools=names):
                made.update(names)
    for request in subject.flow.requests.values():
        if request.name not in made and subject.is_own(request.place):
            message = f"nothing makes the request '{request.name}'."
            hint = "Name it in a state, or delete it."
            yield Problem(request.place, "warning", "unused-request", message, hint)


def request_has_no_error(subject: Subject) -> Iterator[Problem]:
    """Where a request fails, the flow says what follows. What is run may leave it to those around.

    A web service fails sooner or later.
    """
    flow = subject.flow
    if subject.is_run or flow.always.get("error"):
        return
    for state in flow.states.values():
        if makes_a_request(state) and not state.on.get("error"):
            verb = "handoff" if isinstance(state.verb, Handoff) else "request"
            message = "if this fails, the call ends with an apology: no 'error' stands under 'on' "
            message += f"of '{state.name}' or of 'always'."
            hint = "Say there what follows instead."
            place = subject.key_place("states", state.name, verb)
            yield Problem(place, "warning", "no-error", message, hint)


def outcome_leads_nowhere(subject: Subject) -> Iterator[Problem]:
    """Whatever a request comes to, something follows."""
    for state in subject.flow.states.values():
        if not makes_a_request(state) or state.next is not None or subject.is_run:
            continue
        for key, row in state.on.items():
            ends = [handler for handler in row if handler.next is None]
            if ends:
                message = f"nothing follows '{key}': neither this nor the state '{state.name}' has "
                message += "'next'."
                hint = "Add 'next' to one of them."
                yield Problem(ends[0].place, "error", "dead-end", message, hint)
            elif key == "ok" and row and not any(map(always_holds, row)):
                message = f"if nothing of this holds, '{state.name}' has no way on."
                hint = "Add a last one without 'when', or 'next' to the state."
                place = subject.key_place("states", state.name, "on", key)
                yield Problem(place, "error", "dead-end", message, hint)


def next_after_a_request_is_never_taken(subject: Subject) -> Iterator[Problem]:
    """`next` of a request is for what `on` leaves open."""
    for state in subject.flow.states.values():
        if not makes_a_request(state) or state.next is None or _leaves_open(state):
            continue
        message = f"this 'next' is never taken: 'on' says all that follows '{state.name}'."
        place = subject.key_place("states", state.name, "next")
        yield Problem(place, "warning", "never-fires", message, "Delete it.")


def _leaves_open(state: State) -> bool:
    every: list[Handler] = [handler for row in state.on.values() for handler in row]
    is_ok_sure = any(map(always_holds, state.on.get("ok", ())))
    return not is_ok_sure or any(handler.next is None for handler in every)


def request_can_be_read_on_the_way(subject: Subject) -> Iterator[Problem]:
    """What leaves the house is encrypted."""
    for request in subject.flow.requests.values():
        url = request.url.source
        if url.lower().startswith("http://") and not _is_at_home(url):
            message = "what is sent to http://… can be read and changed on the way."
            place = subject.place("requests", request.name, request.method)
            yield Problem(place, "warning", "insecure-url", message, "Write https://, if it can.")


def _is_at_home(url: str) -> bool:
    """Whether an address is on one's own machine or network, or not known before the call."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    if "{" in host or "." not in host or host.endswith(_NAMES_AT_HOME):
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return False
