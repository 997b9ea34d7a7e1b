"""The JSON Schema (draft 2020-12) of a flow file, made from the tables of keys, for editors.

It knows keys and types; that names agree and a call gets anywhere is left to `check`.
"""

from collections.abc import Mapping
from typing import Any

from runtime.flow.document.after_call import (
    AFTER_CALL_TABLE,
    SUMMARY,
    SUMMARY_SAVE,
    SUMMARY_TABLE,
)
from runtime.flow.document.handlers import (
    ALWAYS_AFTER,
    ALWAYS_TABLE,
    BRANCHES,
    HANDLER_NEXT,
    HANDLER_TABLE,
    ON,
    STATES_BY_KIND,
)
from runtime.flow.document.intents import INTENT_TABLE
from runtime.flow.document.keys import Key, Table
from runtime.flow.document.patterns import PATTERN
from runtime.flow.document.payloads import JSON
from runtime.flow.document.record_call import RECORD_CALL_TABLE
from runtime.flow.document.requests import HEADERS, REQUEST_SAVE, REQUEST_TABLE, URL
from runtime.flow.document.settings import (
    CONFIDENCE,
    CONFIDENCE_TABLE,
    LIMITS_TABLE,
    PHRASE_TEXTS,
    SETTINGS_TABLE,
    VOICE_TABLE,
)
from runtime.flow.document.slots import (
    CHOICE_KEYS,
    CHOICE_TABLE,
    CHOICES,
    SLOT_TABLE,
    SYNONYMS,
)
from runtime.flow.document.states import STATE_TABLE
from runtime.flow.document.texts import (
    ANY,
    ANY_TABLE,
    ASSIGNMENTS,
    AUDIO,
    EXPRESSION,
    GREETING_TABLE,
    SOUND_TABLE,
    TEMPLATE,
    TEXT,
    WORDINGS,
)
from runtime.flow.document.values import (
    BARGE_IN,
    DIGIT,
    DIGITS,
    PROVIDER_KINDS,
    PROVIDERS,
    TIMEZONE,
)
from runtime.flow.document.verbs import COLLECT, HANGUP, SAVE, WITH
from runtime.flow.json_schema import (
    A_DURATION,
    A_WORD,
    DIALECT,
    NAME,
    TAG,
    TIME,
    Schema,
    Shapes,
    list_of,
    map_of,
    ref,
)
from runtime.flow.model import BargeIn, RecordCall
from runtime.flow.phrases import PHRASES
from runtime.flow.reading import (
    CALLWRIGHT,
    FLOW_AFTER_CALL,
    FLOW_ALWAYS,
    FLOW_LIMITS,
    FLOW_RECORD_CALL,
    FLOW_REQUESTS,
    FLOW_SETTINGS,
    FLOW_SLOTS,
    FLOW_TABLE,
    FLOW_TABLE_OF_PARTS,
    FLOW_VOICE,
    GREETING,
    INTENTS,
    LANGUAGE_VERSION,
    STATES,
)
from runtime.flow.slots import SLOT_TYPES

_SYNONYMS: Schema = {"anyOf": [A_WORD, {"type": "array", "items": A_WORD}]}
_EXPRESSION: Schema = {"type": ["string", "number", "boolean", "null"]}

_BY_KIND: Mapping[str, Schema] = {
    DIGIT.name: {"enum": [*sorted(DIGITS), *range(10)]},
    TIMEZONE.name: {"type": "string", "pattern": r"\S", "examples": ["Asia/Kolkata"]},
    PATTERN.name: A_WORD,
    BARGE_IN.name: {"enum": [True, False, *(way.value for way in BargeIn)]},
    PROVIDERS.name: {
        "type": "object",
        "properties": dict.fromkeys(PROVIDER_KINDS, A_WORD),
        "additionalProperties": False,
    },
    EXPRESSION.name: A_WORD,
    TEMPLATE.name: A_WORD,
    URL.name: {"type": "string", "pattern": r"^\s*([hH][tT]{2}[pP][sS]?://|\{\{ ?env\.)"},
    HEADERS.kind.name: map_of(A_WORD),
    JSON.name: {"type": ["object", "array"]},
    WITH.kind.name: {"type": "object"},
    SYNONYMS.kind.name: _SYNONYMS,
    CHOICE_KEYS.kind.name: {"type": ["string", "integer"]},
    STATES_BY_KIND.name: {
        "type": "object",
        "properties": dict.fromkeys(PROVIDER_KINDS, A_WORD),
        "additionalProperties": False,
    },
    SUMMARY_SAVE.kind.name: {"type": "string", "pattern": NAME},
    ASSIGNMENTS.name: {**map_of(_EXPRESSION), "propertyNames": {"pattern": NAME}},
    TEXT.name: ref("text"),
    WORDINGS.name: {"anyOf": [ref("text"), {"$ref": "#/$defs/texts"}]},
    AUDIO.kind.name: {"type": "string", "pattern": r"\S"},
    ANY.kind.name: list_of(ref("wording")),
    ON.name: map_of(ref("handlers")),
    BRANCHES.name: list_of(ref("branch")),
    ALWAYS_AFTER.kind.name: {
        "type": "object",
        "patternProperties": {TIME: A_WORD},
        "additionalProperties": False,
    },
    PHRASE_TEXTS.name: {
        "type": "object",
        "properties": {
            name: {**ref("text"), "description": f"In English: {words['en']}"}
            for name, words in PHRASES.items()
        },
        "additionalProperties": False,
    },
}

_VARIABLES_TO_TEXTS: Schema = {**map_of(A_WORD), "propertyNames": {"pattern": NAME}}

_BY_KEY: Mapping[Key[Any], Schema] = {
    CHOICES: {
        "anyOf": [
            list_of(A_WORD),
            {
                **map_of({"anyOf": [ref("choice"), _SYNONYMS, {"type": "null"}]}),
                "minProperties": 1,
            },
        ]
    },
    COLLECT: list_of(A_WORD),
    FLOW_SLOTS: map_of({"anyOf": [ref("slot"), {"enum": list(SLOT_TYPES)}]}),
    FLOW_REQUESTS: map_of(ref("request")),
    FLOW_AFTER_CALL: {"type": "array", "items": ref("after_call")},
    SUMMARY: ref("summary"),
    SAVE: {"anyOf": [A_WORD, _VARIABLES_TO_TEXTS]},
    REQUEST_SAVE: _VARIABLES_TO_TEXTS,
    CALLWRIGHT: {"const": LANGUAGE_VERSION},
    # A recording as it stands elsewhere is a greeting, too.
    GREETING: {
        "anyOf": [A_WORD, ref("choice_of_wordings"), ref("by_language"), ref("greeting")],
    },
    INTENTS: map_of(ref("intent")),
    STATES: {**map_of(ref("state")), "minProperties": 1},
    FLOW_VOICE: ref("voice"),
    FLOW_ALWAYS: ref("always"),
    FLOW_SETTINGS: ref("settings"),
    FLOW_RECORD_CALL: {
        "anyOf": [{"enum": [rule.value for rule in RecordCall]}, ref("record_call")]
    },
    FLOW_LIMITS: ref("limits"),
    CONFIDENCE: ref("confidence"),
    HANGUP: {"anyOf": [ref("text"), {"type": "null"}]},
}
"""What a key's kind does not tell by its name."""

_SHAPES = Shapes(_BY_KIND, _BY_KEY)

TABLES: Mapping[str, Table] = {
    "state": STATE_TABLE,
    "intent": INTENT_TABLE,
    "slot": SLOT_TABLE,
    "choice": CHOICE_TABLE,
    "request": REQUEST_TABLE,
    "after_call": AFTER_CALL_TABLE,
    "summary": SUMMARY_TABLE,
    "handler": HANDLER_TABLE,
    "always": ALWAYS_TABLE,
    "greeting": GREETING_TABLE,
    "recording": SOUND_TABLE,
    "choice_of_wordings": ANY_TABLE,
    "settings": SETTINGS_TABLE,
    "confidence": CONFIDENCE_TABLE,
    "limits": LIMITS_TABLE,
    "record_call": RECORD_CALL_TABLE,
    "voice": VOICE_TABLE,
}
"""By their names in `$defs`; the flow's own table is the schema itself."""


def flow_schema() -> Schema:
    """Return the schema of a flow file."""
    return _schema("A flow of Callwright", FLOW_TABLE)


def part_schema() -> Schema:
    """Return the schema of a file that flows include."""
    return _schema("A file that flows of Callwright include", FLOW_TABLE_OF_PARTS)


def _schema(title: str, table: Table) -> Schema:
    tables = {name: _SHAPES.table(table) for name, table in TABLES.items()}
    return {
        "$schema": DIALECT,
        "title": title,
        **_SHAPES.table(table),
        "$defs": {**tables, **_shared(tables)},
    }


def _shared(tables: Mapping[str, Schema]) -> Schema:
    """Return what several keys take, besides the tables."""
    wordings = [ref("wording"), ref("choice_of_wordings")]
    # `any` and `say` could be languages, by their form.
    languages = {f"^(?!(any|say)$){TAG}$": {"anyOf": wordings}}
    by_language = {
        "type": "object",
        "minProperties": 1,
        "patternProperties": languages,
        "additionalProperties": False,
    }
    handler: Schema = {"anyOf": [A_WORD, ref("handler")]}
    branch = {"allOf": [ref("handler")], "required": [HANDLER_NEXT.name]}
    return {
        "choice_of_wordings": {**tables["choice_of_wordings"], "required": [ANY.name]},
        "greeting": {**tables["greeting"], "minProperties": 1},
        "duration": A_DURATION,
        "wording": {"anyOf": [A_WORD, ref("recording")]},
        "by_language": by_language,
        "text": {"anyOf": [*wordings, ref("by_language")]},
        "texts": list_of(ref("text")),
        "handlers": {"anyOf": [handler, list_of(handler)]},
        "branch": {"anyOf": [A_WORD, branch]},
    }
