"""Prompts that nobody listens to until their end."""

import re
from collections.abc import Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.model import Ask, Choose, Handler, Hangup, State, Text
from runtime.flow.problem import Problem
from runtime.flow.template import Template

MAX_SECONDS = 30
CHARACTERS_PER_SECOND = 15
"""A usual pace of English synthesis."""
_CODE = re.compile(r"\{([{%#]).*?[}%#]\}", re.DOTALL)


def prompt_is_too_long_to_hear(subject: Subject) -> Iterator[Problem]:
    """Nothing that is said takes more than half a minute."""
    for text in _texts(subject):
        wordings = [wording for row in text.wordings.values() for wording in row]
        spoken = [_CODE.sub("", way.source) for way in wordings if isinstance(way, Template)]
        seconds = max((len(words) for words in spoken), default=0) // CHARACTERS_PER_SECOND
        if seconds > MAX_SECONDS:
            message = f"this takes about {seconds} s to say; callers listen for {MAX_SECONDS}."
            hint = "Make it shorter, or let the caller choose what to hear."
            yield Problem(text.place, "warning", "too-long", message, hint)


def _texts(subject: Subject) -> Iterator[Text]:
    flow = subject.flow
    if flow.greeting is not None:
        yield flow.greeting.text
    yield from flow.phrases.values()
    yield from (intent.answer for intent in flow.intents.values() if intent.answer)
    for handlers in flow.always.values():
        yield from _said(handlers)
    for state in flow.states.values():
        yield from _texts_of(state)


def _texts_of(state: State) -> Iterator[Text]:
    if isinstance(state.verb, Ask | Hangup) and state.verb.text is not None:
        yield state.verb.text
    yield from (text for text in (state.say, state.help) if text is not None)
    yield from (*state.retry, *state.no_match, *state.no_input)
    for handlers in state.on.values():
        yield from _said(handlers)
    if isinstance(state.verb, Choose):
        yield from _said(state.verb.branches)


def _said(handlers: tuple[Handler, ...]) -> Iterator[Text]:
    return (handler.say for handler in handlers if handler.say is not None)
