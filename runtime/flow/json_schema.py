"""JSON Schema (draft 2020-12) from tables of keys: what editors complete and check by."""

import re
from collections.abc import Mapping
from typing import Any

from runtime.flow.document.keys import Key, Table
from runtime.flow.document.values import DURATION, FLAG, LANGUAGE, VARIABLES, WORD

# JSON: what a keyword takes depends on the keyword.
Schema = Mapping[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
TAG = "[a-z]{2,3}(-[A-Z]{2})?"
TIME = r"^\s*([0-9]{1,9}(\.[0-9]{1,6})?|([0-9]{1,9}(\.[0-9]{1,6})?\s*(ms|h|m|s)\s*)+)\s*$"
_WHOLE = re.compile(r"a whole number from (\S+) to (\S+)")
_NUMBER = re.compile(r"a number from (\S+) to (\S+)")
_QUOTED = re.compile(r"'([^']+)'")


def ref(name: str) -> Schema:
    """Return what stands for a definition in `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def map_of(values: Schema) -> Schema:
    """Return the shape of a mapping with keys of the author's choice."""
    return {"type": "object", "additionalProperties": values}


def list_of(items: Schema) -> Schema:
    """Return the shape of a list that is not empty."""
    return {"type": "array", "minItems": 1, "items": items}


# A number or `true` is its own text where a text stands.
A_WORD: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
A_DURATION: Schema = {
    "anyOf": [
        {"type": "string", "pattern": TIME, "examples": ["3s", "700ms", "8m", "1h30m"]},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 24 * 3600},
    ]
}
PLAIN_KINDS: Mapping[str, Schema] = {
    WORD.name: A_WORD,
    FLAG.name: {"type": "boolean"},
    DURATION.name: ref("duration"),
    LANGUAGE.name: {"type": "string", "pattern": f"^{TAG}$"},
    VARIABLES.name: {"type": "object", "propertyNames": {"pattern": NAME}},
}
"""The kinds of values that many tables have. `duration` has to be among the definitions."""


class Shapes:
    """Knows what each kind of value looks like, and the keys that say more than their kind."""

    def __init__(self, by_kind: Mapping[str, Schema], by_key: Mapping[Key[Any], Schema]) -> None:
        self._by_kind = {**PLAIN_KINDS, **by_kind}
        self._by_key = by_key

    def table(self, table: Table) -> Schema:
        """Return the shape of a mapping of that table: each key with its meaning, and no others."""
        return {
            "type": "object",
            "properties": {key.name: self._row(key) for key in table.keys},
            "required": [key.name for key in table.keys if key.required],
            "additionalProperties": False,
        }

    def _row(self, key: Key[Any]) -> Schema:
        default = f" Default: {key.default}." if key.default else ""
        shape = self._by_key[key] if key in self._by_key else self._of_kind(key.kind.name)
        return {**shape, "description": f"{key.meaning}{default}"}

    def _of_kind(self, name: str) -> Schema:
        """Return what a kind takes; raises `KeyError` for one that has no row."""
        if name in self._by_kind:
            return self._by_kind[name]
        if name.startswith("list of "):
            return {"type": "array", "items": self._of_kind(name.removeprefix("list of "))}
        if found := _WHOLE.fullmatch(name):
            return {"type": "integer", "minimum": int(found[1]), "maximum": int(found[2])}
        if found := _NUMBER.fullmatch(name):
            return {"type": "number", "minimum": float(found[1]), "maximum": float(found[2])}
        if name.startswith("'"):
            return {"enum": _QUOTED.findall(name)}
        raise KeyError(name)
