"""`callwright urls`: what to paste into the carrier's voicebot form."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.carrier.token import did_token
from runtime.cli.options import Config, settings_of
from runtime.flow.dids import read_dids
from runtime.server.flows import DIDS_FILE


def urls(
    flows: Annotated[Path, typer.Option(help="The folder with the flow files.")] = Path("flows"),
    dids: Annotated[Path | None, typer.Option(help="FLOWS/dids.yaml if left out.")] = None,
    config: Config = None,
) -> None:
    """Print the WebSocket URL of each DID, token included.

    The server's public address is `media.public_url` in callwright.yaml.

    Example: callwright urls --flows flows
    """
    settings = settings_of(config, flows)
    file = dids or flows / DIDS_FILE
    try:
        reading = read_dids(file.read_text(encoding="utf-8"), str(file), flows=None)
    except OSError as exc:
        typer.echo(f"{file} cannot be read: {exc.strerror}", err=True)
        raise typer.Exit(2) from exc
    if reading.dids is None:
        for problem in reading.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1)
    server = settings.server
    base = settings.media.public_url.rstrip("/") or f"ws://{server.host}:{server.port}"
    secret = settings.media.secret
    for did, entry in reading.dids.entries.items():
        token = f"?token={did_token(secret.get_secret_value(), did)}" if secret else ""
        answers = " or ".join(each.flow for each in entry.possible)
        typer.echo(f"{did}  {base}/media/{did}{token}  ({answers})")
    if secret is None:
        typer.echo("No media.secret is set: anybody who knows an address can call.", err=True)
