"""Values as their columns take them."""

import math

import orjson

from runtime.store.rows import as_text


def test_what_is_kept_as_json_can_be_read_again():
    """A flow may reckon out any number; what nobody could read would hide its whole call."""
    odd = {"large": 10**30, "none": math.nan, "endless": [math.inf, -math.inf], "half": "\ud83d"}
    read = orjson.loads(as_text(odd))
    assert read == {"large": 1e30, "none": None, "endless": [None, None], "half": "?"}
