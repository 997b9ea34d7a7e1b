"""The engine's events and effects as JSON: `{"event": "heard", "at": …, "text": …}`.

A field that has its default is left out. An event comes back as it was; of an effect only what may
be kept is written, and what tells two effects apart: long lists and a model's task as a digest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from hashlib import blake2b
from json import dumps
from re import sub
from typing import Any, TypeAlias, get_args

from runtime.flow.engine.dialogue import ModelCall, ModelMessage, ModelTool
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Listen,
    Say,
    SendRequest,
)
from runtime.flow.engine.events import Classified, Event, ModelCalled, RequestAnswered
from runtime.flow.replay.plain import plain, restored

Json: TypeAlias = dict[str, object]

HIDDEN = "[hidden]"
"""Stands where something was that may not be kept, and that nothing else can stand for."""


class KeptProblem(Exception):  # noqa: N818 - named like the flow's
    """What was kept is no event of the engine's: of another version, or damaged."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _kind(made: type) -> str:
    """Return the name that a class is kept by: `Heard` is `heard`, `TimerFired` `timer_fired`."""
    return sub(r"(?<!^)(?=[A-Z])", "_", made.__name__).lower()


def _digest(texts: Iterable[str]) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=4).hexdigest()


def _task(messages: tuple[ModelMessage, ...]) -> str:
    """Return a digest of what the author tells the model; what was said is not in it."""
    return _digest(message.text for message in messages if message.role == "system")


def _call(call: ModelCall) -> Json:
    return {"id": call.id, "tool": call.tool, "arguments": plain(call.arguments)}


def _read_call(data: Any) -> ModelCall:
    arguments: Any = restored(data["arguments"])
    return ModelCall(data["id"], data["tool"], arguments)


def _headers(headers: Mapping[str, str]) -> object:
    """Return a web service's headers without the session that it hands out."""
    hidden = {name: HIDDEN for name in headers if name.lower() == "set-cookie"}
    return plain({**headers, **hidden})


def _tools(tools: tuple[ModelTool, ...]) -> list[str]:
    return [tool.name for tool in tools]


Write: TypeAlias = Callable[[Any], object]

_WRITTEN: Mapping[tuple[type, str], Write] = {
    (ModelCalled, "call"): _call,
    (RequestAnswered, "headers"): _headers,
    (Listen, "phrases"): _digest,
    (Classify, "intents"): _digest,
    (SendRequest, "request"): lambda request: request.name,
    (AskModel, "messages"): _task,
    (AskModel, "tools"): _tools,
    (AskModel, "schema"): lambda schema: _digest([dumps(plain(schema))]),
}
"""Fields that are not written as they are."""

_LEFT_OUT: Mapping[type, frozenset[str]] = {
    Say: frozenset({"text"}),
    SendRequest: frozenset({"values"}),
    Classify: frozenset({"text"}),
}
"""Fields that may hold what may not be kept, or that others repeat."""

_READ: Mapping[tuple[type, str], Callable[[Any], object]] = {
    (ModelCalled, "call"): _read_call,
    (Classified, "ranking"): lambda pairs: tuple((name, score) for name, score in pairs),
}

_AS_IT_IS = (str, int, float, bool)


def _write(value: object) -> object:
    return value if type(value) in _AS_IT_IS else plain(value)


def _default(field: Any) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


Columns: TypeAlias = tuple[tuple[str, object, Write], ...]


def _columns(made: type) -> Columns:
    left_out = _LEFT_OUT.get(made, frozenset())
    return tuple(
        (field.name, _default(field), _WRITTEN.get((made, field.name), _write))
        for field in fields(made)
        if field.name not in left_out
    )


EVENTS: Mapping[str, type[Event]] = {_kind(made): made for made in get_args(Event)}
"""Every event, by the name that it is kept by."""

EFFECTS: Mapping[str, type[Effect]] = {_kind(made): made for made in get_args(Effect)}
"""Every effect, likewise."""

_EVENT_COLUMNS = {made: (kind, _columns(made)) for kind, made in EVENTS.items()}
_EFFECT_COLUMNS = {made: (kind, _columns(made)) for kind, made in EFFECTS.items()}


def _encoded(made: Json, value: object, columns: Columns) -> Json:
    for name, default, write in columns:
        own = getattr(value, name)
        if own != default:
            made[name] = write(own)
    return made


def encode_event(event: Event) -> Json:
    """Return an event as JSON, also what is sensitive in it (see `kept_step`)."""
    kind, columns = _EVENT_COLUMNS[type(event)]
    return _encoded({"event": kind}, event, columns)


def encode_effect(effect: Effect) -> Json:
    """Return of an effect what may be kept."""
    kind, columns = _EFFECT_COLUMNS[type(effect)]
    return _encoded({"effect": kind}, effect, columns)


def decode_event(data: Mapping[str, Any]) -> Event:
    """Return the event that was kept; raises `KeptProblem`."""
    made = EVENTS.get(data.get("event", ""))
    if made is None:
        raise KeptProblem(f"no event is called {data.get('event')!r}")
    try:
        given: dict[str, Any] = {
            name: _READ.get((made, name), restored)(value)
            for name, value in data.items()
            if name != "event"
        }
        return made(**given)
    except (TypeError, ValueError, KeyError) as exc:
        raise KeptProblem(f"what was kept as {data['event']!r} is none: {exc}") from exc
