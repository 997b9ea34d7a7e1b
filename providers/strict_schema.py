"""Which JSON Schemas OpenAI takes as `strict`: the model then cannot but fit them.

https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas".
"""

from collections.abc import Mapping
from typing import Final

_KEYWORDS: Final = frozenset(
    {
        *("type", "title", "description", "enum", "const", "anyOf", "$defs", "$ref"),
        *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
        *("pattern", "format", "multipleOf", "minimum", "maximum"),
        *("exclusiveMinimum", "exclusiveMaximum"),
    }
)


def is_strict(schema: Mapping[str, object]) -> bool:
    """Whether each object requires all its properties and allows no others, in known keywords."""
    return schema.get("type") == "object" and _fits(schema)


def _fits(schema: object) -> bool:
    if isinstance(schema, list | tuple):
        return all(_fits(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if not _KEYWORDS.issuperset(schema):
        return False
    properties: Mapping[str, object] = schema.get("properties", {})
    if schema.get("type") == "object" or "properties" in schema:
        required = set(schema.get("required", ()))
        if schema.get("additionalProperties") is not False or set(properties) != required:
            return False
    definitions: Mapping[str, object] = schema.get("$defs", {})
    return _fits(
        [*properties.values(), *definitions.values(), schema.get("items"), schema.get("anyOf")]
    )
