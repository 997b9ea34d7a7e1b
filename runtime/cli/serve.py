"""`callwright serve`: the server, in one command."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from runtime.cli.options import Config, settings_of
from runtime.server.app import House
from runtime.server.flows import DIDS_FILE, FlowShelf
from runtime.server.logs import set_up_logs
from runtime.server.serving import listen
from runtime.server.serving import serve as serve_house
from runtime.settings import Settings
from runtime.store.database import StoreProblem


def serve(
    flows: Annotated[Path, typer.Option(help="The folder with the flow files.")] = Path("flows"),
    dids: Annotated[
        Path | None, typer.Option(help="Which DID has which flow; FLOWS/dids.yaml if left out.")
    ] = None,
    config: Config = None,
    data: Annotated[Path, typer.Option(help="The database, recordings and caches.")] = Path("data"),
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Listen beyond this machine without secrets.")
    ] = False,
) -> None:
    """Run the server: calls on ws://HOST:PORT/media/DID, figures on /metrics.

    Saving a flow file is enough to change the bot; calls in progress keep their version.

    Example: callwright serve --flows flows --port 8080
    """
    settings = settings_of(config, flows)
    if not flows.is_dir():
        _refuse(f"{flows} is no folder. Name the one with your flow files: --flows DIR")
    address = host or settings.server.host
    number = settings.server.port if port is None else port
    _check_exposure(settings, address, insecure=insecure)
    listening = _listen(address, number)
    url = f"http://{address}:{listening.getsockname()[1]}"
    set_up_logs(settings.server.log)
    typer.echo("Loading flows and speech; the first time, prompts are synthesised …")

    async def run() -> None:
        name = f"{socket.gethostname()}:{listening.getsockname()[1]}"
        house = House.build(
            *(settings, flows, dids or flows / DIDS_FILE, data), server=name, own_url=url
        )
        await serve_house(
            house,
            listening,
            drain=settings.server.drain,
            media_path=settings.server.media_path,
            ready=lambda: typer.echo(_ready_line(url, house.shelf)),
        )

    problem: StoreProblem | None = None
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run())
    except* StoreProblem as group:
        problem = _first(group)
    if problem is not None:
        _refuse(str(problem))
    typer.echo("Callwright has stopped.")


def _first(group: BaseExceptionGroup[StoreProblem]) -> StoreProblem:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _listen(address: str, port: int) -> socket.socket:
    try:
        return listen(address, port)
    except OSError as exc:
        _refuse(f"Cannot listen on {address}:{port}: {exc.strerror}. Try another --port.")


def _loop_factory() -> "type[asyncio.AbstractEventLoop]":
    try:
        import uvloop
    except ImportError:
        return asyncio.SelectorEventLoop
    return uvloop.Loop


def _ready_line(url: str, shelf: FlowShelf) -> str:
    good = [shelved for shelved in shelf.shelved if shelved.serving]
    bad = len(shelf.shelved) - len(good)
    if not good:
        return f"Callwright is running on {url}, but has no flow to serve: see above."
    broken = f", {bad} refused (see above)" if bad else ""
    did = next(iter(shelf.dids.entries), None)
    where = "" if url == "http://127.0.0.1:8080" else f" --server {url}"
    hint = f' Try: callwright dial --did {did}{where} --say "Hello"' if did else ""
    return f"Callwright is ready on {url} with {len(good)} flows{broken}.{hint}"


def _check_exposure(settings: Settings, host: str, *, insecure: bool) -> None:
    if insecure or _is_loopback(host):
        return
    missing = [
        name
        for name, secret in (
            ("media.secret", settings.media.secret),
            ("api.token", settings.api.token),
        )
        if secret is None
    ]
    if missing:
        _refuse(
            f"{host} can be reached from other machines, and the settings have no "
            f"{' and no '.join(missing)}. Set them in callwright.yaml, or give --insecure."
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)
