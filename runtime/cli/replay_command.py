"""`callwright calls replay`: the command's options."""

from pathlib import Path
from time import time
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from runtime.cli.calls import AsJson, Data, database_of
from runtime.cli.chat import Grade
from runtime.cli.options import Config
from runtime.cli.replay import Player, replay_all, replay_one, seconds_of, write_test
from runtime.store.kept_calls import KeptCalls


# As long as its options are many; each is a line or two here.
def replay_command(
    id_: Annotated[
        str | None, typer.Argument(metavar="ID", help="The call's id: ours, or the carrier's.")
    ] = None,
    flow: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The flow to play to; the one that led it if left out."),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Replay all calls of that flow, and sum them up.")
    ] = False,
    since: Annotated[str, typer.Option(help="With --all: how far back, such as 12h.")] = "7d",
    of: Annotated[
        str | None, typer.Option(help="With --all: the flow's name; that of --flow if left out.")
    ] = None,
    as_test: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the call as a conversation test (*.test.yaml)."),
    ] = None,
    understanding: Grade = "light",
    flows: Annotated[Path, typer.Option(help="The folder with the flow files.")] = Path("flows"),
    config: Config = None,
    data: Data = Path("data"),
    json_output: AsJson = False,
) -> None:
    """Play kept calls again: to the flow that led them, or to one that was edited.

    Example: callwright calls replay --all --since 7d --flow flows/clinic.yaml

    Ends with 0 if they take the same path, 1 if any takes another, 2 if there is nothing to play.
    """
    if (id_ is None) is not all_:
        raise typer.BadParameter("name a call, or say --all", param_hint="ID")
    if all_ and as_test is not None:
        raise typer.BadParameter("a test is of one call", param_hint="--as-test")
    seconds = seconds_of(since)
    player = Player(flow, understanding)
    database = database_of(config, flows, data)
    engine = database.engine()
    kept = KeptCalls(engine)
    try:
        if id_ is None:
            replay_all(kept, time() - seconds, player, flow=of, as_json_=json_output)
        elif as_test is not None:
            write_test(kept, id_, player, as_test, flows)
        else:
            replay_one(kept, id_, player, as_json_=json_output)
    except OperationalError as error:
        typer.echo(f"{database.shown()} cannot be read: {error.orig}", err=True)
        raise typer.Exit(2) from error
    finally:
        engine.dispose()
