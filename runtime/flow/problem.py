"""A mistake in an author's file: where, what, how to mend it; and how it is shown."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runtime.flow.nearness import nearest
from runtime.flow.place import Place

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; an error stops the file from loading, a warning does not."""

    place: Place
    severity: Severity
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.severity}[{self.code}] {self.sentence}"

    @property
    def sentence(self) -> str:
        """The message with its hint."""
        return f"{self.message} {self.hint}".rstrip()

    @property
    def is_error(self) -> bool:
        """Whether the file cannot be loaded."""
        return self.severity == "error"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems as they stand in the files, each once."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda problem: (
                problem.place.file,
                problem.place.line,
                problem.place.column,
                problem.code,
            ),
        )
    )


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the nearest known word, or nothing."""
    near = nearest(word, known)
    return f"Did you mean '{near}'?" if near is not None else ""


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return "'a', 'b' and 'c'"."""
    quoted = [f"'{name}'" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def underlined(problem: Problem, lines: Sequence[str]) -> str:
    """Return the line that the problem stands in, with ^^^ under the place; '' past the end."""
    if problem.place.line > len(lines):
        return ""
    line = lines[problem.place.line - 1]
    start = problem.place.column - 1
    word = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,:\]}]+").match(line, start)
    marks = "^" * max(1, word.end() - start if word else 1)
    # Tabs are kept in the padding, so that the marks stand under the word in any terminal.
    padding = "".join("\t" if character == "\t" else " " for character in line[:start])
    number = f"{problem.place.line:>5} | "
    return f"{number}{line}\n{' ' * (len(number) - 2)}| {padding}{marks}"


def as_json(problems: Iterable[Problem]) -> str:
    """Return a JSON array with one object per problem."""
    return json.dumps(
        [
            {
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "severity": problem.severity,
                "code": problem.code,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ],
        ensure_ascii=False,
        indent=2,
    )


def as_github(problem: Problem) -> str:
    """Return a GitHub workflow command, which shows the problem beside the line of a change."""
    place = problem.place
    where = f"file={_property(place.file)},line={place.line},col={place.column}"
    return (
        f"::{problem.severity} {where},title={_property(problem.code)}::{_data(problem.sentence)}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
