import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.flow.web import WebAnswer, WebRequest, read_answer

JSON = [("Content-Type", "application/json")]

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(values)
def test_json_comes_back_as_it_was(value):
    assert read_answer(200, JSON, json.dumps(value).encode()).body == value


@given(st.binary())
def test_any_bytes_are_an_answer(content):
    assert read_answer(200, JSON, content).status == 200


def test_json_is_told_by_the_content_whatever_the_type_says():
    assert read_answer(200, [("Content-Type", "text/plain")], b'{"a": 1}').body == {"a": 1}
    assert read_answer(502, JSON, b"<h1>Bad Gateway</h1>").body == "<h1>Bad Gateway</h1>"


def test_a_long_number_keeps_all_its_digits():
    assert read_answer(200, JSON, b"123456789012345678901").body == 123456789012345678901


@pytest.mark.parametrize("content", [b"NaN", b"[Infinity]", b"[" * 100_000, b"9" * 5000])
def test_what_only_looks_like_json_stays_text(content):
    assert read_answer(200, JSON, content).body == content.decode()


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("text/plain; charset=ISO-8859-1", "Müller".encode("latin-1"), "Müller"),
        ('text/plain; charset="utf-8"', "Müller".encode(), "Müller"),
        ("text/plain; charset=unheard-of", "Müller".encode(), "Müller"),
        ("text/plain", "Müller".encode("latin-1"), "M\N{REPLACEMENT CHARACTER}ller"),
        ("", b"", ""),
    ],
)
def test_text_is_read_by_its_character_set(content_type, content, text):
    assert read_answer(200, [("content-type", content_type)], content).body == text


def test_headers_go_by_lower_case_names_and_are_joined():
    headers = [("X-Slot", "a"), ("x-slot", "b"), ("ETag", "1")]
    assert read_answer(200, headers, b"").headers == {"x-slot": "a, b", "etag": "1"}


def test_a_trace_of_requests_and_answers_shows_no_secret():
    request = WebRequest("GET", "https://a/?key=s3cret", (("X-Key", "s3cret"),), b"s3cret", 3.0)
    answer = WebAnswer(200, {"set-cookie": "s3cret"}, {"token": "s3cret"})
    assert "s3cret" not in f"{request!r} {answer!r}"
