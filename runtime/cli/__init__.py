"""The command line: one file a command."""

import typer

from runtime.cli import dial
from runtime.cli.call import call
from runtime.cli.calls import calls
from runtime.cli.campaign import campaign
from runtime.cli.carrier import carrier
from runtime.cli.chat import chat
from runtime.cli.check import check
from runtime.cli.db import db
from runtime.cli.graph import graph
from runtime.cli.new import new
from runtime.cli.providers import providers
from runtime.cli.replay_command import replay_command
from runtime.cli.schema import schema
from runtime.cli.serve import serve
from runtime.cli.test import test
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
app.command()(test)
app.command()(chat)
app.command()(new)
app.command()(graph)
app.command()(schema)
dial.register(app)
app.command()(carrier)
app.command()(urls)
app.command()(providers)
app.command()(call)
calls.command("replay")(replay_command)
app.add_typer(calls, name="calls")
app.add_typer(db, name="db")
app.add_typer(campaign, name="campaign")
