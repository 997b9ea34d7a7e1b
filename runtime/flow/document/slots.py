"""Slots: values that the flow needs from the caller."""

from collections.abc import Mapping
from typing import Any

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, Values, one_of, open_table
from runtime.flow.document.patterns import PATTERN
from runtime.flow.document.texts import EXPRESSION, TEXT, WORDINGS
from runtime.flow.document.values import (
    DIGITS,
    FACTS,
    FLAG,
    WORD,
    choice,
    is_variable_name,
    number,
    whole_number,
)
from runtime.flow.model import Slot
from runtime.flow.slots import SLOT_TYPES
from runtime.flow.source import Fields, Items, Node, Scalar

Choices = Mapping[str, Mapping[str, object]]
"""Name: {synonyms, digit}."""

VALUE = "value"
"""What `valid`, `invalid` and `confirm` call the value."""

MOST_DIGITS = 40


def _read_synonyms(draft: Draft, node: Node) -> tuple[str, ...] | None:
    nodes = node.items if isinstance(node, Items) else (node,)
    words = [WORD.read(draft, item) for item in nodes]
    return tuple(word for word in words if word is not None)


def _read_keys(draft: Draft, node: Node) -> str | None:
    if isinstance(node, Scalar) and node.text and set(node.text) <= DIGITS - {"#"}:
        return node.text
    draft.needs(node, "what is pressed (0 to 9 or *)")
    return None


SYNONYMS = Key("synonyms", Kind("text, or list of text", _read_synonyms), "Said instead.", "none")
CHOICE_KEYS = Key("digit", Kind("keys of the phone", _read_keys), "Pressed instead.", "its place")
CHOICE_TABLE = Table("a choice", (SYNONYMS, CHOICE_KEYS))


def _read_choices(draft: Draft, node: Node) -> Choices | None:
    if isinstance(node, Items) and node.items:
        names = [WORD.read(draft, item) for item in node.items]
        return {name: {} for name in names if name is not None}
    if not isinstance(node, Fields) or not node.entries:
        draft.needs(node, "a list of choices, or a mapping of each to its synonyms")
        return None
    return {name: _read_choice(draft, entry.value) for name, entry in node.entries.items()}


def _read_choice(draft: Draft, node: Node) -> Mapping[str, object]:
    if isinstance(node, Scalar) and node.value is None:
        return {}
    values = open_table(draft, node, CHOICE_TABLE) if isinstance(node, Fields) else None
    if values is None:
        return {"synonyms": _read_synonyms(draft, node) or ()}
    about: dict[str, object] = {"synonyms": values.get_or(SYNONYMS, ())}
    digit = values.get(CHOICE_KEYS)
    return about if digit is None else {**about, "digit": digit}


_NUMBER = number(-1e15, 1e15)
_COUNT = whole_number(1, MOST_DIGITS)

TYPE = Key("type", choice({name: name for name in SLOT_TYPES}), "What it is.", required=True)
SLOT_DESCRIPTION = Key("description", WORD, "For a language model.", "none")
SLOT_ASK = Key("ask", TEXT, "The question; `collect` needs it.")
SLOT_RETRY = Key("retry", WORDINGS, "The question, worded anew.", "the question itself")
SLOT_HELP = Key("help", TEXT, "Said when the caller asks for help.", "the state's")
SLOT_NO_MATCH = Key("no_match", WORDINGS, "Said where no value was understood.", "the state's")
SLOT_NO_INPUT = Key("no_input", WORDINGS, "Said where nothing was heard.", "the state's")
VALID = Key("valid", EXPRESSION, "Over `value`: whether it will do.", "any value of the type")
INVALID = Key("invalid", TEXT, "Said where it will not do.", "the built-in sentence")
CONFIRM_VALUE = Key("confirm", TEXT, "Asked before the value counts; `value` is in it.", "nothing")
SENSITIVE = Key("sensitive", FLAG, "Keep it from logs, transcripts, models.", "false")
LENGTH = Key("length", _COUNT, "`digits`: how many.", "any")
LEAST = Key("min", _NUMBER, "Numbers: the least; `digits`: the fewest.", "none")
MOST = Key("max", _NUMBER, "Numbers: the most; `digits`: the most.", "none")
CHOICES = Key("choices", Kind("list of text, or mapping", _read_choices), "`choice`: which.")
SLOT_PATTERN = Key("pattern", PATTERN, "`pattern`: the form of the code.")

SLOT_TABLE = Table(
    "a slot",
    (
        TYPE,
        SLOT_DESCRIPTION,
        SLOT_ASK,
        SLOT_RETRY,
        SLOT_HELP,
        SLOT_NO_MATCH,
        SLOT_NO_INPUT,
        VALID,
        INVALID,
        CONFIRM_VALUE,
        SENSITIVE,
        LENGTH,
        LEAST,
        MOST,
        CHOICES,
        SLOT_PATTERN,
    ),
)

_NUMBERS = ("number", "integer", "money")
_OPTION_TYPES: Mapping[str, tuple[str, ...]] = {
    LENGTH.name: ("digits",),
    LEAST.name: (*_NUMBERS, "digits"),
    MOST.name: (*_NUMBERS, "digits"),
    CHOICES.name: ("choice",),
    SLOT_PATTERN.name: ("pattern",),
}
_OPTIONS: tuple[Key[Any], ...] = (LENGTH, LEAST, MOST, CHOICES, SLOT_PATTERN)
_NEEDED: Mapping[str, Key[Any]] = {"choice": CHOICES, "pattern": SLOT_PATTERN}


def read_slots(draft: Draft, fields: Fields | None) -> Mapping[str, Slot]:
    """Read the slots; one that is wrong stands for its name."""
    slots: dict[str, Slot] = {}
    for name, entry in (fields.entries if fields else {}).items():
        if is_variable_name(draft, entry.key, FACTS):
            slots[name] = _read_slot(draft, entry.key, entry.value)
    return slots


def _read_slot(draft: Draft, key: Scalar, node: Node) -> Slot:
    if isinstance(node, Scalar) and node.text.strip():
        # `day: date` says all that a slot has to say.
        return Slot(key.text, key.place, TYPE.kind.read(draft, node) or "text")
    values = open_table(draft, node, SLOT_TABLE)
    if values is None:
        return Slot(key.text, key.place, "text")
    sort = values.get(TYPE)
    options = _options(values, key, sort)
    with draft.local({VALUE}):
        valid, invalid = values.get(VALID), values.get(INVALID)
        confirm = values.get(CONFIRM_VALUE)
    return Slot(
        key.text,
        key.place,
        sort or "text",
        options,
        description=values.get_or(SLOT_DESCRIPTION, ""),
        ask=values.get(SLOT_ASK),
        retry=values.get_or(SLOT_RETRY, ()),
        help=values.get(SLOT_HELP),
        no_match=values.get_or(SLOT_NO_MATCH, ()),
        no_input=values.get_or(SLOT_NO_INPUT, ()),
        valid=valid,
        invalid=invalid,
        confirm=confirm,
        sensitive=values.get_or(SENSITIVE, False),
    )


def _options(values: Values, key: Scalar, sort: str | None) -> Mapping[str, object]:
    draft = values.draft
    options: dict[str, object] = {}
    for option in _OPTIONS:
        node = values.node(option)
        if node is None:
            continue
        value = values.get(option)
        if sort is not None and sort not in _OPTION_TYPES[option.name]:
            users = _OPTION_TYPES[option.name]
            message = f"'{option.name}' means nothing for a slot of type {sort}."
            place = values.fields.entries[option.name].key
            draft.error(place, "misplaced-key", message, f"It belongs to {one_of(users)}.")
        elif value is not None:
            options[option.name] = getattr(value, "pattern", value)
    needed = _NEEDED.get(sort or "")
    if needed is not None and values.node(needed) is None:
        draft.error(key, "missing-key", f"a slot of type {sort} needs the key '{needed.name}'.")
    _check_bounds(values, options)
    return options


def _check_bounds(values: Values, options: Mapping[str, object]) -> None:
    least, most = options.get("min"), options.get("max")
    if isinstance(least, float) and isinstance(most, float) and least > most:
        message = f"'min' ({least:g}) must not be more than 'max' ({most:g})."
        values.draft.error(values.fields.entries[LEAST.name].value, "out-of-range", message)
