"""The JSON Schema (draft 2020-12) of a flow file, made from the tables of keys, for editors.

It knows keys and types; that names agree and a call gets anywhere is left to `check`.
"""

import re
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
    DURATION,
    FLAG,
    LANGUAGE,
    PROVIDER_KINDS,
    PROVIDERS,
    TIMEZONE,
    VARIABLES,
    WORD,
)
from runtime.flow.document.verbs import HANGUP, SAVE, WITH
from runtime.flow.model import BargeIn
from runtime.flow.phrases import PHRASES
from runtime.flow.reading import (
    CALLWRIGHT,
    FLOW_AFTER_CALL,
    FLOW_ALWAYS,
    FLOW_LIMITS,
    FLOW_REQUESTS,
    FLOW_SETTINGS,
    FLOW_SLOTS,
    FLOW_TABLE,
    FLOW_VOICE,
    GREETING,
    INTENTS,
    LANGUAGE_VERSION,
    STATES,
)
from runtime.flow.slots import SLOT_TYPES

# JSON: what a keyword takes depends on the keyword.
Schema = Mapping[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WHOLE = re.compile(r"a whole number from (\S+) to (\S+)")
_NUMBER = re.compile(r"a number from (\S+) to (\S+)")
_QUOTED = re.compile(r"'([^']+)'")
_TIME = r"^\s*([0-9]{1,9}(\.[0-9]{1,6})?|([0-9]{1,9}(\.[0-9]{1,6})?\s*(ms|h|m|s)\s*)+)\s*$"
_TAG = "[a-z]{2,3}(-[A-Z]{2})?"
_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _map_of(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


# A number or `true` is its own text where a text stands.
_WORD: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_SYNONYMS: Schema = {"anyOf": [_WORD, {"type": "array", "items": _WORD}]}
_EXPRESSION: Schema = {"type": ["string", "number", "boolean", "null"]}

_BY_KIND: Mapping[str, Schema] = {
    WORD.name: _WORD,
    FLAG.name: {"type": "boolean"},
    DURATION.name: _ref("duration"),
    DIGIT.name: {"enum": [*sorted(DIGITS), *range(10)]},
    LANGUAGE.name: {"type": "string", "pattern": f"^{_TAG}$"},
    TIMEZONE.name: {"type": "string", "examples": ["Asia/Kolkata"]},
    PATTERN.name: _WORD,
    BARGE_IN.name: {"enum": [True, False, *(way.value for way in BargeIn)]},
    PROVIDERS.name: {
        "type": "object",
        "properties": dict.fromkeys(PROVIDER_KINDS, _WORD),
        "additionalProperties": False,
    },
    VARIABLES.name: {"type": "object", "propertyNames": {"pattern": _NAME}},
    EXPRESSION.name: _WORD,
    TEMPLATE.name: _WORD,
    URL.name: {"type": "string", "pattern": "^(https?://|[{][{] ?env[.])"},
    HEADERS.kind.name: _map_of(_WORD),
    JSON.name: {"type": ["object", "array"]},
    WITH.kind.name: {"type": "object"},
    SYNONYMS.kind.name: _SYNONYMS,
    CHOICE_KEYS.kind.name: {"type": ["string", "integer"]},
    STATES_BY_KIND.name: {
        "type": "object",
        "properties": dict.fromkeys(PROVIDER_KINDS, _WORD),
        "additionalProperties": False,
    },
    SUMMARY_SAVE.kind.name: {"type": "string", "pattern": _NAME},
    ASSIGNMENTS.name: {**_map_of(_EXPRESSION), "propertyNames": {"pattern": _NAME}},
    TEXT.name: _ref("text"),
    WORDINGS.name: {"anyOf": [_ref("text"), {"$ref": "#/$defs/texts"}]},
    AUDIO.kind.name: {"type": "string", "pattern": r"\S"},
    ANY.kind.name: {"type": "array", "minItems": 1, "items": _ref("wording")},
    ON.name: _map_of(_ref("handlers")),
    BRANCHES.name: {"type": "array", "minItems": 1, "items": _ref("branch")},
    ALWAYS_AFTER.kind.name: {
        "type": "object",
        "patternProperties": {_TIME: _WORD},
        "additionalProperties": False,
    },
    PHRASE_TEXTS.name: {
        "type": "object",
        "properties": {
            name: {**_ref("text"), "description": f"In English: {words['en']}"}
            for name, words in PHRASES.items()
        },
        "additionalProperties": False,
    },
}

_VARIABLES_TO_TEXTS: Schema = {**_map_of(_WORD), "propertyNames": {"pattern": _NAME}}

_BY_KEY: Mapping[Key[Any], Schema] = {
    CHOICES: {
        "anyOf": [
            {"type": "array", "minItems": 1, "items": _WORD},
            _map_of({"anyOf": [_ref("choice"), _SYNONYMS, {"type": "null"}]}),
        ]
    },
    FLOW_SLOTS: _map_of({"anyOf": [_ref("slot"), {"enum": list(SLOT_TYPES)}]}),
    FLOW_REQUESTS: _map_of(_ref("request")),
    FLOW_AFTER_CALL: {"type": "array", "items": _ref("after_call")},
    SUMMARY: _ref("summary"),
    SAVE: {"anyOf": [_WORD, _VARIABLES_TO_TEXTS]},
    REQUEST_SAVE: _VARIABLES_TO_TEXTS,
    CALLWRIGHT: {"const": LANGUAGE_VERSION},
    GREETING: {"anyOf": [_ref("text"), _ref("greeting")]},
    INTENTS: _map_of(_ref("intent")),
    STATES: {**_map_of(_ref("state")), "minProperties": 1},
    FLOW_VOICE: _ref("voice"),
    FLOW_ALWAYS: _ref("always"),
    FLOW_SETTINGS: _ref("settings"),
    FLOW_LIMITS: _ref("limits"),
    CONFIDENCE: _ref("confidence"),
    HANGUP: {"anyOf": [_ref("text"), {"type": "null"}]},
}
"""What a key's kind does not tell by its name."""

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
    "voice": VOICE_TABLE,
}
"""By their names in `$defs`; the flow's own table is the schema itself."""


def flow_schema() -> Schema:
    """Return the schema of a flow file."""
    tables = {name: _table(table) for name, table in TABLES.items()}
    return {
        "$schema": DIALECT,
        "title": "A flow of Callwright",
        **_table(FLOW_TABLE),
        "$defs": {**tables, **_shared(tables)},
    }


def _shared(tables: Mapping[str, Schema]) -> Schema:
    """Return what several keys take, besides the tables."""
    wordings = [_ref("wording"), _ref("choice_of_wordings")]
    # `any` and `say` could be languages, by their form.
    languages = {f"^(?!(any|say)$){_TAG}$": {"anyOf": wordings}}
    by_language = {
        "type": "object",
        "minProperties": 1,
        "patternProperties": languages,
        "additionalProperties": False,
    }
    handler: Schema = {"anyOf": [_WORD, _ref("handler")]}
    branch = {"allOf": [_ref("handler")], "required": [HANDLER_NEXT.name]}
    return {
        "choice_of_wordings": {**tables["choice_of_wordings"], "required": [ANY.name]},
        "duration": {
            "anyOf": [
                {"type": "string", "pattern": _TIME, "examples": ["3s", "700ms", "8m", "1h30m"]},
                {"type": "number", "exclusiveMinimum": 0, "maximum": 24 * 3600},
            ]
        },
        "wording": {"anyOf": [_WORD, _ref("recording")]},
        "text": {"anyOf": [*wordings, by_language]},
        "texts": {"type": "array", "minItems": 1, "items": _ref("text")},
        "handlers": {"anyOf": [handler, {"type": "array", "minItems": 1, "items": handler}]},
        "branch": {"anyOf": [_WORD, branch]},
    }


def _table(table: Table) -> Schema:
    return {
        "type": "object",
        "properties": {key.name: _row(key) for key in table.keys},
        "required": [key.name for key in table.keys if key.required],
        "additionalProperties": False,
    }


def _row(key: Key[Any]) -> Schema:
    default = f" Default: {key.default}." if key.default else ""
    shape = _BY_KEY[key] if key in _BY_KEY else _of_kind(key.kind.name)
    return {**shape, "description": f"{key.meaning}{default}"}


def _of_kind(name: str) -> Schema:
    """Return what a kind takes; raises `KeyError` for one that has no row here."""
    if name.startswith("list of ") and name not in _BY_KIND:
        return {"type": "array", "items": _of_kind(name.removeprefix("list of "))}
    if found := _WHOLE.fullmatch(name):
        return {"type": "integer", "minimum": int(found[1]), "maximum": int(found[2])}
    if found := _NUMBER.fullmatch(name):
        return {"type": "number", "minimum": float(found[1]), "maximum": float(found[2])}
    if name.startswith("'") and name not in _BY_KIND:
        return {"enum": _QUOTED.findall(name)}
    return _BY_KIND[name]
