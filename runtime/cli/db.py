"""`callwright db`: the tables in which calls are kept."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.options import Config, settings_of
from runtime.store import migration
from runtime.store.database import Database, StoreProblem

db = typer.Typer(help="The database in which calls are kept.", no_args_is_help=True)


@db.callback()
def _group() -> None:
    """Keep `upgrade` a command of its own, though it is the only one."""


@db.command()
def upgrade(
    flows: Annotated[Path, typer.Option(help="Beside them the settings are looked for.")] = Path(
        "flows"
    ),
    config: Config = None,
    data: Annotated[Path, typer.Option(help="The folder of the SQLite file.")] = Path("data"),
) -> None:
    """Make the tables, or change them to what this version of Callwright needs.

    `serve` does it by itself on SQLite. On PostgreSQL stop all servers of the older version first.

    Example: callwright db upgrade --config callwright.yaml
    """
    url = settings_of(config, flows).store.url
    try:
        database = Database.of(url.get_secret_value() if url else None, data)
        is_needed = migration.needs_upgrade(database)
        migration.upgrade(database)
    except StoreProblem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    done = "has the newest tables now" if is_needed else "has the newest tables already"
    typer.echo(f"{database.shown()} {done}.")
