import difflib

from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.nearness import nearest

KNOWN = ("booking", "booked", "cancel", "day", "time", "yes", "no", "end", "Menu")


@each_row(
    ("written", "meant"),
    [
        ("bokking", "booking"),
        ("Bookin", "booking"),
        ("dya", "day"),
        ("tiem", "time"),
        ("yse", "yes"),
        ("ende", "end"),
        ("menu", "Menu"),
        ("cancle", "cancel"),
        ("on", None),
        ("xyz", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found(written: str, meant: str | None) -> None:
    assert nearest(written, KNOWN) == meant


def test_among_a_thousand_names_that_are_alike_the_nearest_is_found() -> None:
    names = [f"day_{number}" for number in range(1000)]
    assert nearest("dya_617", names) == "day_617"
    assert nearest("day_1000", names) in names


@given(
    st.sets(st.text("abcde_", min_size=3, max_size=8), max_size=15), st.text("abcde_", max_size=8)
)
def test_where_names_are_few_it_is_as_near_as_any(names: set[str], word: str) -> None:
    def how_near(name: str) -> float:
        return difflib.SequenceMatcher(None, name, word).ratio()

    found = nearest(word, names)
    best = max(map(how_near, names), default=0)
    assert (best < 0.6) if found is None else (how_near(found) >= 0.6)
