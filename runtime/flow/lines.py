"""Everything that a flow may say, and which of it is known before any call."""

from collections.abc import Iterator, Mapping

from runtime.flow.model import (
    Ask,
    Choose,
    Collect,
    Flow,
    Handlers,
    Hangup,
    Prompt,
    Record,
    Slot,
    State,
    with_runs,
)
from runtime.flow.phrases import PHRASES, VALUES, phrase
from runtime.flow.slots import KEYPAD_TYPES
from runtime.flow.template import TemplateProblem
from runtime.flow.text import Sound, Text
from runtime.flow.understanding.matching import intent_of_digit

SPOKEN_PHRASES = tuple(name for name in PHRASES if name not in VALUES)
"""The built-in sentences that any flow may come to say without an intent of its own."""


def texts(flow: Flow) -> Iterator[Text]:
    """Iterate over all texts of the author's in one flow, in the order of the file."""
    if flow.greeting is not None:
        yield flow.greeting.text
    for intent in flow.intents.values():
        if intent.answer is not None:
            yield intent.answer
    for slot in flow.slots.values():
        yield from _of_slot(slot)
    for request in flow.requests.values():
        if request.hold is not None:
            yield request.hold
    for state in flow.states.values():
        yield from _of_state(state)
    yield from _of_handlers(flow.always)
    yield from flow.phrases.values()


def _of_slot(slot: Slot) -> Iterator[Text]:
    for text in (slot.ask, slot.help, slot.invalid, slot.confirm):
        if text is not None:
            yield text
    yield from (*slot.retry, *slot.no_match, *slot.no_input)


def _of_state(state: State) -> Iterator[Text]:
    for text in (state.say, state.help):
        if text is not None:
            yield text
    match state.verb:
        case Ask(text=question) | Record(text=question):
            yield question
        case Prompt(hold=hold) if hold is not None:
            yield hold
        case Hangup(text=last) if last is not None:
            yield last
        case Choose(branches=branches):
            yield from (branch.say for branch in branches if branch.say is not None)
    yield from (*state.retry, *state.no_match, *state.no_input)
    yield from _of_handlers(state.on)


def _of_handlers(handlers: Handlers) -> Iterator[Text]:
    for row in handlers.values():
        yield from (handler.say for handler in row if handler.say is not None)


def fixed_lines(flow: Flow, variables: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Iterate over (language, words) of what is the same in every call with those variables.

    What the flows say that it runs is among them, as far as it hangs on nothing they are given.
    """
    for each in with_runs(flow):
        given = variables if each is flow else {}
        yield from _fixed_texts(each, {"language": flow.language, **each.variables, **given})
    for name in SPOKEN_PHRASES:
        if name not in flow.phrases:
            yield flow.language, phrase(name, flow.language)


def _fixed_texts(flow: Flow, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for text in texts(flow):
        for language, wordings in text.wordings.items():
            for wording in wordings:
                if isinstance(wording, Sound) or not wording.names <= values.keys():
                    continue
                try:
                    words = wording.render(values)
                except TemplateProblem:
                    # Fails on the starting values only: the call will have others by then.
                    continue
                if words.strip():
                    yield _spoken_as(language, flow), " ".join(words.split())


def _spoken_as(language: str, flow: Flow) -> str:
    """Return the language that the call has when it comes to the wordings of `language`."""
    of_the_flow = language in ("", flow.language.split("-")[0])
    return flow.language if of_the_flow else language


def sounds(flow: Flow) -> Iterator[str]:
    """Iterate over the paths of the recordings of the flow and those that it runs."""
    for text in (text for each in with_runs(flow) for text in texts(each)):
        for wordings in text.wordings.values():
            yield from (wording.path for wording in wordings if isinstance(wording, Sound))


def speaks(flow: Flow) -> bool:
    """Tell whether anything the author wrote needs a synthesiser."""
    said = (text for each in with_runs(flow) for text in texts(each))
    every = (wordings for text in said for wordings in text.wordings.values())
    return any(not isinstance(wording, Sound) for wordings in every for wording in wordings)


def keypad_is_enough(flow: Flow) -> bool:
    """Tell whether every question can be answered by a key, so that nothing need be recognised."""
    states = ((each, state) for each in with_runs(flow) for state in each.states.values())
    return all(_takes_keys(each, state) for each, state in states)


def _takes_keys(flow: Flow, state: State) -> bool:
    match state.verb:
        case Ask():
            keys = (*"0123456789", "*", "#")
            return any(intent_of_digit(flow, state, key) for key in keys)
        case Collect(slots=names):
            return all(flow.slots[name].type in KEYPAD_TYPES for name in names)
        case Prompt():
            return False
        case _:
            return True
