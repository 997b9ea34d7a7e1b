"""Slots that nobody is asked for, that nothing uses, or whose answers cannot be told apart."""

from collections.abc import Iterator

from runtime.flow.check.names import slot_is_unknown
from runtime.flow.check.subject import Subject
from runtime.flow.document.values import DIGITS
from runtime.flow.model import Collect, Prompt, Slot
from runtime.flow.place import Place
from runtime.flow.problem import Problem, listed
from runtime.flow.slots import KEYPAD_TYPES
from runtime.flow.slots.choices import Choice, choices_of
from runtime.flow.source import Items, find, find_fields


def collected_slot_has_no_question(subject: Subject) -> Iterator[Problem]:
    """What `collect` fills is asked for: by the slot, or by the `say` before the first of them.

    Not asked of a file that could not be read whole: the slot may have its question there.
    """
    if not subject.is_whole:
        return
    for state in subject.flow.states.values():
        names = state.verb.slots if isinstance(state.verb, Collect) else ()
        for number, name in enumerate(names):
            slot = subject.flow.slots.get(name)
            asks_itself = number == 0 and state.say is not None
            if slot is None or slot.ask is not None or asks_itself:
                continue
            message = f"'{state.name}' collects '{name}', which has no question."
            hint = f"Give the slot '{name}' an 'ask'."
            place = subject.place("states", state.name, "collect", number)
            yield Problem(place, "error", "no-question", message, hint)


def sensitive_slot_is_left_to_a_model(subject: Subject) -> Iterator[Problem]:
    """What is sensitive never reaches a model, so that none could fill it."""
    for state in subject.flow.states.values():
        names = state.verb.slots if isinstance(state.verb, Prompt) else ()
        for number, name in enumerate(names):
            slot = subject.flow.slots.get(name)
            if slot is not None and slot.sensitive:
                message = f"the slot '{name}' is sensitive: a model never hears of its value."
                hint = "Let a state collect it, before or afterwards."
                place = subject.place("states", state.name, "slots", number)
                yield Problem(place, "error", "sensitive-slot", message, hint)


def slot_is_never_asked_for(subject: Subject) -> Iterator[Problem]:
    """Whatever slot has a question, is collected or left to a model.

    One without may still be filled in passing. Not asked while a name is unknown: it may be this
    one, misspelt.
    """
    if not subject.is_whole or any(slot_is_unknown(subject)):
        return
    asked: set[str] = set()
    for state in subject.flow.states.values():
        match state.verb:
            case Collect(slots=names):
                asked.update(names)
            case Prompt(slots=names, tools=tools):
                requests = [subject.flow.requests.get(tool) for tool in tools]
                asked.update(names, *(request.names for request in requests if request))
    for slot in subject.flow.slots.values():
        if slot.ask is not None and slot.name not in asked and subject.is_own(slot.place):
            message = f"nothing asks for the slot '{slot.name}'."
            hint = "Name it in a 'collect', or delete it."
            yield Problem(slot.place, "warning", "unused-slot", message, hint)


def key_of_on_belongs_to_a_value(subject: Subject) -> Iterator[Problem]:
    """A key that is pressed while a number is asked for is taken as part of the number."""
    for state in subject.flow.states.values():
        names = state.verb.slots if isinstance(state.verb, Collect) else ()
        slots = [subject.flow.slots[name] for name in names if name in subject.flow.slots]
        if not slots or any(slot.type not in KEYPAD_TYPES for slot in slots):
            continue
        # "#" closes an entry, and means something else only before one.
        for key in state.on.keys() & DIGITS - {"#"}:
            asked = listed([slot.name for slot in slots], "or")
            message = f"'{key}' leads nowhere here: while {asked} is asked for, it is part of that."
            hint = "Take an intent instead, by whose words the caller can say it."
            place = subject.key_place("states", state.name, "on", key)
            yield Problem(place, "warning", "shared-digit", message, hint)


def two_choices_share_a_sign(subject: Subject) -> Iterator[Problem]:
    """Of the choices of a slot no two are known by the same word or key."""
    for slot in subject.flow.slots.values():
        if slot.type == "choice" and slot.options.get("choices"):
            yield from _shared(subject, slot)


def _shared(subject: Subject, slot: Slot) -> Iterator[Problem]:
    known: dict[object, str] = {}
    for number, choice in enumerate(choices_of(slot.options)):
        for sign, what in _signs(choice):
            other = known.setdefault(sign, choice.name)
            if other != choice.name:
                message = f"{what} stands for '{choice.name}' and for '{other}'."
                place = _choice_place(subject, slot, number, choice.name)
                hint = "Leave it to one of them."
                yield Problem(place, "error", "shared-choice", message, hint)


def _signs(choice: Choice) -> Iterator[tuple[object, str]]:
    for phrase in dict.fromkeys(choice.phrases):
        yield phrase, f"'{' '.join(phrase)}'"
    if choice.digit is not None:
        yield choice.digit, f"the key '{choice.digit}'"


def _choice_place(subject: Subject, slot: Slot, number: int, name: str) -> Place:
    path = ("slots", slot.name, "choices")
    listing = find(subject.root, *path)
    if isinstance(listing, Items):
        return subject.place(*path, number)
    entry = find_fields(subject.root, *path).get(name)
    return entry.key.place if entry else slot.place
