"""`callwright` as a shell calls it, in this process."""

from collections.abc import Sequence
from functools import cache

import typer.testing
from typer.testing import CliRunner, Result

from runtime.cli import app

# The runner would build all commands anew at each call, which takes as long as to check a flow.
typer.testing._get_command = cache(typer.testing._get_command)


def callwright(arguments: Sequence[str], typed: str | None = None) -> Result:
    """Run a command to its end; `typed` is its standard input."""
    return CliRunner().invoke(app, list(arguments), input=typed)
