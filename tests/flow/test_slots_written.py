"""`slots`, as they are written in a file."""

import pytest
from scripted_calls import flow_of, problems_of

FLOW = """
states: {a: {collect: [it], next: b}, b: {hangup: Bye.}}
slots: {it: %s}
"""


@pytest.mark.parametrize(
    ("written", "choices"),
    [
        ("[red, blue]", {"red": {}, "blue": {}}),
        (
            "{red: scarlet, blue: [navy, sky], grey: , white: {digit: 9}}",
            {
                "red": {"synonyms": ("scarlet",)},
                "blue": {"synonyms": ("navy", "sky")},
                "grey": {},
                "white": {"synonyms": (), "digit": "9"},
            },
        ),
    ],
)
def test_choices_are_names_or_names_with_synonyms_and_keys(written, choices):
    flow = flow_of(FLOW % f"{{type: choice, ask: Which?, choices: {written}}}")
    assert flow.slots["it"].options == {"choices": choices}


@pytest.mark.parametrize(
    ("written", "at", "told"),
    [
        ("{type: choice, ask: Hm?}", "it", "a slot of type choice needs the key 'choices'."),
        ("{type: choice, ask: Hm?, choices: red}", "red", "a list of choices, or a mapping of"),
        ("{type: choice, ask: Hm?, choices: []}", "[]", "a list of choices, or a mapping of"),
        ("{type: choice, ask: Hm?, choices: {a: {keys: 1}}}", "keys", "'keys' is not a key of"),
        ("{type: choice, ask: Hm?, choices: {a: {digit: x}}}", "x}", "what is pressed (0 to 9"),
        ("{type: date, ask: Hm?, length: 3}", "length", "'length' means nothing for a slot of"),
        ("{type: number, ask: Hm?, min: 5, max: 3}", "5", "'min' (5) must not be more than 'max'"),
        ("{type: digits, ask: Hm?, length: 0}", "0", "a whole number from 1 to 40 is needed"),
        ("{type: dte, ask: Hm?}", "dte", "'text', 'yes_no', "),
        ("[date]", "[", "a mapping (lines of 'key: value') is needed here"),
    ],
)
def test_what_is_wrong_in_a_slot_is_told_where_it_stands(written, at, told):
    found = problems_of(FLOW % written)
    place, message = found[0].split(" ", 1)
    assert message.startswith(told), message
    line = (FLOW % written).splitlines()[2]
    assert place == f"talk.yaml:3:{line.index(at) + 1}"


def test_a_slot_without_a_type_is_told():
    assert "needs the key 'type'" in problems_of(FLOW % "{ask: Hm?}")[0]


def test_a_slot_may_not_have_the_name_of_a_fact():
    flow = "states: {a: {collect: [today], next: b}, b: {hangup: Bye.}}\nslots: {today: date}\n"
    assert problems_of(flow)[-1].startswith("talk.yaml:2:9 ")
