"""What the files of a folder are to each other: included, run, answering a number."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from os.path import normpath
from pathlib import Path

from runtime.flow.document.including import INCLUDE
from runtime.flow.document.verbs import RUN
from runtime.flow.references import NUMBERS, answered_by, has_states, included_by, run_by
from runtime.flow.source import Node, read_source


class Neighbours:
    """Looks into the files, at the first question, and only into those that may answer it."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {_key(file): file for file in files}
        self._roots: dict[str, Node | None] = {}

    def is_included(self, file: Path) -> bool:
        """Tell whether others include it, and it has no states of its own."""
        return not self.is_flow(file) and _key(file) in self._included

    def is_only_run(self, file: Path) -> bool:
        """Tell whether others run it, and no number leads to it."""
        return _key(file) in self._run and _key(file) not in self._answering

    def is_flow(self, file: Path) -> bool:
        """Tell whether it has states."""
        root = self._root(_key(file))
        return root is None or has_states(root)

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The files that can be read at all."""
        texts: dict[str, str] = {}
        for key, file in self._files.items():
            try:
                texts[key] = file.read_bytes().decode()
            except (OSError, UnicodeDecodeError):
                continue
        return texts

    def _root(self, key: str) -> Node | None:
        if key not in self._roots:
            text = self._texts.get(key)
            self._roots[key] = None if text is None else read_source(text, key).root
        return self._roots[key]

    @cached_property
    def _included(self) -> frozenset[str]:
        return frozenset(self._named((INCLUDE.name,), included_by))

    @cached_property
    def _run(self) -> frozenset[str]:
        return frozenset(self._named((RUN.name,), run_by))

    @cached_property
    def _answering(self) -> frozenset[str]:
        return frozenset(self._named(NUMBERS, answered_by))

    def _named(
        self, keys: tuple[str, ...], names_in: Callable[[Node], Iterator[str]]
    ) -> Iterator[str]:
        for file, text in self._texts.items():
            # To read a whole file takes long. Only an escape can hide a key from its text.
            if any(sign in text for sign in (*keys, "\\")):
                root = self._root(file)
                names = names_in(root) if root is not None else ()
                yield from (_key(Path(file).parent / name) for name in names)


def _key(file: Path) -> str:
    return normpath(file.absolute())
