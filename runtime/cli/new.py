"""`callwright new`: a small working bot to start from."""

from pathlib import Path
from typing import Annotated

import typer

BOT = Path(__file__).with_name("new_bot")
"""The files that are written."""
FILES = ("shop.yaml", "shop.test.yaml", "dids.yaml", "callwright.yaml")


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write into; made if need be.")
    ],
) -> None:
    """Write a small working bot, with its tests, its number and its settings.

    Example: callwright new mybot

    Overwrites nothing: ends with 2 if one of the files is there already.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        _refuse(f"{folder} has {', '.join(there)} already; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            # "x": never over a file that has come since.
            with (folder / name).open("xb") as file:
                file.write((BOT / name).read_bytes())
    except OSError as exc:
        _refuse(f"{exc.filename or folder} cannot be written: {exc.strerror}.")
    for name in FILES:
        typer.echo(f"wrote {folder / name}")
    typer.echo(
        f"""
Next:
  callwright check {folder}              finds every mistake
  callwright chat {folder / "shop.yaml"}     talks to the bot by text
  callwright test {folder} --coverage    runs its tests, and names what they leave out
  callwright serve --flows {folder}      takes calls"""
    )


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
