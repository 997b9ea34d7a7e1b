from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from providers.portions import in_bytes, portions


@each_row(
    ("text", "limit", "size", "pieces"),
    [
        ("One. Two.", 9, len, ["One. Two."]),
        (" One.\nTwo. ", 20, len, [" One.\nTwo. "]),
        ("One. Two. Three.", 10, len, ["One. Two.", "Three."]),
        ("One two three. Four.", 8, len, ["One two", "three.", "Four."]),
        ("Extraordinary.", 5, len, ["Extra", "ordin", "ary."]),
        ("नमस्ते। ठीक है।", 21, in_bytes, ["नमस्ते।", "ठीक है।"]),
        ("ठीकठीक", 10, in_bytes, ["ठीक", "ठीक"]),
        ("", 5, len, [""]),
    ],
)
def test_a_text_is_cut_where_it_may_be(text, limit, size, pieces):
    assert list(portions(text, limit, size)) == pieces


@given(st.text(), st.integers(4, 30), st.sampled_from((len, in_bytes)))
def test_no_portion_is_too_large_and_nothing_is_lost(text, limit, size):
    pieces = portions(text, limit, size)
    assert all(size(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
