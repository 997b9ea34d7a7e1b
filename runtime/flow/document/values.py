"""The plain kinds of values: words, numbers, durations, switches, names."""

import keyword
import re
from collections.abc import Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Kind, one_of
from runtime.flow.engine.state import CALL_FACTS
from runtime.flow.model import BargeIn
from runtime.flow.problem import suggestion
from runtime.flow.source import Fields, Items, Node, Scalar, plain

T = TypeVar("T")

DIGITS = frozenset("0123456789*#")
"""The keys of a phone."""
_MAX_SECONDS = 24 * 3600.0
_MILLISECONDS: Mapping[str, float] = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(ms|h|m|s)\s*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?\Z")
# They mean something else in an expression.
_JINJA_WORDS = frozenset(keyword.kwlist) | {"true", "false", "none"}


def read_word(draft: Draft, node: Node) -> str | None:
    """Read one text, as it is written: a number or `true` is its own text here."""
    if isinstance(node, Scalar) and node.value is not None and node.text.strip():
        return node.text.strip()
    draft.needs(node, "a text")
    return None


def read_flag(draft: Draft, node: Node) -> bool | None:
    """Read `true` or `false`."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    draft.needs(node, "true or false")
    return None


def seconds_of(text: str) -> float | None:
    """Return the seconds of "3s", "700ms", "8m", "1h30m" or "90"; None if it is none of these."""
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return float(text)
    total, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end:
            return None
        total += float(part[1]) * _MILLISECONDS[part[2]]
        end = part.end()
    return total / 1000 if end and end == len(text) else None


def read_duration(draft: Draft, node: Node) -> float | None:
    """Read a length of time, in seconds."""
    seconds = seconds_of(node.text.strip()) if isinstance(node, Scalar) else None
    if seconds is None:
        draft.needs(node, "a duration such as 3s, 700ms, 8m or 1h30m")
    elif not 0 < seconds <= _MAX_SECONDS:
        draft.error(node, "out-of-range", "a duration must be more than nothing, at most 24h.")
    else:
        return seconds
    return None


def whole_number(least: int, most: int) -> Kind[int]:
    """Return the kind of whole numbers in that range."""
    name = f"a whole number from {least} to {most}"

    def read(draft: Draft, node: Node) -> int | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int):
            draft.needs(node, name)
        elif not least <= value <= most:
            draft.error(node, "out-of-range", f"{name} is needed here, not {value}.")
        else:
            return value
        return None

    return Kind(name, read)


def number(least: float, most: float) -> Kind[float]:
    """Return the kind of numbers in that range."""
    name = f"a number from {least:g} to {most:g}"

    def read(draft: Draft, node: Node) -> float | None:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            draft.needs(node, name)
        elif not least <= value <= most:
            draft.error(node, "out-of-range", f"{name} is needed here, not {value:g}.")
        else:
            return float(value)
        return None

    return Kind(name, read)


def choice(options: Mapping[str, T]) -> Kind[T]:
    """Return the kind of one of the options, by its name."""
    name = one_of(tuple(options))

    def read(draft: Draft, node: Node) -> T | None:
        if isinstance(node, Scalar) and node.text in options:
            return options[node.text]
        hint = suggestion(node.text, options) if isinstance(node, Scalar) else ""
        draft.needs(node, name, hint)
        return None

    return Kind(name, read)


def list_of(kind: Kind[T]) -> Kind[tuple[T, ...]]:
    """Return the kind of lists; wrong items are noted and left out."""
    name = f"list of {kind.name}"

    def read(draft: Draft, node: Node) -> tuple[T, ...] | None:
        if not isinstance(node, Items):
            hint = f"Write [{node.text}]." if isinstance(node, Scalar) and node.text else ""
            draft.needs(node, "a list", hint)
            return None
        values = [kind.read(draft, item) for item in node.items]
        return tuple(value for value in values if value is not None)

    return Kind(name, read)


def read_digit(draft: Draft, node: Node) -> str | None:
    """Read a key of the phone."""
    if isinstance(node, Scalar) and node.text in DIGITS:
        return node.text
    draft.needs(node, 'a key of the phone (0 to 9, "*" or "#")')
    return None


def read_language(draft: Draft, node: Node) -> str | None:
    """Read a language tag."""
    if isinstance(node, Scalar) and is_language(node.text):
        return node.text
    draft.needs(node, "a language such as en, hi or en-IN")
    return None


def is_language(text: str) -> bool:
    """Return whether that is a language tag as flows have them."""
    return _LANGUAGE.match(text) is not None


def read_timezone(draft: Draft, node: Node) -> str | None:
    """Read the name of a time zone."""
    name = read_word(draft, node)
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = suggestion(name, available_timezones())
        draft.error(node, "unknown-timezone", f"there is no time zone '{name}'.", hint)
        return None
    return name


def read_providers(draft: Draft, node: Node) -> Mapping[str, str] | None:
    """Read which provider serves each kind."""
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping such as {stt: local, tts: local}")
        return None
    names: dict[str, str] = {}
    for kind, entry in node.entries.items():
        if kind not in PROVIDER_KINDS:
            message = f"'{kind}' is not a kind of provider: {one_of(PROVIDER_KINDS)}."
            draft.error(entry.key, "unknown-key", message, suggestion(kind, PROVIDER_KINDS))
        name = read_word(draft, entry.value)
        if name is not None:
            names[kind] = name
    return names


PROVIDER_KINDS = ("stt", "tts", "llm")


def is_variable_name(draft: Draft, key: Scalar, facts: frozenset[str]) -> bool:
    """Return whether a key can name a variable; notes why not."""
    if not _VARIABLE.match(key.text) or key.text in _JINJA_WORDS:
        hint = "Use letters, digits and '_', with a letter first."
        draft.error(key, "bad-name", f"'{key.text}' cannot be the name of a variable.", hint)
        return False
    if key.text in facts:
        message = f"'{key.text}' is a fact of the call and cannot be set."
        draft.error(key, "reserved-name", message, "Choose another name.")
        return False
    return True


def read_variables(draft: Draft, node: Node) -> Mapping[str, object] | None:
    """Read the starting values."""
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping such as {clinic: City Clinic}")
        return None
    return {
        name: plain(entry.value)
        for name, entry in node.entries.items()
        if is_variable_name(draft, entry.key, FACTS)
    }


FACTS = CALL_FACTS | {"env", "value"}
"""Names that no variable may take: `env` and `value` mean something in requests and slots."""

WORD = Kind("text", read_word)
FLAG = Kind("true or false", read_flag)
DURATION = Kind("duration", read_duration)
DIGIT = Kind("key of the phone", read_digit)
LANGUAGE = Kind("language", read_language)
TIMEZONE = Kind("time zone", read_timezone)
PROVIDERS = Kind("mapping of a kind to a provider's name", read_providers)
VARIABLES = Kind("mapping of a name to a value", read_variables)
BARGE_IN = choice({way.value: way for way in BargeIn})
