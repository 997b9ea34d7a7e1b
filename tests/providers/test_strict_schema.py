import pytest

from providers.strict_schema import is_strict


def an_object(required=None, **properties):
    names = list(properties) if required is None else required
    return {
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": False,
    }


TEXT = {"type": "string", "description": "a day"}


@pytest.mark.parametrize(
    "schema",
    [
        an_object(),
        an_object(day=TEXT, count={"type": ["integer", "null"], "minimum": 1}),
        an_object(inner=an_object(day=TEXT)),
        an_object(days={"type": "array", "items": TEXT}),
        an_object(day={"anyOf": [TEXT, {"type": "null"}]}),
        {**an_object(day={"$ref": "#/$defs/day"}), "$defs": {"day": {"enum": ["mon", "tue"]}}},
        # A property may be called like a keyword that is not known.
        an_object(default=TEXT),
    ],
)
def test_a_schema_that_leaves_nothing_open_is_strict(schema):
    assert is_strict(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array", "items": TEXT},
        {"type": "object", "properties": {"day": TEXT}, "required": ["day"]},
        an_object(required=[], day=TEXT),
        an_object(inner={"type": "object", "properties": {}}),
        an_object(days={"type": "array", "items": {"type": "object"}}),
        an_object(day={"anyOf": [TEXT, {"type": "object"}]}),
        an_object(day={"oneOf": [TEXT]}),
        an_object(day={"type": "string", "default": "monday"}),
        {**an_object(), "$defs": {"day": {"type": "object"}}},
    ],
)
def test_a_schema_that_leaves_something_open_is_not(schema):
    assert not is_strict(schema)
