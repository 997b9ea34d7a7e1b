"""Handlers: what happens when a key of `on` does, and the branches of `choose`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runtime.flow import ways
from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import (
    Key,
    Kind,
    Table,
    Values,
    one_of,
    open_table,
    read_mapping,
)
from runtime.flow.document.texts import ASSIGNMENTS, EXPRESSION, TEXT
from runtime.flow.document.values import PROVIDER_KINDS, WORD, read_duration, seconds_of
from runtime.flow.model import Handler, Handlers
from runtime.flow.place import Place
from runtime.flow.problem import suggestion
from runtime.flow.source import Fields, Items, Node, Scalar

WHEN = Key("when", EXPRESSION, "The handler is taken only where this holds.", "always")
HANDLER_SET = Key("set", ASSIGNMENTS, "Variables that are set.", "none")
HANDLER_SAY = Key("say", TEXT, "Said before going on.", "nothing")
HANDLER_NEXT = Key("next", WORD, "The state that follows, or a built-in target.", "stay")
HANDLER_TABLE = Table("a handler", (WHEN, HANDLER_SET, HANDLER_SAY, HANDLER_NEXT))


def read_handler(draft: Draft, node: Node) -> Handler | None:
    """Read a state's name, or a mapping."""
    if isinstance(node, Scalar) and node.value is not None and node.text.strip():
        return Handler(node.place, next=node.text.strip())
    if not isinstance(node, Fields):
        draft.needs(node, "the name of a state, or {say, set, when, next}")
        return None
    values = open_table(draft, node, HANDLER_TABLE)
    if values is None:
        return None
    return Handler(
        node.place,
        when=values.get(WHEN),
        set=values.get_or(HANDLER_SET, ()),
        say=values.get(HANDLER_SAY),
        next=values.get(HANDLER_NEXT),
    )


def read_handlers(draft: Draft, node: Node) -> tuple[Handler, ...] | None:
    """Read a handler, or a list of which the first that holds is taken."""
    nodes = node.items if isinstance(node, Items) else (node,)
    if not nodes:
        draft.needs(node, "a handler")
        return None
    handlers = [read_handler(draft, item) for item in nodes]
    return tuple(handler for handler in handlers if handler is not None)


def read_on(draft: Draft, node: Node) -> Handlers | None:
    """Read `on`."""
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    return {name: read_handlers(draft, entry.value) or () for name, entry in fields.entries.items()}


def read_branches(draft: Draft, node: Node) -> tuple[Handler, ...] | None:
    """Read the list under `choose`."""
    if not isinstance(node, Items) or not node.items:
        draft.needs(node, "a list of {when, next}, the last without 'when'")
        return None
    branches = read_handlers(draft, node) or ()
    for branch, item in zip(branches, node.items, strict=False):
        if branch.next is None and len(branches) == len(node.items):
            draft.error(item, "missing-key", "a branch of 'choose' needs the key 'next'.")
    return branches


def read_after(draft: Draft, node: Node) -> tuple[tuple[float, str], ...] | None:
    """Read `always.after`: call time and the state that follows."""
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    moments: list[tuple[float, str]] = []
    for entry in fields.entries.values():
        seconds, state = read_duration(draft, entry.key), WORD.read(draft, entry.value)
        if seconds is not None and state is not None:
            moments.append((seconds, state))
    return tuple(sorted(moments))


def read_provider_down(draft: Draft, node: Node) -> Mapping[str, str] | None:
    """Read `always.provider_down`: a kind of provider and the state that follows."""
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    states: dict[str, str] = {}
    for kind, entry in fields.entries.items():
        if kind not in PROVIDER_KINDS:
            message = f"'{kind}' is not a kind of provider: {one_of(PROVIDER_KINDS)}."
            draft.error(entry.key, "unknown-key", message, suggestion(kind, PROVIDER_KINDS))
        state = WORD.read(draft, entry.value)
        if state is not None:
            states[kind] = state
    return states


ON = Kind("mapping of an intent, key of the phone or outcome to a handler", read_on)
BRANCHES = Kind("list of handlers", read_branches)
MOMENTS = Kind("mapping of a duration to a state", read_after)
STATES_BY_KIND = Kind("mapping of a kind to a state", read_provider_down)

ALWAYS_ON = Key("on", ON, "What happens in any state.", "nothing")
ALWAYS_AFTER = Key("after", MOMENTS, "The state that follows at a call time.")
PROVIDER_DOWN = Key(
    "provider_down", STATES_BY_KIND, "The state that follows where stt, tts or llm gives nothing."
)
ALWAYS_TABLE = Table("'always'", (ALWAYS_ON, ALWAYS_AFTER, PROVIDER_DOWN))


@dataclass(frozen=True, slots=True)
class Always:
    """What may happen in any state."""

    on: Handlers = field(default_factory=dict)
    after: tuple[tuple[float, str], ...] = ()
    provider_down: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where the last two stand, by the names of their ways."""


def read_always(draft: Draft, node: Node) -> Always | None:
    """Read what may happen in any state."""
    values = open_table(draft, node, ALWAYS_TABLE)
    if values is None:
        return None
    return Always(
        on=values.get_or(ALWAYS_ON, {}),
        after=values.get_or(ALWAYS_AFTER, ()),
        provider_down=values.get_or(PROVIDER_DOWN, {}),
        places=dict(_places(values)),
    )


def _places(values: Values) -> Iterator[tuple[str, Place]]:
    after, down = values.node(ALWAYS_AFTER), values.node(PROVIDER_DOWN)
    for entry in after.entries.values() if isinstance(after, Fields) else ():
        seconds = seconds_of(entry.key.text.strip())
        if seconds is not None:
            yield ways.after(seconds), entry.key.place
    for kind, entry in down.entries.items() if isinstance(down, Fields) else ():
        yield ways.provider_down(kind), entry.key.place


ALWAYS = Kind("mapping", read_always)
