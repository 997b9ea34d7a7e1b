"""A flow file while it is being read: what was found wrong, and what it refers to."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from posixpath import normpath

from runtime.flow.model import Flow
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import MAX_BYTES, Fields, Items, Node, Scalar, source_lines

OpenFile = Callable[[str], bytes | None]
"""The bytes of a file, named relative to the folder of the flow's file; None: there is none."""


LEAST_SPENT = 10_000
"""Bytes that a small file counts for: each takes its time."""


@dataclass(frozen=True, slots=True)
class Use:
    """A text or expression that needs variables; an expression is `bare` of braces."""

    node: Scalar
    names: frozenset[str]
    bare: bool


def described(node: Node) -> str:
    """Return what an author has written, in words."""
    match node:
        case Items(items=items):
            return "a list" if items else "an empty list"
        case Fields():
            return "a mapping"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=str(), text=text):
            return f"the text '{text}'" if len(text) <= 40 else "a longer text"
        case Scalar(text=text):
            return text


ReadRun = Callable[[Scalar], Flow | None]
"""Reads the flow that a `run` names; None where that cannot be done, which is noted."""


def _no_runs(_: Scalar) -> None:
    return None


class Budget:
    """How much may be read for one flow, whatever it includes and runs.

    A file is spent each time it is read: flows that run each other can come to any number.
    """

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def spend(self, content: bytes) -> bool:
        """Take the size of a file that is read; False where it is too much."""
        self._left -= max(len(content), LEAST_SPENT)
        return self._left >= 0


class Draft:
    """Collects what the readers of one flow find, so that all of it is told at once.

    A flow is read from one file and from those that it includes.
    """

    def __init__(
        self, file: str, text: str, open_file: OpenFile, budget: Budget | None = None
    ) -> None:
        self.file = file
        self.budget = budget or Budget()
        self.problems: list[Problem] = []
        self.uses: list[Use] = []
        self.assigned: set[str] = set()
        self.opened: dict[str, bytes | None] = {}
        self.read_run: ReadRun = _no_runs
        self._lines = {file: source_lines(text)}
        self._folders = {file: ""}
        self._open_file = open_file
        self._local: frozenset[str] = frozenset()

    def add_file(self, name: str, text: str) -> str:
        """Take in a file that is included, by its name from the flow's; return its full name."""
        file = self.beside(name)
        self._lines[file] = source_lines(text)
        self._folders[file] = str(PurePath(name).parent)
        return file

    def error(self, at: Node | Place, code: str, message: str, hint: str = "") -> None:
        """Note a mistake at a value or place."""
        place = at if isinstance(at, Place) else at.place
        self.problems.append(Problem(place, "error", code, message, hint))

    def needs(self, node: Node, what: str, hint: str = "") -> None:
        """Note that something else is written than `what`."""
        self.error(node, "wrong-type", f"{what} is needed here, not {described(node)}.", hint)

    @property
    def errors(self) -> int:
        """How many errors were noted up to now."""
        return sum(problem.is_error for problem in self.problems)

    def beside(self, path: str) -> str:
        """Return the full path of a file that is named from the flow's own file."""
        return normpath(PurePath(self.file).parent / path)

    def named_at(self, node: Node, path: str) -> str:
        """Return from the flow's own file what `node` names from the file that it stands in."""
        return normpath(PurePath(self._folders.get(node.place.file, "")) / path)

    def open(self, path: str) -> bytes | None:
        """Return the bytes of a file, named from the flow's own; each is opened once."""
        if path not in self.opened:
            self.opened[path] = self._open_file(path)
        return self.opened[path]

    def text_of(self, node: Node, path: str, what: str) -> str | None:
        """Return the text of a file that is read along, named from the flow's own.

        None where that cannot be done, which is noted at `node`; `what` is the sort of file.
        """
        file, content = self.beside(path), self.open(path)
        if content is None:
            self.error(node, "missing-file", f"there is no {what} '{file}'.")
        elif not self.budget.spend(content):
            size = f"{MAX_BYTES // 1_000_000} MB, or {MAX_BYTES // LEAST_SPENT} files"
            message = f"with '{file}', all that belongs to the flow is more than {size}."
            self.error(node, "too-much", message, "Make several flows of it.")
        else:
            try:
                return content.decode()
            except UnicodeDecodeError:
                self.error(node, "unreadable", f"'{file}' is not UTF-8.")
        return None

    @contextmanager
    def local(self, names: Iterable[str]) -> Iterator[None]:
        """Let what is read meanwhile use these names, too."""
        before, self._local = self._local, frozenset(names)
        yield
        self._local = before

    def use(self, node: Scalar, names: frozenset[str], *, bare: bool) -> None:
        """Note the variables that a text (or, `bare`, an expression) needs."""
        if names - self._local:
            self.uses.append(Use(node, names - self._local, bare))

    def line_within(self, node: Scalar, line: int) -> Place:
        """Return the place of the `line`th line of a text of several lines."""
        if node.style != "block":
            return node.place
        lines = self._lines[node.place.file]
        number = min(node.place.line + line, len(lines))
        written = lines[number - 1]
        return Place(node.place.file, number, len(written) - len(written.lstrip()) + 1)

    def name_within(self, use: Use, name: str) -> Place:
        """Return where a text or expression names a variable, or where it begins."""
        start = use.node.place
        lines = self._lines[start.file]
        word = re.compile(rf"(?<![\w.'\"]){re.escape(name)}(?!\w)")
        for number in range(start.line, min(use.node.last_line, len(lines)) + 1):
            written = lines[number - 1]
            begin = start.column - 1 if number == start.line else 0
            inside = (
                [(begin, len(written))]
                if use.bare
                else [found.span() for found in _BRACES.finditer(written, begin)]
            )
            for first, last in inside:
                found = word.search(written, first, last)
                if found is not None:
                    return Place(start.file, number, found.start() + 1)
        return start


_BRACES = re.compile(r"\{[{%].*?[%}]\}")
