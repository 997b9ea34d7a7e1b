"""A talk written down as a conversation test."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.model import Flow, with_runs
from runtime.flow.source import read_source

_PLAIN = re.compile(r"[^\W_][^:#\n\"'*&!|>%@`\\{}\[\]]*\Z")


@dataclass(frozen=True, slots=True)
class Written:
    """One step: its key, and its value as data."""

    key: str
    value: object


@dataclass(frozen=True, slots=True)
class Script:
    """A talk, and what was answered in it from far away."""

    name: str
    at: float
    steps: Sequence[Written]
    variables: Mapping[str, object]
    requests: Mapping[str, Sequence[WebReply]]
    model: Sequence[ModelReply]


def as_test(flow: Flow, script: Script) -> str:
    """Return one entry of `tests:`, indented as in a file."""
    now = datetime.fromtimestamp(script.at, ZoneInfo(flow.timezone))
    lines = [f"  - name: {text(script.name)}", f"    now: {now:%Y-%m-%d %H:%M:%S}"]
    if script.variables:
        lines.append(f"    variables: {inline(script.variables)}")
    if script.requests:
        lines.append("    requests:")
        for name, replies in script.requests.items():
            lines.append(f"      {text(name)}:")
            uses_headers = _uses_headers(flow, name)
            lines += [f"        - {inline(_web(reply, uses_headers))}" for reply in replies]
    if script.model:
        lines.append("    model:")
        lines += [f"      - {inline(_model(reply))}" for reply in script.model]
    lines.append("    talk:")
    lines += [f"      - {step.key}: {inline(step.value)}" for step in script.steps]
    return "\n".join(lines) + "\n"


def file_of(flow_name: str, tests: Iterable[str]) -> str:
    """Return a whole file of tests."""
    return f"flow: {text(flow_name)}\ntests:\n{''.join(tests)}"


def inline(value: object) -> str:
    """Return data as YAML in one line, as people write it."""
    match value:
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{text(str(k))}: {inline(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(inline(item) for item in value) + "]"
        case _:
            return text(str(value))


def text(words: str) -> str:
    """Return a text as YAML, in quotes where it would be read as something else."""
    if _PLAIN.match(words) and words == words.strip() and "," not in words:
        read = read_source(words, "").root
        if getattr(read, "value", None) == words:
            return words
    if "'" not in words and words.isprintable():
        return f"'{words}'"
    return f'"{"".join(map(_escaped, words))}"'


def _escaped(letter: str) -> str:
    """Return a letter as it stands between double quotes."""
    if letter in '"\\':
        return f"\\{letter}"
    # Joiners shape Indian letters, and are seen in them.
    if letter.isprintable() or letter in "\u200c\u200d":
        return letter
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _uses_headers(flow: Flow, name: str) -> bool:
    """Whether anything is taken from the headers of a request's answers: most say nothing."""
    requests = (each.requests[name] for each in with_runs(flow) if name in each.requests)
    return any("headers" in query.source for request in requests for _, query in request.save)


def _web(reply: WebReply, uses_headers: bool) -> Mapping[str, object]:
    if reply.fault:
        return {reply.fault: True}
    written: dict[str, object] = {"status": reply.status}
    if reply.body is not None:
        written["body"] = reply.body
    if reply.headers and uses_headers:
        written["headers"] = reply.headers
    if reply.delay:
        written["delay"] = f"{reply.delay:g}s"
    return written


def _model(reply: ModelReply) -> Mapping[str, object]:
    written: dict[str, object] = {}
    if reply.reply:
        written["reply"] = reply.reply
    if reply.intent:
        written["intent"] = reply.intent
    if reply.slots:
        written["slots"] = reply.slots
    if reply.calls:
        written["calls"] = [{tool: arguments} for tool, arguments in reply.calls]
    return written or {"down": True}
