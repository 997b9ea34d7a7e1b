"""`pytest --offline`: the tests that need no network, no database and no speech model.

They take seconds, for after each change; `make test` runs all. A file that is marked as a whole is
not even loaded: its libraries take as long as hundreds of tests. Nobody has to remember the mark
`network`: without it a test that opens a socket fails here, and says what to do (gRPC's are opened
where no Python sees it).
"""

import re
import sys
from pathlib import Path
from typing import Any, Final

import pytest

LEFT_OUT: Final = ("network", "database", "speech", "openai", "process", "fuzz")
"""The marks of what takes longer (pyproject.toml says what each means)."""

_ALL_OF_IT = re.compile(
    rf"^pytestmark = \[?\s*pytest\.mark\.({'|'.join(LEFT_OUT)})\b", re.MULTILINE
)
_OPENS = frozenset(("socket.bind", "socket.connect", "socket.sendto"))


class NotOffline(Exception):  # noqa: N818 - it reads as what is said to the reader
    """A test has opened a socket without saying so."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--offline", action="store_true", help=str(__doc__).partition("\n")[0])


def pytest_configure(config: pytest.Config) -> None:
    if config.option.offline:
        sys.addaudithook(_refuse)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if not config.option.offline or collection_path.suffix != ".py":
        return None
    return is_left_out(collection_path.read_text(encoding="utf-8")) or None


def is_left_out(module: str) -> bool:
    """Tell whether all tests of the module with that text are."""
    return _ALL_OF_IT.search(module) is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.offline:
        return
    left_out = [item for item in items if any(map(item.get_closest_marker, LEFT_OUT))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    # A socket of Unix has a path for an address: such ones join threads and loops.
    if event in _OPENS and isinstance(arguments[1], tuple):
        raise NotOffline(f"{event} {arguments[1]}: mark the test with @pytest.mark.network")
