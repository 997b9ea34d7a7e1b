"""What the table of the adapters tells, of times that are given."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from bench.adapter_calls import Contestant, Pair, pieces, whole
from bench.adapter_table import (
    TITLES,
    Row,
    Taken,
    added,
    as_json,
    as_markdown,
    as_text,
    percentile,
    row_of,
)
from bench.adapters import WARMING, compared, in_turn


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([7.0], 0.5, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([float(value) for value in range(1, 101)], 0.5, 50.0),
        ([float(value) for value in range(1, 101)], 0.99, 99.0),
        ([1.0, 9.0], 0.99, 9.0),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(values, share, found):
    assert percentile(values, share) == found


def test_a_slow_call_of_the_bare_client_hides_none_of_the_adapter():
    bare, adapter = [1.0, 1.0, 30.0], [1.5, 20.0, 1.5]
    figures = added(bare, adapter)
    assert figures.p99 == -10.0
    assert figures.paired_p99 == 19.0
    assert not figures.is_reached


@pytest.mark.parametrize(("more", "is_reached"), [(4.75, True), (5.0, False)])
def test_five_milliseconds_are_too_many(more, is_reached):
    assert added([1.0, 2.0], [1.0 + more, 2.0 + more]).is_reached is is_reached


def test_calls_of_different_numbers_are_no_pairs():
    with pytest.raises(ValueError, match="zip"):
        added([1.0], [1.0, 2.0])


def rows() -> list[Row]:
    slow = row_of("slow", "a|b", [Taken(1.0, 2.0)], [Taken(1.25, 9.0)])
    return [slow, Row("absent", "", why="openai is not installed")]


def test_each_answer_has_its_verdict_and_what_is_missing_its_reason():
    heading, first, total, absent = as_text(rows()).splitlines()
    assert heading.startswith("adapter")
    assert "0.25" in first
    assert "  reached" in first
    assert "NOT REACHED" in total
    assert absent.endswith("not measured: openai is not installed")


def test_no_text_begins_a_column_in_markdown():
    assert {line.count("|") for line in as_markdown(rows()).splitlines()} == {len(TITLES) + 1}


def test_json_has_all_figures_and_none_of_what_was_not_measured():
    slow, absent = json.loads(as_json(rows()))["adapters"]
    assert (slow["first"]["added_p50"], slow["first"]["reached"]) == (0.25, True)
    assert (slow["total"]["paired_p99"], slow["total"]["reached"]) == (7.0, False)
    assert (absent["first"], absent["why"]) == (None, "openai is not installed")


def test_both_are_called_in_turn_and_the_first_calls_do_not_count():
    made = []

    def caller(name):
        async def call():
            made.append(name)
            return Taken(float(len(made)), 0.0)

        return call

    bare, adapter = asyncio.run(in_turn(Pair(caller("adapter"), caller("bare")), 2))
    assert made[:4] == ["bare", "adapter", "adapter", "bare"]
    assert len(made) == 2 * (WARMING + 2)
    begun = 2 * WARMING
    assert [each.first for each in bare] == [begun + 1, begun + 4]
    assert [each.first for each in adapter] == [begun + 2, begun + 3]


def test_a_missing_package_costs_its_adapter_the_figures():
    def opened(_):
        raise ModuleNotFoundError(name="openai")

    missing = Contestant("x", "", opened)
    row = asyncio.run(compared(missing, "http://127.0.0.1:1", 1, control=False))
    assert row.why == "openai is not installed"


@pytest.mark.parametrize(("control", "found"), [(False, 3.0), (True, 0.0)])
def test_a_control_calls_no_adapter(control, found):
    @asynccontextmanager
    async def opened(_):
        async def adapter():
            return Taken(4.0, 4.0)

        async def bare():
            return Taken(1.0, 1.0)

        yield Pair(adapter, bare)

    contestant = Contestant("x", "", opened)
    row = asyncio.run(compared(contestant, "http://127.0.0.1:1", 2, control=control))
    assert row.total.paired_p50 == found


def test_an_answer_that_is_wrong_is_not_timed():
    async def nothing():
        for piece in ():
            yield piece

    async def other():
        return "something else"

    with pytest.raises(ValueError, match="no answer"):
        asyncio.run(pieces(nothing()))
    with pytest.raises(ValueError, match="something else"):
        asyncio.run(whole(other()))
