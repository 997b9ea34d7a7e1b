"""Prompts that nobody listens to until their end."""

import re
from collections.abc import Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.lines import texts
from runtime.flow.problem import Problem
from runtime.flow.template import Template

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
