"""`callwright calls`: the calls that are kept, read from the database."""

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from runtime.cli.options import Config, settings_of
from runtime.flow.dids import normal_did
from runtime.store import migration
from runtime.store.archive import SUMMARY, Archive, UnknownCall, Wanted
from runtime.store.database import Database, StoreProblem

calls = typer.Typer(help="The calls that are kept.", no_args_is_help=True)

PAGE = 500

T = TypeVar("T")

Flows = Annotated[Path, typer.Option(help="Beside them the settings are looked for.")]
Data = Annotated[Path, typer.Option(help="The folder of the SQLite file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class State(StrEnum):
    """Of a call."""

    LIVE = "live"
    ENDED = "ended"


class Format(StrEnum):
    """Of an export."""

    JSONL = "jsonl"
    CSV = "csv"


def database_of(config: Path | None, flows: Path, data: Path) -> Database:
    """Return the database that the settings name, once it has the right tables.

    Ends the command with status 2 where there is none.
    """
    url = settings_of(config, flows).store.url
    try:
        if url is None and not data.is_dir():
            raise StoreProblem(f"there is no folder {data}: name the server's with --data")
        database = Database.of(url.get_secret_value() if url else None, data)
        if database.file is not None and not database.file.exists():
            raise StoreProblem(f"there is no {database.file}: no server has kept a call here yet")
        if migration.needs_upgrade(database):
            raise StoreProblem(
                f"{database.shown()} has not the tables that this version needs. "
                "Run: callwright db upgrade"
            )
    except StoreProblem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    return database


@calls.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    did: Annotated[str | None, typer.Option(help="Only calls of this DID.")] = None,
    flow: Annotated[str | None, typer.Option(help="Only calls of this flow.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=PAGE, help="At most so many.")] = 20,
    flows: Flows = Path("flows"),
    config: Config = None,
    data: Data = Path("data"),
    json_output: AsJson = False,
) -> None:
    """List calls, newest first.

    Example: callwright calls list --state ended --limit 50
    """
    wanted = _wanted(state, did, flow)

    async def read(archive: Archive) -> list[dict[str, Any]]:
        return await archive.page(wanted, limit=limit)

    rows = _read(database_of(config, flows, data), read)
    if json_output:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("began (UTC)", "id", "did", "caller", "", "flow", "ended"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        way = "→" if row["direction"] == "outgoing" else "←"
        end = row["end_reason"] or row["state"]
        began = row["started_at"][:19].replace("T", " ")
        table.add_row(began, row["id"], row["did"], row["mobile"], way, row["flow"], end)
    # Piped, no line may be cut to a terminal's width.
    Console(width=None if sys.stdout.isatty() else 400).print(table)


@calls.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The call's id, ours.")],
    flows: Flows = Path("flows"),
    config: Config = None,
    data: Data = Path("data"),
    json_output: AsJson = False,
) -> None:
    """Show one call: its facts, and what each side said.

    Example: callwright calls show 3f2c9a…
    """

    async def read(archive: Archive) -> dict[str, Any] | None:
        return await archive.find(id_)

    call = _read(database_of(config, flows, data), read)
    if call is None:
        typer.echo(f"there is no call '{id_}'", err=True)
        raise typer.Exit(1)
    if json_output:
        typer.echo(orjson.dumps(call, option=orjson.OPT_INDENT_2))
        return
    for name in (*SUMMARY, "outcome", "recording"):
        if call[name] is not None:
            typer.echo(f"{name:13} {call[name]}")
    for kind in ("variables", "slots"):
        if call[kind]:
            typer.echo(f"{kind:13} {orjson.dumps(call[kind]).decode()}")
    typer.echo("")
    for turn in call["turns"]:
        how = f"  [{turn['intent'] or turn['how']}]" if turn["who"] == "caller" else ""
        typer.echo(f"{turn['at'][11:19]}  {turn['who']:6}  {turn['text']}{how}")


@calls.command()
def export(
    format_: Annotated[
        Format, typer.Option("--format", help="A call a line: whole as JSON, or its facts as CSV.")
    ] = Format.JSONL,
    state: Annotated[State | None, typer.Option(help="Only these.")] = State.ENDED,
    did: Annotated[str | None, typer.Option(help="Only calls of this DID.")] = None,
    flow: Annotated[str | None, typer.Option(help="Only calls of this flow.")] = None,
    flows: Flows = Path("flows"),
    config: Config = None,
    data: Data = Path("data"),
) -> None:
    """Print all calls, newest first: for spreadsheets and programs.

    Example: callwright calls export --format csv > calls.csv
    """
    wanted = _wanted(state, did, flow)

    async def write(archive: Archive) -> None:
        rows = csv.DictWriter(sys.stdout, (*SUMMARY, "outcome", "variables", "slots"))
        if format_ is Format.CSV:
            rows.writeheader()
        before: str | None = None
        while page := await archive.page(wanted, limit=PAGE, before=before):
            for row in page:
                call = await archive.find(row["id"])
                if call is None:
                    continue  # deleted meanwhile
                if format_ is Format.JSONL:
                    typer.echo(orjson.dumps(call))
                else:
                    rows.writerow(_flat(call, rows.fieldnames))
            before = page[-1]["id"]

    _read(database_of(config, flows, data), write)


def _wanted(state: State | None, did: str | None, flow: str | None) -> Wanted:
    return Wanted(state, did and (normal_did(did) or did), flow)


def _flat(call: dict[str, Any], names: Any) -> dict[str, Any]:
    return {
        name: orjson.dumps(call[name]).decode() if isinstance(call[name], dict) else call[name]
        for name in names
    }


def _read(database: Database, read: Callable[[Archive], Awaitable[T]]) -> T:
    async def run() -> T:
        engine = database.async_engine()
        try:
            return await read(Archive(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except (DBAPIError, UnknownCall) as error:
        why = error.orig if isinstance(error, DBAPIError) else error
        typer.echo(f"{database.shown()} cannot be read: {why}", err=True)
        raise typer.Exit(2) from error
