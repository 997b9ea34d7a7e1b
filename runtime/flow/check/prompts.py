"""What is said and never heard: prompts that are too long, wordings whose turn never comes."""

import re
from collections.abc import Iterator

from runtime.flow.check.subject import Subject, waits
from runtime.flow.lines import texts
from runtime.flow.model import Collect
from runtime.flow.problem import Problem
from runtime.flow.template import Template
from runtime.flow.text import Wordings

MAX_SECONDS = 30
CHARACTERS_PER_SECOND = 15
"""A usual pace of English synthesis."""
_CODE = re.compile(r"\{([{%#]).*?[}%#]\}", re.DOTALL)


def prompt_is_too_long_to_hear(subject: Subject) -> Iterator[Problem]:
    """Nothing that is said takes more than half a minute."""
    for text in texts(subject.flow):
        wordings = [wording for row in text.wordings.values() for wording in row]
        spoken = [_CODE.sub("", way.source) for way in wordings if isinstance(way, Template)]
        seconds = max((len(words) for words in spoken), default=0) // CHARACTERS_PER_SECOND
        if seconds > MAX_SECONDS:
            message = f"this takes about {seconds} s to say; callers listen for {MAX_SECONDS}."
            hint = "Make it shorter, or let the caller choose what to hear."
            yield Problem(text.place, "warning", "too-long", message, hint)


def wording_comes_after_giving_up(subject: Subject) -> Iterator[Problem]:
    """Of the wordings for the first, second … misunderstanding, none comes after the last."""
    tries: dict[str, int] = {}
    for state in subject.flow.states.values():
        if waits(state):
            rows = (state.retry, state.no_match, state.no_input)
            yield from _too_many(subject, rows, state.tries, f"'{state.name}' gives up")
        for name in state.verb.slots if isinstance(state.verb, Collect) else ():
            tries[name] = max(state.tries, tries.get(name, 0))
    for slot in subject.flow.slots.values():
        if slot.name in tries:
            rows = (slot.retry, slot.no_match, slot.no_input)
            who = f"the bot gives up on '{slot.name}'"
            yield from _too_many(subject, rows, tries[slot.name], who)


def _too_many(
    subject: Subject, rows: tuple[Wordings, ...], tries: int, who: str
) -> Iterator[Problem]:
    # The last try is no misunderstanding to go on from.
    for row in rows:
        if len(row) >= tries and subject.is_own(row[tries - 1].place):
            message = f"this is never said: {who} after {tries} {'try' if tries == 1 else 'tries'}."
            hint = "Raise 'tries', or delete it."
            yield Problem(row[tries - 1].place, "warning", "never-said", message, hint)
