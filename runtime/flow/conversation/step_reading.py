"""The steps of a `talk`: one key each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.flow.conversation.known_names import check_name
from runtime.flow.conversation.steps import (
    BotNeverSays,
    BotSays,
    CallerHangsUp,
    CallerIsSilent,
    CallerPresses,
    CallerSays,
    HasEnded,
    HasIntent,
    HasSlots,
    HasVariables,
    InState,
    Pattern,
    ProviderGoesDown,
    Sent,
    Step,
    WasRequested,
)
from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, open_table, read_mapping
from runtime.flow.document.values import DIGITS, FLAG, choice, number, read_duration, read_word
from runtime.flow.model import Flow
from runtime.flow.place import Place
from runtime.flow.source import Fields, Node, Scalar, plain

ENDINGS = ("hangup", "gave_up", "caller_hung_up", "over_limit", "error")
"""Why a call without sound can end."""

PROVIDERS_THAT_FAIL = ("stt", "tts", "llm")


def _read_pattern(draft: Draft, node: Node) -> Pattern | None:
    if isinstance(node, Scalar) and node.value is not None and node.text.strip():
        # A block of text ends with a line end that nobody says.
        return Pattern(node.text.rstrip("\n"))
    draft.needs(node, "a line of the bot")
    return None


LINE = Kind("line of the bot; * stands for anything", _read_pattern)

SAID_TEXT = Key("text", Kind("text", read_word), "What the caller says.", required=True)
CONFIDENCE = Key("confidence", number(0, 1), "How sure the recogniser is of it.", "1")
INTERRUPTING = Key("interrupting", FLAG, "He talks over the bot's last line.", "false")
CALLER_TABLE = Table("'caller'", (SAID_TEXT, CONFIDENCE, INTERRUPTING))

NEVER_BOT = Key("bot", LINE, "The line.", required=True)
NEVER_TABLE = Table("'never'", (NEVER_BOT,))


def _read_caller(draft: Draft, node: Node) -> tuple[str, float, bool] | None:
    if not isinstance(node, Fields):
        text = read_word(draft, node)
        return (text, 1.0, False) if text else None
    values = open_table(draft, node, CALLER_TABLE)
    text = values.get(SAID_TEXT) if values else None
    if values is None or text is None:
        return None
    return text, values.get_or(CONFIDENCE, 1.0), values.get_or(INTERRUPTING, False)


def _read_digits(draft: Draft, node: Node) -> str | None:
    if isinstance(node, Scalar) and node.text and set(node.text) <= DIGITS:
        return node.text
    draft.needs(node, 'keys of the phone (0 to 9, "*" or "#")')
    return None


@dataclass(frozen=True, slots=True)
class _Silence:
    seconds: float | None


def _read_silence(draft: Draft, node: Node) -> _Silence | None:
    if isinstance(node, Scalar) and node.value is True:
        return _Silence(None)
    if isinstance(node, Scalar) and node.value is False:
        draft.needs(node, "true or a duration")
        return None
    seconds = read_duration(draft, node)
    return None if seconds is None else _Silence(seconds)


def _read_true(draft: Draft, node: Node) -> bool | None:
    if isinstance(node, Scalar) and node.value is True:
        return True
    draft.needs(node, "true")
    return None


def _read_never(draft: Draft, node: Node) -> Pattern | None:
    values = open_table(draft, node, NEVER_TABLE)
    return values.get(NEVER_BOT) if values else None


def _read_expected(draft: Draft, node: Node) -> Mapping[str, str] | None:
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    expected: dict[str, str] = {}
    for name, entry in fields.entries.items():
        if isinstance(entry.value, Scalar):
            expected[name] = entry.value.text
        else:
            draft.needs(entry.value, "a text or number")
    return expected


def _read_slots(draft: Draft, node: Node) -> Mapping[str, str | None] | None:
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    expected: dict[str, str | None] = {}
    for name, entry in fields.entries.items():
        if isinstance(entry.value, Scalar):
            is_empty = entry.value.value is None and entry.value.style == "plain"
            expected[name] = None if is_empty else entry.value.text
        else:
            draft.needs(entry.value, "a text or number")
    return expected


def _read_data(_: Draft, node: Node) -> object:
    return plain(node)


def _read_patterns(draft: Draft, node: Node) -> Mapping[str, Pattern] | None:
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    read = ((name, _read_sent_text(draft, entry.value)) for name, entry in fields.entries.items())
    return {name: pattern for name, pattern in read if pattern is not None}


def _read_sent_text(draft: Draft, node: Node) -> Pattern | None:
    if isinstance(node, Scalar):
        return Pattern(node.text)
    draft.needs(node, "a text")
    return None


SENT_URL = Key("url", Kind("text; * stands for anything", _read_sent_text), "The address.", "any")
SENT_JSON = Key("json", Kind("data", _read_data), "The body; it may have more keys.", "any")
SENT_FORM = Key(
    "form",
    Kind("mapping of a name to a text", _read_patterns),
    "The form's fields; it may have more.",
    "any",
)
SENT_TABLE = Table("a request that was made", (SENT_URL, SENT_JSON, SENT_FORM))


def _read_requested(draft: Draft, node: Node) -> Mapping[str, Sent] | None:
    fields = read_mapping(draft, node)
    if fields is None:
        return None
    sent: dict[str, Sent] = {}
    for name, entry in fields.entries.items():
        values = open_table(draft, entry.value, SENT_TABLE)
        if values is not None:
            form = values.get_or(SENT_FORM, {})
            sent[name] = Sent(values.get(SENT_URL), values.get(SENT_JSON), form)
    return sent


BOT = Key("bot", LINE, "The bot says this.")
CALLER = Key(
    "caller",
    Kind("text, or {text, confidence, interrupting}", _read_caller),
    "The caller says this.",
)
PRESS = Key("press", Kind("keys of the phone", _read_digits), "The caller presses these keys.")
SILENCE = Key(
    "silence",
    Kind("true or duration", _read_silence),
    "Nobody speaks: until the bot reacts, or that long.",
)
STATE = Key("state", Kind("state's name", read_word), "Where the call is.")
VARIABLES = Key(
    "variables",
    Kind("mapping of a name to a value", _read_expected),
    "What variables are, compared as text.",
)
SLOTS = Key(
    "slots",
    Kind("mapping of a slot to a value", _read_slots),
    "What slots have, compared as text; `null`: not filled.",
)
REQUESTED = Key(
    "requested",
    Kind("mapping of a request to {url, json, form}", _read_requested),
    "Which requests were made, and with what.",
)
INTENT = Key("intent", Kind("intent's name", read_word), "What the last input was understood as.")
NEVER = Key("never", Kind("{bot: line}", _read_never), "The bot does not say this from here on.")
PROVIDER_DOWN = Key(
    "provider_down",
    choice({kind: kind for kind in PROVIDERS_THAT_FAIL}),
    "From here on nothing is recognised (stt), spoken (tts) or answered by a model (llm).",
)
HANG_UP = Key("hang_up", Kind("true", _read_true), "The caller hangs up.")
ENDED = Key("ended", choice({reason: reason for reason in ENDINGS}), "The call is over, and why.")

# As with tables: each maker takes what its own key reads.
_MADE_BY: Mapping[Key[Any], Callable[[Place, Any], Step]] = {
    BOT: BotSays,
    CALLER: lambda place, said: CallerSays(place, *said),
    PRESS: CallerPresses,
    SILENCE: lambda place, silence: CallerIsSilent(place, silence.seconds),
    STATE: InState,
    VARIABLES: HasVariables,
    SLOTS: HasSlots,
    REQUESTED: WasRequested,
    INTENT: HasIntent,
    NEVER: BotNeverSays,
    PROVIDER_DOWN: ProviderGoesDown,
    HANG_UP: lambda place, _: CallerHangsUp(place),
    ENDED: HasEnded,
}
STEP_TABLE = Table("a step", tuple(_MADE_BY))


def read_step(draft: Draft, node: Node, flow: Flow | None) -> Step | None:
    """Read one step; the names in it are held against `flow` where there is one."""
    values = open_table(draft, node, STEP_TABLE)
    if values is None:
        return None
    if len(values.fields.entries) != 1:
        message = f"a step has one key, not {len(values.fields.entries)}."
        draft.error(node, "one-key", message, "Begin each step with '- '.")
        return None
    for key, make in _MADE_BY.items():
        written, value = values.node(key), values.get(key)
        if written is not None and value is not None:
            if flow is not None:
                _check_names(draft, written, key.name, flow)
            return make(node.place, value)
    return None


def _check_names(draft: Draft, node: Node, sort: str, flow: Flow) -> None:
    """Note names in a step that neither the flow nor those that it runs have."""
    match sort, node:
        case (("state" | "intent"), Scalar()):
            check_name(draft, node, sort, flow)
        case (("slots" | "requested"), Fields(entries=entries)):
            for entry in entries.values():
                check_name(draft, entry.key, {"slots": "slot"}.get(sort, "request"), flow)
        case _:
            pass
