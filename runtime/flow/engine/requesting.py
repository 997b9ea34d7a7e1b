"""From a request as it is written, and the call's values, to what is sent."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import urlencode

from runtime.flow.request import Payload, Request
from runtime.flow.template import Expression, Raw, Template, TemplateProblem
from runtime.flow.web import WebRequest

OURS = "CALLWRIGHT_"
"""Names of the environment that begin so are the server's own, and no flow's business."""


class Environment(Mapping[str, str]):
    """The operator's environment, as `env` in a request's templates."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        if name.startswith(OURS):
            raise KeyError(name)
        return Raw(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._values if not name.startswith(OURS))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def filled(payload: Payload, values: Mapping[str, object]) -> object:
    """Return data with the values put in; raises `TemplateProblem`."""
    match payload:
        case Template():
            return payload.render(values)
        case Expression():
            return payload.evaluate(values)
        case tuple():
            return [filled(item, values) for item in payload]
        case Mapping():
            return {name: filled(item, values) for name, item in payload.items()}
        case _:
            return payload


def rendered(request: Request, values: Mapping[str, object], env: Mapping[str, str]) -> WebRequest:
    """Return what is sent; raises `TemplateProblem`."""
    seen = {**values, "env": Environment(env)}
    headers = [(name, _header(text.render(seen))) for name, text in request.headers]
    body, kind = b"", ""
    if request.form:
        body = urlencode([(name, text.render(seen)) for name, text in request.form]).encode()
        kind = "application/x-www-form-urlencoded"
    elif request.json is not None:
        body, kind = as_json(filled(request.json, seen)), "application/json"
    if kind and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", kind))
    url = request.url.render(seen)
    if _steps(url) - _steps(request.url.source):
        raise TemplateProblem("a value is no part of a path: '.' or '..'")
    return WebRequest(request.method.upper(), url, tuple(headers), body, request.timeout)


def _steps(url: str) -> set[str]:
    """Return the ways up in a path, in which an encoded value could stand for one, too."""
    return {".", ".."}.intersection(re.split("[/?#]", url))


def _header(text: str) -> str:
    """Return a header's value: one line, whatever the caller has said."""
    return " ".join(text.split())


def as_json(value: object) -> bytes:
    """Return JSON; raises `TemplateProblem` for what has no form in it."""
    try:
        return json.dumps(value, default=_plain, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as exc:
        raise TemplateProblem(f"a value cannot be sent as JSON: {type(exc).__name__}") from exc


def _plain(value: object) -> object:
    match value:
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return value.total_seconds()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case _:
            raise TypeError(type(value).__name__)
