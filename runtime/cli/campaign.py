"""`callwright campaign`: many outgoing calls from a list, durable."""

import asyncio
import json
import signal
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import httpx2
import typer
from sqlalchemy import Engine

from runtime.cli import campaign_options as option
from runtime.cli import campaign_results
from runtime.cli.campaign_view import Report, Tell, as_json, as_line, shown
from runtime.cli.options import Config, http_address, settings_of
from runtime.outbound.campaign.call_list import CallList, ListProblem, read_call_list
from runtime.outbound.campaign.numbers import read_numbers
from runtime.outbound.campaign.plan import Plan, PlanProblem, read_plan
from runtime.outbound.campaign.register import CampaignProblem, Register, Standing
from runtime.outbound.campaign.server_line import ServerLine
from runtime.settings import Settings
from runtime.store import migration
from runtime.store.database import Database, StoreProblem

campaign = typer.Typer(help="Many outgoing calls from a list, durable.", no_args_is_help=True)

BAD_ROWS_SHOWN = 20
ANSWER_SECONDS = 30.0
"""The server answers an order once the carrier has answered it."""


# As long as its options are many; each is a line here and explained in campaign_options.
@campaign.command()
def run(
    file: option.File,
    name: option.Given = "",
    plan: option.Plan = None,
    did: option.Did = None,
    flow: option.Flow = None,
    pace: option.Pace = None,
    concurrency: option.Concurrency = None,
    suppress_files: option.Suppress = None,
    server: option.Server = None,
    token: option.Token = None,
    check: option.Check = False,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
    json_output: option.Json = False,
) -> None:
    """Call the numbers of a list, until all are done with.

    The plan (FILE.yaml beside the list) says when, how often and how fast; see docs/campaigns.md.
    Ctrl-C stops the worker, not the calls; run it again to go on, also after a crash.

    Example: callwright campaign run may.csv --did 8645012345 --server http://127.0.0.1:8080

    Ends with 0 when all is done, 1 where it was stopped or cancelled, 2 where it cannot run.
    """
    options = {"did": did, "flow": flow, "pace": pace, "concurrency": concurrency}
    given = {key: value for key, value in options.items() if value is not None}
    content, rows, wanted = _read(file, plan, given)
    _show_bad(rows)
    if check:
        typer.echo(f"{len(rows.contacts)} rows can be called, {len(rows.bad)} cannot.")
        raise typer.Exit(1 if rows.bad else 0)
    settings = settings_of(config, flows)
    id_ = name or file.stem
    with _opened(settings, data) as (database, engine):
        register = Register(engine)
        _suppress(register, suppress_files or ())
        is_new = register.open(id_, str(file), content, wanted, rows, time.time())
        if not is_new and not json_output:
            typer.echo(f"Going on with '{id_}'.")
        found = register.find(id_)
        with shown(found, quiet=json_output) as (report, tell):
            client = _client(settings, server, token)
            work = _work(database, engine, data, id_, client, report, tell)
            standing = _until_stopped(work)
        if standing is None:
            typer.echo("Stopped; live calls go on. Run it again to go on with the rest.", err=True)
            raise typer.Exit(1)
        if json_output:
            typer.echo(json.dumps(as_json(id_, standing)))
        if standing.state == "cancelled":
            raise typer.Exit(1)


@campaign.command()
def status(
    name: option.AnyName = None,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
    json_output: option.Json = False,
) -> None:
    """Tell how far campaigns are.

    Example: callwright campaign status may
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        register = Register(engine)
        names = [name] if name else register.names()
        standings = {each: register.standing(each) for each in names}
    if json_output:
        rows = [as_json(each, standing) for each, standing in standings.items()]
        typer.echo(json.dumps(rows[0] if name else rows))
        return
    for each, standing in standings.items():
        typer.echo(f"{each}  {as_line(standing, time.time())}")
    if not standings:
        typer.echo("There are no campaigns.")


@campaign.command()
def pause(
    name: option.Name,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
) -> None:
    """Begin no more calls of a campaign; those that are live go on.

    Example: callwright campaign pause may
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        _turned(Register(engine).pause(name), f"'{name}' is paused.", f"'{name}' does not run.")


@campaign.command()
def resume(
    name: option.Name,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
) -> None:
    """Go on with a campaign that was paused, by you or by its breaker.

    Example: callwright campaign resume may
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        is_resumed = Register(engine).resume(name, time.time())
        _turned(is_resumed, f"'{name}' goes on.", f"'{name}' is not paused.")


@campaign.command()
def cancel(
    name: option.Name,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
) -> None:
    """End a campaign for good; its live calls go on to their end.

    Example: callwright campaign cancel may
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        is_cancelled = Register(engine).cancel(name)
        _turned(is_cancelled, f"'{name}' is cancelled.", f"'{name}' is over already.")


@campaign.command()
def delete(
    name: option.Name,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
) -> None:
    """Forget a campaign that is over: its list, its attempts and its results.

    Example: callwright campaign delete may
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        is_deleted = Register(engine).delete(name)
        _turned(is_deleted, f"'{name}' is forgotten.", f"'{name}' is not over; cancel it first.")


@campaign.command()
def results(
    name: option.Name,
    out: option.Out = None,
    flows: option.Flows = Path("flows"),
    config: Config = None,
    data: option.Data = Path("data"),
    json_output: option.Json = False,
) -> None:
    """Write what came of every row of the list, also while the campaign runs, as CSV.

    Example: callwright campaign results may --out may-results.csv
    """
    with _opened(settings_of(config, flows), data) as (_, engine):
        register = Register(engine)
        header = register.header(name)
        if json_output:
            lines = campaign_results.as_json_lines(header, register.results(name))
        else:
            lines = campaign_results.as_csv(header, register.results(name))
        if out is None:
            for line in lines:
                typer.echo(line, nl=False)
            return
        with out.open("w", encoding="utf-8", newline="") as written:
            written.writelines(lines)


def _read(
    file: Path, plan: Path | None, options: Mapping[str, object]
) -> tuple[bytes, CallList, Plan]:
    beside = plan or file.with_suffix(".yaml")
    try:
        content = file.read_bytes()
        text = beside.read_text(encoding="utf-8") if plan or beside.is_file() else ""
    except OSError as exc:
        _refuse(f"{exc.filename} cannot be read: {exc.strerror}")
    try:
        wanted = read_plan(text, str(beside), options)
        return content, read_call_list(content, wanted.timezone, wanted.number_column), wanted
    except ListProblem as problem:
        _refuse(f"{file}: {problem}")
    except PlanProblem as problem:
        _refuse(str(problem))


def _show_bad(rows: CallList) -> None:
    for bad in rows.bad[:BAD_ROWS_SHOWN]:
        typer.echo(f"line {bad.line}: {bad.reason}", err=True)
    if len(rows.bad) > BAD_ROWS_SHOWN:
        more = len(rows.bad) - BAD_ROWS_SHOWN
        typer.echo(f"and {more} more; 'campaign results' lists them all", err=True)


def _suppress(register: Register, files: Sequence[Path]) -> None:
    for file in files:
        try:
            numbers, wrong = read_numbers(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as exc:
            _refuse(f"{file} cannot be read: {exc}")
        if wrong:
            # A number that is passed over here would be called.
            _refuse(f"{file}: '{wrong[0]}' is no number of ten digits ({len(wrong)} such lines)")
        register.suppress(numbers, str(file), time.time())


def _client(settings: Settings, server: str | None, token: str | None) -> httpx2.AsyncClient:
    kept = settings.api.token
    token = token or (kept.get_secret_value() if kept else None)
    return httpx2.AsyncClient(
        base_url=http_address(server or f"http://{settings.server.host}:{settings.server.port}"),
        headers={"authorization": f"Bearer {token}"} if token else {},
        timeout=ANSWER_SECONDS,
    )


async def _work(
    database: Database,
    engine: Engine,
    data: Path,
    id_: str,
    client: httpx2.AsyncClient,
    report: Report,
    tell: Tell,
) -> Standing:
    # Only who works has to load the durable queue.
    from runtime.outbound.campaign.worker import Worker

    async with client:
        line = ServerLine(client)
        return await Worker(database, engine, data, id_, line, report, tell).run()


def _until_stopped(work: Coroutine[None, None, Standing]) -> Standing | None:
    """Run to the end; None where a signal came before it."""

    async def whole() -> Standing | None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            standing: Standing = await task
            return standing
        return None

    return asyncio.run(whole())


@contextmanager
def _opened(settings: Settings, data: Path) -> Iterator[tuple[Database, Engine]]:
    """Give the database; ends the command with status 2 where something is wrong with it."""
    url = settings.store.url
    try:
        database = Database.of(url.get_secret_value() if url else None, data)
        if database.is_sqlite:
            migration.upgrade(database)
        elif migration.needs_upgrade(database):
            raise StoreProblem(
                f"{database.shown()} has not the tables that this version needs. "
                "Run: callwright db upgrade"
            )
        engine = database.engine()
        try:
            yield database, engine
        finally:
            engine.dispose()
    except (StoreProblem, CampaignProblem) as problem:
        _refuse(str(problem))


def _turned(is_done: bool, done: str, not_done: str) -> None:
    typer.echo(done if is_done else not_done, err=not is_done)
    if not is_done:
        raise typer.Exit(1)


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)
