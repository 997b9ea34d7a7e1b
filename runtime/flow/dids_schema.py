"""The JSON Schema of `dids.yaml`."""

from collections.abc import Mapping
from typing import Any

from runtime.flow.dids import (
    DEFAULT,
    DIDS_TABLE,
    ENTRIES,
    ENTRY_TABLE,
    PERCENT,
    SHARE,
    SIDE_TABLE,
    SPLIT,
    STOP_IF,
    STOP_TABLE,
)
from runtime.flow.document.keys import Key, Table
from runtime.flow.json_schema import A_WORD, DIALECT, Schema, Shapes, map_of, ref

_PERCENTAGE: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^\s*[0-9]{1,3}(\.[0-9]{1,3})?\s*%?\s*$"},
        {"type": "number", "minimum": 0, "maximum": 100},
    ]
}
_ENTRY: Schema = {"anyOf": [A_WORD, ref("did")]}

_BY_KIND: Mapping[str, Schema] = {PERCENT.name: _PERCENTAGE, SHARE.kind.name: _PERCENTAGE}
_BY_KEY: Mapping[Key[Any], Schema] = {
    ENTRIES: map_of(_ENTRY),
    DEFAULT: _ENTRY,
    SPLIT: {"type": "array", "minItems": 2, "items": ref("side")},
    STOP_IF: ref("stop_if"),
}

TABLES: Mapping[str, Table] = {"did": ENTRY_TABLE, "side": SIDE_TABLE, "stop_if": STOP_TABLE}
"""By their names in `$defs`; the file's own table is the schema itself."""


def dids_schema() -> Schema:
    """Return the schema of the DIDs' file."""
    shapes = Shapes(_BY_KIND, _BY_KEY)
    return {
        "$schema": DIALECT,
        "title": "The DIDs of Callwright",
        **shapes.table(DIDS_TABLE),
        "$defs": {name: shapes.table(table) for name, table in TABLES.items()},
    }
