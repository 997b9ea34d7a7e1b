"""The JSON Schema of a `*.test.yaml`."""

from collections.abc import Mapping
from typing import Any

from runtime.flow.conversation.reading import (
    CONVERSATION_TABLE,
    FILE_TABLE,
    NOW,
    TALK,
    TEST_MODEL,
    TEST_REQUESTS,
    TESTS,
)
from runtime.flow.conversation.stand_in_reading import (
    BODY,
    CALLS,
    MODEL_TABLE,
    TEXTS,
    WEB_TABLE,
)
from runtime.flow.conversation.step_reading import (
    CALLER,
    CALLER_TABLE,
    HANG_UP,
    INTENT,
    LINE,
    NEVER,
    NEVER_TABLE,
    PRESS,
    REQUESTED,
    SENT_TABLE,
    SENT_URL,
    SILENCE,
    SLOTS,
    STATE,
    STEP_TABLE,
    VARIABLES,
)
from runtime.flow.document.keys import Key, Table
from runtime.flow.json_schema import (
    A_DURATION,
    A_WORD,
    DIALECT,
    Schema,
    Shapes,
    list_of,
    map_of,
    ref,
)

_VALUE: Schema = {"type": ["string", "number", "boolean", "null"]}

_BY_KIND: Mapping[str, Schema] = {
    LINE.name: A_WORD,
    TEXTS.name: map_of(A_WORD),
    BODY.kind.name: {},
    SENT_URL.kind.name: {"type": ["string", "number", "boolean"]},
    STATE.kind.name: A_WORD,
    INTENT.kind.name: A_WORD,
    SLOTS.kind.name: map_of(_VALUE),
    HANG_UP.kind.name: {"const": True},
    PRESS.kind.name: {
        "anyOf": [{"type": "string", "pattern": "^[0-9*#]+$"}, {"type": "integer", "minimum": 0}]
    },
    SILENCE.kind.name: {"anyOf": [{"const": True}, ref("duration")]},
    CALLER.kind.name: {"anyOf": [A_WORD, ref("caller")]},
    NEVER.kind.name: ref("never"),
    REQUESTED.kind.name: map_of(ref("requested")),
}
_REPLY: Schema = ref("web_service")
_CALL: Schema = map_of({"type": ["object", "null"]})

_BY_KEY: Mapping[Key[Any], Schema] = {
    VARIABLES: map_of(_VALUE),
    TESTS: list_of(ref("test")),
    TALK: list_of(ref("step")),
    NOW: {"type": "string", "pattern": r"^\s*[0-9]{4}-?[0-9W]", "examples": ["2026-11-22 10:00"]},
    TEST_REQUESTS: map_of({"anyOf": [_REPLY, list_of(_REPLY)]}),
    TEST_MODEL: {"type": "array", "items": {"anyOf": [A_WORD, ref("model")]}},
    CALLS: {"anyOf": [_CALL, {"type": "array", "items": _CALL}]},
}

TABLES: Mapping[str, Table] = {
    "test": CONVERSATION_TABLE,
    "web_service": WEB_TABLE,
    "model": MODEL_TABLE,
    "step": STEP_TABLE,
    "caller": CALLER_TABLE,
    "never": NEVER_TABLE,
    "requested": SENT_TABLE,
}
"""By their names in `$defs`; the file's own table is the schema itself."""


def conversations_schema() -> Schema:
    """Return the schema of a file of conversation tests."""
    shapes = Shapes(_BY_KIND, _BY_KEY)
    tables = {name: shapes.table(table) for name, table in TABLES.items()}
    # Each step is one thing that happens.
    step = {**tables["step"], "minProperties": 1, "maxProperties": 1}
    return {
        "$schema": DIALECT,
        "title": "Conversation tests of Callwright",
        **shapes.table(FILE_TABLE),
        "$defs": {**tables, "step": step, "duration": A_DURATION},
    }
