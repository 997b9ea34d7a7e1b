"""What a test says of web services and of the language model: `requests` and `model`."""

from collections.abc import Mapping
from typing import Any

from runtime.flow.conversation.known_names import check_name
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, Values, open_table, read_mapping
from runtime.flow.document.values import FLAG, WORD, read_duration, whole_number
from runtime.flow.model import Flow
from runtime.flow.source import Fields, Items, Node, Scalar, plain

Replies = Mapping[str, tuple[WebReply, ...]]


def _read_delay(draft: Draft, node: Node) -> float | None:
    return read_duration(draft, node)


def _read_data(_: Draft, node: Node) -> tuple[object]:
    # In a tuple, for `null` is an answer, too.
    return (plain(node),)


def _read_texts(draft: Draft, node: Node) -> Mapping[str, str] | None:
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    read = ((name, WORD.read(draft, entry.value)) for name, entry in fields.entries.items())
    return {name: text for name, text in read if text is not None}


TEXTS = Kind("mapping of a name to a text", _read_texts)
DELAY = Kind("duration", _read_delay)

STATUS = Key("status", whole_number(100, 599), "The status of its answer.", "200")
BODY = Key("body", Kind("data", _read_data), "The answer, as data or text.", "nothing")
REPLY_HEADERS = Key("headers", TEXTS, "Headers of the answer.", "none")
WEB_DELAY = Key("delay", DELAY, "So long the answer takes.", "no time")
WEB_ERROR = Key("error", FLAG, "It cannot be reached.", "false")
WEB_TIMEOUT = Key("timeout", FLAG, "It does not answer in time.", "false")
WEB_TABLE = Table(
    "a web service's answer", (STATUS, BODY, REPLY_HEADERS, WEB_DELAY, WEB_ERROR, WEB_TIMEOUT)
)


def read_requests(draft: Draft, node: Node, flow: Flow | None) -> Replies | None:
    """Read `requests`: by name an answer, or a list of them in order, of which the last repeats."""
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    replies: dict[str, tuple[WebReply, ...]] = {}
    for name, entry in fields.entries.items():
        if flow is not None:
            check_name(draft, entry.key, "request", flow)
        nodes = entry.value.items if isinstance(entry.value, Items) else (entry.value,)
        if not nodes:
            draft.needs(entry.value, "an answer such as {status: 200}")
        read = [_read_reply(draft, each) for each in nodes]
        replies[name] = tuple(reply for reply in read if reply is not None)
    return replies


def _read_reply(draft: Draft, node: Node) -> WebReply | None:
    values = open_table(draft, node, WEB_TABLE)
    if values is None:
        return None
    late, error = values.get_or(WEB_TIMEOUT, False), values.get_or(WEB_ERROR, False)
    answer: tuple[Key[Any], ...] = (STATUS, BODY, REPLY_HEADERS)
    given = [key for key in answer if values.node(key) is not None]
    if (late or error) and given:
        fault = (WEB_TIMEOUT if late else WEB_ERROR).name
        message = f"an answer with '{fault}' has no '{given[0].name}'."
        draft.error(node, "no-answer", message, "Leave one of them out.")
    body = values.get(BODY)
    return WebReply(
        status=values.get_or(STATUS, 200),
        body=body[0] if body else None,
        headers=values.get_or(REPLY_HEADERS, {}),
        delay=values.get_or(WEB_DELAY, 0.0),
        fault="timeout" if late else "error" if error else "",
    )


Calls = tuple[tuple[str, Mapping[str, object]], ...]


def _read_calls(draft: Draft, node: Node, flow: Flow | None) -> Calls:
    calls: list[tuple[str, Mapping[str, object]]] = []
    for each in node.items if isinstance(node, Items) else (node,):
        fields = read_mapping(draft, each)
        for tool, entry in (fields.entries if fields else {}).items():
            if flow is not None:
                check_name(draft, entry.key, "request", flow)
            calls.append((tool, _read_arguments(draft, entry.value)))
    return tuple(calls)


def _read_arguments(draft: Draft, node: Node) -> Mapping[str, object]:
    match node:
        case Fields(entries=entries):
            return {name: plain(entry.value) for name, entry in entries.items()}
        case Scalar(value=None):
            return {}
        case _:
            draft.needs(node, "a mapping of the tool's arguments")
            return {}


SAYS = Key("reply", WORD, "What it says.", "nothing")
MEANS = Key("intent", WORD, "The way out that it takes, or the intent that it understands.", "none")
FILLS = Key("slots", TEXTS, "What it fills.", "none")
CALLS = Key(
    "calls",
    Kind("list of {TOOL: arguments}", lambda _, node: node),
    "Tools that it asks for.",
    "none",
)
TOKENS = Key("tokens", whole_number(0, 10_000_000), "What the answer takes of `limits`.", "0")
MODEL_DELAY = Key("delay", DELAY, "So long the answer takes.", "no time")
DOWN = Key("down", FLAG, "It gives no answer.", "false")
MODEL_TABLE = Table(
    "a language model's answer", (SAYS, MEANS, FILLS, CALLS, TOKENS, MODEL_DELAY, DOWN)
)


def read_model(draft: Draft, node: Node, flow: Flow | None) -> tuple[ModelReply, ...] | None:
    """Read `model`: its answers, in order."""
    if not isinstance(node, Items):
        draft.needs(node, "a list such as [{reply: Sure.}, {intent: book}]")
        return None
    replies = [_read_model_reply(draft, each, flow) for each in node.items]
    return tuple(reply for reply in replies if reply is not None)


def _read_model_reply(draft: Draft, node: Node, flow: Flow | None) -> ModelReply | None:
    if isinstance(node, Scalar) and node.value is not None and node.text.strip():
        return ModelReply(reply=node.text.strip())
    values = open_table(draft, node, MODEL_TABLE)
    if values is None:
        return None
    calls = values.node(CALLS)
    if flow is not None:
        _check_names(draft, values, flow)
    return ModelReply(
        reply=values.get_or(SAYS, ""),
        intent=values.get_or(MEANS, ""),
        slots=values.get_or(FILLS, {}),
        calls=_read_calls(draft, calls, flow) if calls is not None else (),
        tokens=values.get_or(TOKENS, 0),
        delay=values.get_or(MODEL_DELAY, 0.0),
        is_down=values.get_or(DOWN, False),
    )


def _check_names(draft: Draft, values: Values, flow: Flow) -> None:
    meant, filled = values.node(MEANS), values.node(FILLS)
    if isinstance(meant, Scalar):
        check_name(draft, meant, "intent", flow)
    for name in filled.entries.values() if isinstance(filled, Fields) else ():
        check_name(draft, name.key, "slot", flow)
