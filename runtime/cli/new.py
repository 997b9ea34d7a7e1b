"""`callwright new`: a small working bot to start from."""

from pathlib import Path
from typing import Annotated

import typer

FLOW = """\
# A bot of one question. Save this file and the next caller hears what you changed.

greeting: Welcome to Sunrise Traders.    # heard when the call is answered

states:
  menu:                                  # the first state is where the call begins
    ask: Would you like sales or service?
    on: {sales: sales, service: service} # what the caller wants: the state that follows
  sales: {hangup: Our sales team will call you back.}
  service: {hangup: Our service team will call you back.}

intents:                                 # what the caller may want: by any of these words, or a key
  sales: {words: [sales, buy, price], digit: 1}
  service: {words: [service, repair, broken], digit: 2}
"""
TESTS = """\
# Calls that must go as they are written here; * stands for anything.

flow: shop.yaml
tests:
  - name: a caller who wants to buy is called back by sales
    talk:
      - bot: Welcome to Sunrise Traders.
      - bot: Would you like sales or service?
      - caller: I want to buy a fan
      - bot: Our sales team*
      - ended: hangup

  - name: service is reached by a key
    talk:
      - bot: Welcome*
      - bot: '*sales or service*'
      - press: 2
      - bot: Our service team*
      - ended: hangup
"""
DIDS = """\
# Which number is answered by which bot.
dids:
  8645012345: shop.yaml
default: shop.yaml
"""
SETTINGS = """\
# The server's settings; what is left out has its default.
server:
  host: 127.0.0.1    # this machine only: to be reached by a carrier, set media.secret and api.token
  port: 8080
# A value can come from the environment, so that no secret stands here:
# media: {secret: '${MEDIA_SECRET}'}
# api: {token: '${API_TOKEN}'}
"""
FILES = {
    "shop.yaml": FLOW,
    "shop.test.yaml": TESTS,
    "dids.yaml": DIDS,
    "callwright.yaml": SETTINGS,
}


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write into; made if need be.")
    ],
) -> None:
    """Write a small working bot, with its test, its number and its settings.

    Example: callwright new mybot

    Overwrites nothing: ends with 2 if one of the files is there already.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if there:
        _refuse(f"{folder} has {', '.join(there)} already; nothing was written.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in FILES.items():
            # "x": never over a file that has come since.
            with (folder / name).open("x", encoding="utf-8") as file:
                file.write(content)
    except OSError as exc:
        _refuse(f"{exc.filename or folder} cannot be written: {exc.strerror}.")
    for name in FILES:
        typer.echo(f"wrote {folder / name}")
    typer.echo(
        f"""
Next:
  callwright check {folder}              finds every mistake
  callwright chat {folder / "shop.yaml"}     talks to the bot by text
  callwright test {folder}               runs its test
  callwright serve --flows {folder}      takes calls"""
    )


def _refuse(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
