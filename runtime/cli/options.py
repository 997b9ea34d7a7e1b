"""Options that several commands share."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from runtime.settings import FILE_NAME, Settings, SettingsProblem, load_settings

Config = Annotated[
    Path | None, typer.Option(help="The settings; callwright.yaml beside the flows if left out.")
]


def settings_of(config: Path | None, flows: Path) -> Settings:
    """Return the settings of `config`, else of the file beside the flows or here, else defaults.

    Ends the command with status 2 where they cannot be used.
    """
    beside = (flows / FILE_NAME, flows.parent / FILE_NAME, Path(FILE_NAME))
    file = config or next((path for path in beside if path.is_file()), None)
    try:
        return load_settings(file)
    except SettingsProblem as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem


def http_address(server: str) -> str:
    """Return the address of a running server; ends the command with status 2 if it is none."""
    parts = urlsplit(server)
    try:
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        message = f"'{server}' is no address such as http://HOST:PORT"
        raise typer.BadParameter(message, param_hint="--server")
    return server
