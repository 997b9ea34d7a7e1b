"""The sensitive values of a call, and texts without them."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow, Run

SHORTEST = 3
"""Letters of a value that is looked for inside of texts: "no" and "1" are in all of them."""

Name: TypeAlias = tuple[int, str]
"""Of a value: how many flows stand around its own, and what it is called there."""


@dataclass(frozen=True, slots=True)
class _Level:
    """One of the flows that the call is in."""

    flow: Flow
    values: Mapping[str, object]
    tainted: frozenset[str]

    @property
    def hidden(self) -> frozenset[str]:
        own = frozenset(slot.name for slot in self.flow.slots.values() if slot.sensitive)
        return own | self.tainted

    def is_choice(self, name: str) -> bool:
        return name in self.flow.slots and self.flow.slots[name].type in ("choice", "yes_no")


def _levels(root: Flow, state: CallState) -> Iterator[_Level]:
    flow = root
    for frame in state.frames:
        yield _Level(flow, {**frame.variables, **frame.slots}, frame.tainted)
        verb = flow.states[frame.state].verb
        assert isinstance(verb, Run), "a frame is made by 'run' only"
        flow = verb.flow
    pending = dict([state.pending]) if state.pending else {}
    yield _Level(flow, {**state.variables, **state.slots, **pending}, state.tainted)


def may_have_secrets(root: Flow, state: CallState) -> bool:
    """Whether anything that the call knows, or asks for, is sensitive."""
    if not state.frames:
        # Most calls: this is asked at every step.
        return bool(state.tainted) or any(slot.sensitive for slot in root.slots.values())
    return any(level.hidden for level in _levels(root, state))


def secrets_of(root: Flow, state: CallState, *, rare: bool = False) -> dict[Name, object]:
    """Return the sensitive values that the call knows.

    `rare`: without those that are one of a few, as choices are, or any words. To mask them in
    texts where they stand anyway would tell them.
    """
    found = {
        (depth, name): level.values[name]
        for depth, level in enumerate(_levels(root, state))
        for name in level.hidden
        if level.values.get(name) is not None and not (rare and level.is_choice(name))
    }
    said = state.text or state.digit
    if said and state.shown != said and not rare:
        # All that was said in this turn, which templates see as `text` and `digit`.
        found[len(state.frames), "text" if state.text else "digit"] = said
    return found


class Disguise:
    """Puts something else in the place of sensitive values, wherever they stand in data."""

    def __init__(self, secrets: Mapping[Name, object], others: Mapping[Name, object]) -> None:
        """`others`: what takes their place, by the same names; its name stands for the rest."""
        self._pairs = [
            (secret, others.get(key, f"[{key[1]}]"))
            for key, secret in sorted(secrets.items(), key=lambda item: -len(str(item[1])))
            if not isinstance(secret, bool)
        ]

    def of(self, value: object) -> object:
        """Return the value without what is sensitive in it."""
        match value:
            case str():
                return self.text(value)
            case bool() | None:
                return value
            case int() | float() | Decimal():
                return self._number(value)
            case Mapping():
                return {self.text(str(name)): self.of(each) for name, each in value.items()}
            case list() | tuple():
                return [self.of(each) for each in value]
            case _:
                return value

    def _number(self, value: object) -> object:
        text = str(value)
        for secret, other in self._pairs:
            if value == secret or (len(text) >= SHORTEST and text == str(secret)):
                return int(other) if isinstance(other, str) and other.isdecimal() else other
        return value

    def text(self, text: str) -> str:
        """Return the text without what is sensitive in it."""
        for secret, other in self._pairs:
            for form in _forms(secret):
                text = form.sub(_as_text(other).replace("\\", r"\\"), text)
        return text


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _forms(secret: object) -> Iterator[re.Pattern[str]]:
    """Yield how a value may be written; short ones only where nothing else stands."""
    if isinstance(secret, list | tuple | Mapping):
        values = secret.values() if isinstance(secret, Mapping) else secret
        for value in values:
            yield from _forms(value)
        return
    text = _as_text(secret).strip()
    if len(text) < SHORTEST:
        if text:
            yield re.compile(rf"\A{re.escape(text)}\Z", re.I)
        return
    # Numbers are written in groups.
    letters = r"[\s.,-]*".join(text) if text.isdecimal() else re.escape(text)
    yield re.compile(rf"(?<!\w){letters}(?!\w)", re.I)
