"""`callwright` as a shell calls it, in this process."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import typer.testing
from typer.testing import CliRunner, Result

from runtime.cli import app
from runtime.server.logs import NOISY

# The runner would build all commands anew at each call, which takes as long as to check a flow.
typer.testing._get_command = cache(typer.testing._get_command)


def callwright(arguments: Sequence[str], typed: str | None = None) -> Result:
    """Run a command to its end; `typed` is its standard input."""
    with logs_as_before():
        return CliRunner().invoke(app, list(arguments), input=typed)


@contextmanager
def logs_as_before() -> Iterator[None]:
    """Undo what a command that serves makes of the log: it would write to the runner's streams."""
    root = logging.getLogger()
    handlers, every = root.handlers[:], (root, *map(logging.getLogger, NOISY))
    levels = [logger.level for logger in every]
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in zip(every, levels, strict=True):
            logger.setLevel(level)
