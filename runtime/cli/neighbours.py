"""What the files of a folder are to each other: included, run, answering a number."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from os.path import normpath
from pathlib import Path

from runtime.flow.references import answered_by, has_states, included_by, run_by
from runtime.flow.source import Node, read_source


class Neighbours:
    """Looks into the files, at the first question."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = tuple(dict.fromkeys(files))

    def is_included(self, file: Path) -> bool:
        """Tell whether others include it, and it has no states of its own."""
        return not self.is_flow(file) and _key(file) in self._included

    def is_only_run(self, file: Path) -> bool:
        """Tell whether others run it, and no number leads to it."""
        return _key(file) in self._run - self._answering

    def is_flow(self, file: Path) -> bool:
        """Tell whether it has states."""
        root = self._roots.get(_key(file))
        return root is None or has_states(root)

    @cached_property
    def _roots(self) -> dict[str, Node]:
        """The files that can be read at all."""
        roots: dict[str, Node] = {}
        for file in self._files:
            try:
                root = read_source(file.read_bytes().decode(), str(file)).root
            except (OSError, UnicodeDecodeError):
                continue
            if root is not None:
                roots[_key(file)] = root
        return roots

    @cached_property
    def _included(self) -> frozenset[str]:
        return frozenset(self._named(included_by))

    @cached_property
    def _run(self) -> frozenset[str]:
        return frozenset(self._named(run_by))

    @cached_property
    def _answering(self) -> frozenset[str]:
        return frozenset(self._named(answered_by))

    def _named(self, names_in: Callable[[Node], Iterator[str]]) -> Iterator[str]:
        for file, root in self._roots.items():
            yield from (_key(Path(file).parent / name) for name in names_in(root))


def _key(file: Path) -> str:
    return normpath(file.absolute())
