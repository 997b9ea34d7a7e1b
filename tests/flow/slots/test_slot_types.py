"""The table of slot types, and what all of them promise."""

import ast
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

import runtime.flow.slots as slots
from runtime.flow.slots import SLOT_TYPES, SlotContext, incomplete

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OPTIONS = {"choices": ["delhi", "mumbai"], "pattern": "[A-Z]{2}[0-9]{3}"}
IMPURE = {"asyncio", "time", "random", "socket", "starlette", "providers", "datetime.now"}


def context(expected: bool = True, **options: object) -> SlotContext:
    return SlotContext(NOW, "en-IN", expected, {**OPTIONS, **options})


def test_every_type_of_the_flow_language_is_there() -> None:
    assert list(SLOT_TYPES) == [
        "text",
        "yes_no",
        "number",
        "integer",
        "money",
        "date",
        "time",
        "datetime",
        "duration",
        "phone",
        "digits",
        "choice",
        "name",
        "email",
        "pattern",
    ]


@each_row("type", SLOT_TYPES)
@settings(max_examples=10)
@given(utterance=st.text(max_size=50), expected=st.booleans())
def test_any_text_is_read_without_error(type: str, utterance: str, expected: bool) -> None:
    found = SLOT_TYPES[type](utterance, context(expected))
    assert found is None or 0 <= found.span[0] < found.span[1] <= len(utterance)
    assert incomplete(type, utterance, context(expected)) in {True, False}


CHATTER = ("I would like to speak to someone about my last bill", "thanks, bye", "yes please")


@each_row(("type", "utterance"), product(SLOT_TYPES, CHATTER))
def test_chatter_in_passing_fills_nothing(type: str, utterance: str) -> None:
    assert SLOT_TYPES[type](utterance, context(expected=False)) is None


def test_text_is_the_utterance_itself() -> None:
    found = SLOT_TYPES["text"]("  It hurts, here. ", context())
    assert found is not None
    assert found.value == "It hurts, here."
    assert found.span == (2, 17)
    assert SLOT_TYPES["text"]("   ", context()) is None


@each_row(
    ("type", "utterance", "expected"),
    [
        ("phone", "nine eight four five zero one two", True),
        ("phone", "98450 12345", False),
        ("digits", "one two three", True),
        ("digits", "one two three four", False),
        ("email", "anita dot rao at", True),
        ("email", "anita at gmail dot com", False),
        ("number", "two lakh and", True),
        ("number", "two lakh um", True),
        ("number", "two lakh", False),
        ("integer", "about", True),
        ("money", "three point", True),
        ("money", "five hundred rupees", False),
        ("duration", "two hours and", True),
        ("text", "and", False),
        ("yes_no", "yes and", False),
        ("name", "Anita", False),
    ],
)
def test_unfinished_answer_is_told_from_a_finished_one(
    type: str, utterance: str, expected: bool
) -> None:
    assert incomplete(type, utterance, context(length=4)) is expected


@each_row("path", sorted(Path(slots.__path__[0]).glob("*.py")))
def test_module_reads_no_clock_and_does_no_io(path: Path) -> None:
    tree = ast.walk(ast.parse(path.read_text()))
    imported = {
        name
        for node in tree
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & IMPURE
