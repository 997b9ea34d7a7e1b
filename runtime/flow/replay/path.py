"""The path of a call: what its events and effects come to, as a person would tell it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, TypeAlias

from runtime.flow.replay.coding import Json

Row: TypeAlias = Mapping[str, Any]

MISSED = ("no_match", "no_input")

_NUMBERS = frozenset({"number", "turn", "errand", "flow"})
"""Fields that only count, or name a file: they differ where nothing else does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on the path of a call."""

    kind: str
    """state | asks | bot | caller | keys | silence | understood | request | answer | model |
    recording | failed | ended."""
    text: str

    def as_json(self) -> Json:
        """Return it for programs."""
        return {"kind": self.kind, "text": self.text}


def marks_of(event: Row, effects: Iterable[Row], *, replaced: bool = False) -> Iterator[Mark]:
    """Yield what a step adds to the path; of what was replaced, what may be shown for it."""
    effects = list(effects)
    yield from _of_event(event, effects, replaced)
    for effect in effects:
        mark = _of_effect(effect)
        if mark is not None:
            yield mark


def _of_event(event: Row, effects: list[Row], replaced: bool) -> Iterator[Mark]:
    match event["event"]:
        case "heard" if event["text"].strip():
            said = (x["text"] for x in effects if x["effect"] == "understood")
            yield Mark("caller", next(said, "[hidden]") if replaced else event["text"])
        case "pressed":
            yield Mark("keys", "*" if replaced else event["digit"])
        case "timer_fired" if event["timer"] == "no_input" and effects:
            yield Mark("silence", "")
        case "caller_hung_up":
            yield Mark("caller", "(hangs up)")
        case "request_answered":
            yield Mark("answer", str(event["status"]))
        case "request_failed":
            yield Mark("answer", event["reason"])
        case "provider_failed":
            yield Mark("failed", f"{event['kind']}: {event['reason']}")


def _of_effect(effect: Row) -> Mark | None:
    match effect["effect"]:
        case "entered":
            return Mark("state", effect["state"])
        case "say":
            return Mark("bot", _words(effect))
        case "understood":
            meant = effect["intent"] or ("nothing" if effect["how"] in MISSED else "a value")
            return Mark("understood", f"{meant} ({effect['how']})")
        case "send_request":
            return Mark("request", effect["request"])
        case "ask_model":
            return Mark("model", "is asked")
        case "start_recording":
            return Mark("recording", "begins")
        case "failed":
            return Mark("failed", effect["message"])
        case "hang_up":
            return Mark("ended", effect["reason"])
        case _:
            return None


def _words(say: Row) -> str:
    return str(say.get("shown") or PurePath(say.get("sound") or "").name)


# -- how two are compared --------------------------------------------------------------------------


def steps_on(effects: Iterable[Row]) -> tuple[Mark, ...]:
    """Return what makes the path: where the call goes, what it asks for, understands, and its end.

    What is said is no part of it, nor by which rule an intent was understood.
    """
    return tuple(filter(None, map(_step_on, effects)))


def _step_on(effect: Row) -> Mark | None:
    match effect["effect"]:
        case "say":
            return None
        case "understood":
            how = effect["how"] if effect["how"] in MISSED else ""
            return Mark("understood", effect["intent"] or how or "a value")
        case "failed":
            return Mark("failed", effect["state"])
        case "listen" if effect.get("slot_type"):
            return Mark("asks", f"for {effect['slot_type']}")
        case _:
            return _of_effect(effect)


def lines_of(effects: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    """Return what is said: (state, words)."""
    return tuple((x["state"], _words(x)) for x in effects if x["effect"] == "say")


def details_of(effects: Iterable[Row]) -> tuple[Json, ...]:
    """Return effects without what only counts."""
    return tuple(
        {
            name: PurePath(value).name if name == "sound" and value else value
            for name, value in effect.items()
            if name not in _NUMBERS
        }
        for effect in effects
    )
