"""What is said: by language, in one or more wordings, spoken or recorded."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.flow.place import Place
from runtime.flow.template import Template


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that is played; `words` is what it says, for the transcript."""

    path: str
    """Relative to the file that names it, made absolute by the reader."""

    words: str = ""


Wording = Template | Sound


@dataclass(frozen=True, slots=True)
class Text:
    """One thing to say: by language, and in one or more wordings of which one is chosen."""

    wordings: Mapping[str, tuple[Wording, ...]]
    """Key: a language ("en", "hi-IN") or "" for any."""

    place: Place

    def in_language(self, language: str) -> tuple[Wording, ...]:
        """Return the wordings for `language`: the tag, else its first part, else "", else any."""
        by = self.wordings
        for tag in (language, language.split("-")[0], ""):
            if tag in by:
                return by[tag]
        return next(iter(by.values()))


Wordings = tuple[Text, ...]
"""A line for the first time, the second …; the last repeats. Empty: the built-in phrase."""
