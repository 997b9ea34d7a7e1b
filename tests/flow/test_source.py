import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import (
    MAX_BYTES,
    MAX_DEPTH,
    Fields,
    Items,
    Node,
    Scalar,
    find,
    plain,
    read_source,
)


def read(text: str) -> Node:
    source = read_source(text, "f.yaml")
    assert source.problems == ()
    assert source.root is not None
    return source.root


def problem(text: str) -> Problem:
    (found,) = read_source(text, "f.yaml").problems
    return found


@each_row(
    "written",
    [
        *("on", "off", "yes", "no", "y", "n", "On", "NO", "True", "FALSE", "Null", "~"),
        *("10:30", "1:30:00", "012", "0o17", "0x1F", "0b1", "1_000", "1,000", "+919845012345"),
        *("2026-01-01", "2026-01-01 10:00:00", "1e3", ".5", "5.", ".inf", ".nan", "-", "=", "+5"),
        *("1234567890123456", "0.12345678901234567", "१२", "1.2.3"),
    ],
)
def test_what_other_readers_convert_stays_text(written: str) -> None:
    if written == "-":
        written = "- -"
    assert plain(read(f"key: '{written}'")) == {"key": written}
    if not written.startswith("-"):
        assert plain(read(f"key: {written}")) == {"key": written}


@each_row(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("7", 7),
        ("-7", -7),
        ("9845012345", 9845012345),
        ("0.6", 0.6),
        ("-1.50", -1.5),
    ],
)
def test_only_true_false_null_and_plain_numbers_are_not_text(written: str, value: object) -> None:
    read_value = plain(read(f"key: {written}"))
    assert read_value == {"key": value}
    assert [type(read_value["key"])] == [type(value)]


@pytest.mark.parametrize("written", ["true", "7", "null", "0.5"])
def test_in_quotes_everything_is_text(written: str) -> None:
    assert plain(read(f"key: '{written}'")) == {"key": written}


def test_keys_are_the_text_that_they_look_like() -> None:
    assert plain(read("{yes: a, 1: b, '2': c, true: d, 404: e, 012: f}")) == {
        **{"yes": "a", "1": "b", "2": "c"},
        **{"true": "d", "404": "e", "012": "f"},
    }


def test_every_key_and_value_knows_its_place() -> None:
    root = read("states:\n  menu:\n    on: {yes: end}\n    retry:\n      - नमस्ते, फिर\n      - b\n")
    assert isinstance(root, Fields)
    assert root.entries["states"].key.place == Place("f.yaml", 1, 1)
    assert find(root, "states", "menu", "on", "yes").place == Place("f.yaml", 3, 15)
    assert find(root, "states", "menu", "retry", 1).place == Place("f.yaml", 6, 9)


def test_columns_count_characters_not_bytes() -> None:
    root = read("{हिन्दी: नमस्ते, next: end}")
    assert find(root, "next").place.column == len("{हिन्दी: नमस्ते, next: ") + 1


def test_what_is_not_there_is_found_as_far_as_it_goes() -> None:
    root = read("on: {yes: end}\n")
    assert find(root, "on", "yes", 0, "next") == find(root, "on", "yes")
    assert find(root, "on", "no") == find(root, "on")


def test_an_alias_stands_for_the_whole_value() -> None:
    assert plain(read("a: &x [1, 2]\nb: *x\n")) == {"a": [1, 2], "b": [1, 2]}


def test_a_repeated_key_names_both_lines() -> None:
    found = problem("a: 1\nb: 2\na: 3\n")
    assert (found.place.line, found.place.column) == (3, 1)
    assert found.message == "the key 'a' stands here and already in line 1."


def test_all_repeated_keys_are_found_at_once() -> None:
    source = read_source("a: 1\na: 2\nb: {c: 1, c: 2}\n", "f.yaml")
    assert [found.place.line for found in source.problems] == [2, 3]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert plain(read("\ufeffa: 1")) == {"a": 1}


def test_an_alias_inside_its_own_value_is_refused() -> None:
    assert problem("a: &x {b: *x}\n").code == "unknown-alias"


def test_aliases_cannot_blow_a_file_up() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problem("\n".join(rows)).code == "too-big"


def test_aliases_cannot_make_a_file_too_deep() -> None:
    rows = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MAX_DEPTH + 2))]
    assert problem("\n".join(rows)).code == "too-deep"


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(bracket: str) -> None:
    assert problem(bracket * 10_000).code == "too-deep"


def test_forty_deep_is_not_too_deep() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_a_huge_file_is_refused() -> None:
    assert problem("a" * (MAX_BYTES + 1)).code == "too-big"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ud800", "\x7f", "\ufffe"])
def test_what_is_no_text_is_shown_where_it_stands(character: str) -> None:
    found = problem(f"a: 1\nb: x{character}\n")
    assert (found.code, found.place.line, found.place.column) == ("syntax", 2, 5)


def test_tags_construct_nothing() -> None:
    source = read_source("a: !!python/object/apply:os.system [ls]\nb: !x y\n", "f.yaml")
    assert [found.code for found in source.problems] == ["tag", "tag"]
    assert plain(source.root) == {"a": ["ls"], "b": "y"}  # type: ignore[arg-type]  # it was read


_YAML_LIKE = st.text(
    st.sampled_from("ab1: -\n\t'\"[]{},#&*!|>%@`?.~<=\\é\u2028\ufeff\x85"), max_size=60
)


@given(st.text(max_size=80) | _YAML_LIKE)
def test_any_text_gives_a_tree_or_says_what_is_wrong(text: str) -> None:
    source = read_source(text, "f.yaml")
    assert source.problems or isinstance(source.root, Scalar | Items | Fields)
    for found in source.problems:
        assert found.message
        assert found.place.line >= 1
        assert found.place.column >= 1


_DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text("ab 1:'\"#{}é\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc1"), inner, max_size=3),
    max_leaves=8,
)


@given(_DATA)
def test_data_written_as_json_is_read_as_it_was(data: object) -> None:
    import json

    assert plain(read(json.dumps(data))) == data
