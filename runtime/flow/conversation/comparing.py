"""What a test expects, held against the call: how they differ, and what it would have to say."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import parse_qsl

from runtime.flow.conversation.steps import (
    HasEnded,
    HasIntent,
    HasSlots,
    HasVariables,
    InState,
    Pattern,
    Sent,
    WasRequested,
)
from runtime.flow.engine.state import CallState
from runtime.flow.problem import suggestion
from runtime.flow.source import Scalar, read_source
from runtime.flow.web import WebRequest

Comparable = InState | HasIntent | HasVariables | HasSlots | WasRequested | HasEnded


@dataclass(frozen=True, slots=True)
class Seen:
    """What the call has been seen to be, as far as a test can ask."""

    call: CallState
    intent: str | None
    """What the caller's last input was understood as."""
    reason: str | None
    """Why the call has ended, if it has."""
    sent: Mapping[str, WebRequest]
    """By name, the last request that was made."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    message: str
    path: tuple[str, ...] = ()
    """The keys below the step under which the expected value stands."""
    instead: object = None
    """What would have to stand there, as data."""
    is_writable: bool = False
    """Whether anything can stand there at all."""


def differences(step: Comparable, seen: Seen) -> Iterator[Difference]:
    """Iterate over what is not as the step expects."""
    match step:
        case InState(state=state):
            return _state(state, seen.call.state)
        case HasIntent(intent=intent):
            return _intent(intent, seen.intent)
        case HasVariables(values=values):
            known = seen.call.variables
            return (x for name, value in values.items() for x in _variable(name, value, known))
        case HasSlots(values=slots):
            filled = seen.call.slots
            return (x for name, value in slots.items() for x in _slot(name, value, filled))
        case WasRequested(requests=requests):
            return (x for name, sent in requests.items() for x in _requested(name, sent, seen.sent))
        case HasEnded(reason=reason):
            return _ended(reason, seen.reason)
        case _:
            assert_never(step)


def _state(expected: str, here: str) -> Iterator[Difference]:
    if here != expected:
        message = f"the call is in state '{here}', not '{expected}'."
        yield Difference(message, ("state",), here, is_writable=bool(here))


def _intent(expected: str, intent: str | None) -> Iterator[Difference]:
    if intent != expected:
        meant = f"'{intent}'" if intent else "nothing"
        message = f"{meant} was understood, not '{expected}'."
        yield Difference(message, ("intent",), intent, is_writable=bool(intent))


def _ended(expected: str, reason: str | None) -> Iterator[Difference]:
    if reason is None:
        yield Difference("the call has not ended.")
    elif reason != expected:
        message = f"the call ended with '{reason}', not '{expected}'."
        yield Difference(message, ("ended",), reason, is_writable=True)


def _variable(name: str, expected: str, variables: Mapping[str, object]) -> Iterator[Difference]:
    if name not in variables:
        hint = suggestion(name, variables)
        yield Difference(f"there is no variable '{name}'. {hint}".rstrip())
        return
    value = as_text(variables[name])
    if value != expected:
        message = f"'{name}' is '{value}', not '{expected}'."
        yield Difference(message, ("variables", name), _as_data(variables[name]), is_writable=True)


def _slot(name: str, expected: str | None, slots: Mapping[str, object]) -> Iterator[Difference]:
    value = slots.get(name)
    found = None if value is None else as_text(value)
    if found != expected:
        shown = "not filled" if found is None else f"'{found}'"
        wanted = "not filled" if expected is None else f"'{expected}'"
        message = f"the slot '{name}' is {shown}, not {wanted}."
        yield Difference(message, ("slots", name), _as_data(value), is_writable=True)


def _requested(name: str, wanted: Sent, sent: Mapping[str, WebRequest]) -> Iterator[Difference]:
    request = sent.get(name)
    if request is None:
        yield Difference(f"the request '{name}' was not made.")
        return
    if wanted.url is not None and not wanted.url.matches(request.url):
        yield Difference(f"'{name}' went to '{request.url}', not '{wanted.url.text}'.")
    body = request.body.decode()
    if wanted.json is not None and not _fits(wanted.json, _json(body)):
        yield Difference(f"'{name}' sent the body '{body}', not what is written here.")
    fields = dict(parse_qsl(body, keep_blank_values=True)) if wanted.form else {}
    for field, pattern in wanted.form.items():
        if field not in fields:
            yield Difference(f"'{name}' sent no field '{field}'.")
        elif not pattern.matches(fields[field]):
            message = f"'{name}' sent '{field}' as '{fields[field]}', not '{pattern.text}'."
            yield Difference(message)


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _fits(expected: object, found: object) -> bool:
    """Whether the data is as expected; a mapping may have more keys."""
    match expected, found:
        case dict(), dict():
            return all(
                name in found and _fits(value, found[name]) for name, value in expected.items()
            )
        case list(), list():
            return len(expected) == len(found) and all(map(_fits, expected, found))
        case (dict() | list(), _) | (_, dict() | list()):
            return False
        case (None, _) | (_, None):
            return expected is found
        case _:
            return Pattern(as_text(expected)).matches(as_text(found))


def as_text(value: object) -> str:
    """Return the value as it is written in a file."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case dt.time():
            return f"{value:%H:%M}"
        case dt.timedelta():
            return f"{value.total_seconds():g}s"
        case _:
            return str(value)


def _as_data(value: object) -> object:
    """Return what has to be written for the value: a number where it reads as that number."""
    if value is None or isinstance(value, bool):
        return value
    text = as_text(value)
    read = read_source(text, "").root if text[-1:].isdigit() else None
    if isinstance(read, Scalar) and isinstance(read.value, int | float) and str(read.value) == text:
        return read.value
    return text
