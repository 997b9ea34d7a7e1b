"""The command line: one file a command."""

import typer

from runtime.cli import dial
from runtime.cli.chat import chat
from runtime.cli.check import check
from runtime.cli.serve import serve
from runtime.cli.urls import urls

app = typer.Typer(
    name="callwright",
    help="Phone bots written as YAML files.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(check)
app.command()(chat)
dial.register(app)
app.command()(urls)
