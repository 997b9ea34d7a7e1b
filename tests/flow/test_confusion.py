import pytest

from runtime.flow.understanding import confusion
from runtime.flow.understanding.confusion import Confusion, confusions

MIXED_UP = {
    "pay": ("I want to pay my bill", "pay the bill", "cancel my whole subscription"),
    "cancel": ("cancel my subscription", "cancel the subscription", "end my subscription"),
}
FOUND = (Confusion("pay", "cancel my whole subscription", "cancel"),)


def found(examples, *menus, accept=0.6, spared=()):
    return confusions(examples, menus or [examples.keys()], accept, spared)


def test_an_example_that_belongs_elsewhere_is_named_with_the_intent_it_is_taken_for():
    assert found(MIXED_UP) == FOUND


def test_what_has_been_found_is_remembered_for_the_next_save():
    found(MIXED_UP)
    remembered = confusion._confusions.cache_info().hits
    assert found({name: tuple(own) for name, own in MIXED_UP.items()}) == FOUND
    assert confusion._confusions.cache_info().hits == remembered + 1


def test_only_intents_in_reach_together_are_tried():
    assert found(MIXED_UP, ["pay"], ["cancel"], []) == ()
    assert found(MIXED_UP, ["cancel", "pay", "unknown"]) == FOUND


def test_what_is_known_by_other_means_is_not_tried():
    assert found(MIXED_UP, spared=[("pay", "cancel my whole subscription")]) == ()
    assert found(MIXED_UP, spared=[("cancel", "cancel my whole subscription")]) == FOUND


def test_what_the_bot_would_ask_back_is_no_confusion():
    assert found(MIXED_UP, accept=0.9999) == ()


def test_an_example_of_two_intents_is_confused_with_the_other():
    examples = {"a": ("Put me through", "sales please"), "b": ("put me through.", "the workshop")}
    assert set(found(examples)) == {
        Confusion("a", "Put me through", "b"),
        Confusion("b", "put me through.", "a"),
    }


@pytest.mark.parametrize(
    "examples",
    [
        {},
        {"only": ("one example", "another")},
        {"hours": ("when are you open", "what are your timings"), "empty": ()},
        {
            "hours": ("when are you open", "are you open on sunday"),
            "person": ("talk to a person", "speak to a person", "give me a person to talk to"),
        },
        # Without its only example nothing is left to know the intent by.
        {"book": ("a visit please",), "cancel": ("cancel it", "call it all off")},
    ],
)
def test_what_lies_apart_or_stands_alone_is_not_confused(examples):
    assert found(examples) == ()


def test_many_examples_are_left_out_a_tenth_at_a_time():
    # Without half of its examples at once, `cancel` would not be known any more.
    words = ("visit", "order", "call", "trip", "lesson", "table", "room", "seat", "class", "test")
    alike = {
        "book": tuple(f"book my {word}" for word in words),
        "cancel": tuple(f"cancel my {word}" for word in words),
    }
    assert found(alike) == ()


def test_of_many_menus_the_likeliest_are_tried(monkeypatch):
    monkeypatch.setattr(confusion, "MENUS", 1)
    harmless = {"hello": ("good day to my friend", "hello my friend"), "bye": ("bye my friend",)}
    menus = [harmless.keys(), MIXED_UP.keys()]
    assert found({**harmless, **MIXED_UP}, *menus) == FOUND
