"""What a flow's `request` sends, what it gets back, and how it fails."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

FailureKind = Literal["timeout", "refused", "failed", "too_big"]
"""`refused`: by us, for safety; `failed`: whatever else kept the answer away."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """A request to an author's system, all templates rendered.

    What may hold a secret is left out of its `repr`, so that no trace shows it.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeout: float
    """Seconds for the whole exchange, redirects included."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What an author's system answered, whatever its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; several of one name are joined by commas."""
    body: object = field(repr=False)
    """JSON's value, or the text where it is no JSON."""


class WebFailure(Exception):  # noqa: N818 - it reads as what befell the request
    """No answer; the message is a short sentence without query strings, headers or bodies."""

    def __init__(self, reason: str, kind: FailureKind) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


def read_answer(status: int, headers: Iterable[tuple[str, str]], content: bytes) -> WebAnswer:
    """Return the answer with its content parsed."""
    joined: dict[str, str] = {}
    for name, value in headers:
        low = name.lower()
        joined[low] = f"{joined[low]}, {value}" if low in joined else value
    return WebAnswer(status, joined, _body(joined.get("content-type", ""), content))


def _body(content_type: str, content: bytes) -> object:
    # Systems send JSON under any type, and error pages under JSON's: the content decides.
    try:
        return json.loads(content, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return _text(content_type, content)


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _text(content_type: str, content: bytes) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            try:
                return content.decode(value.strip().strip("\"'"), errors="replace")
            except (LookupError, ValueError):
                break
    return content.decode("utf-8", errors="replace")
