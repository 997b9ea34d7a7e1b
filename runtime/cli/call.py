"""`callwright call`: places one outgoing call through a running server."""

import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx2
import orjson
import typer

from runtime.cli.options import Config, http_address, settings_of
from runtime.settings import Settings

EVERY_SECONDS = 0.5
"""How often the server is asked how the call goes."""

PLACE_SECONDS = 60.0
"""So long the carrier may take to set the call up; it has its own, shorter limit."""


def call(
    mobile: Annotated[str, typer.Argument(metavar="MOBILE", help="Whom to call: ten digits.")],
    did: Annotated[str, typer.Option(help="The number that calls.")],
    flow: Annotated[str | None, typer.Option(help="The flow; the DID's own if left out.")] = None,
    var: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable of the flow's.")
    ] = None,
    server: Annotated[
        str, typer.Option(help="The running server: http://… or https://…")
    ] = "http://127.0.0.1:8080",
    token: Annotated[str | None, typer.Option(help="api.token, if not in the settings.")] = None,
    wait: Annotated[bool, typer.Option(help="Follow the call to its end.")] = True,
    config: Config = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the call as JSON.")] = False,
) -> None:
    """Place a call, and print what is said until it ends. Status 1 if nobody answered.

    Example: callwright call 9811111111 --did 8645012345 --var name=Asha
    """
    settings = settings_of(config, Path("flows"))
    body: dict[str, Any] = {"mobile_number": mobile, "did": did, "variables": _variables(var)}
    if flow is not None:
        body["flow"] = flow
    with _client(server, token, settings) as client:
        placed = _placed(client, body)
        if not json_output:
            typer.echo(f"{placed['status']}: {placed['id']} (the carrier's {placed['call_id']})")
        if not wait:
            if json_output:
                typer.echo(orjson.dumps(placed))
            return
        found = _follow(client, placed["id"], quiet=json_output)
    if json_output:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"{found['outcome']} ({found['end_reason']})")
    raise typer.Exit(0 if found["outcome"] == "answered" else 1)


def _client(server: str, token: str | None, settings: Settings) -> httpx2.Client:
    known = settings.api.token
    bearer = token or (known.get_secret_value() if known else "")
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return httpx2.Client(base_url=http_address(server), headers=headers, timeout=PLACE_SECONDS)


def _variables(given: list[str] | None) -> dict[str, str]:
    pairs = [each.partition("=") for each in given or ()]
    wrong = next((name for name, sign, _ in pairs if not (name and sign)), None)
    if wrong is not None:
        raise typer.BadParameter(f"write NAME=VALUE, not '{wrong}'", param_hint="--var")
    return {name: value for name, _, value in pairs}


def _placed(client: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = client.post("/v1/calls", json=body)
    except httpx2.ConnectError as error:
        _end(f"no server on {client.base_url}: {error}. Start one: callwright serve", 2)
    except httpx2.HTTPError as error:
        # The order may have gone out: whether the phone rings, only the server knows.
        _end(f"the server did not answer ({error}); see callwright calls list", 2)
    told = _json(answer)
    if answer.status_code != httpx2.codes.ACCEPTED:
        if told.get("may_ring"):
            _end(
                f"unknown whether the call was placed: {told.get('detail')}. It may ring: do not "
                f"place it again, but look: callwright calls show {told.get('id')}",
                1,
            )
        is_ours = answer.status_code in (400, 401, 422)
        why = told.get("detail", answer.reason_phrase)
        _end(f"the call was not placed: {why}", 2 if is_ours else 1)
    return told


def _follow(client: httpx2.Client, id_: str, *, quiet: bool) -> dict[str, Any]:
    """Print the turns as they come; return the call when it has ended."""
    printed = 0
    while True:
        try:
            answer = client.get(f"/v1/calls/{id_}")
        except httpx2.HTTPError as error:
            _end(f"the server is gone ({error}); the call may go on", 2)
        found = _json(answer)
        if answer.is_client_error:
            _end(f"the server tells no more of the call: {found.get('detail')}", 2)
        turns, is_over = found.get("turns", []), found.get("state") == "ended"
        # The last turn may still grow, or shrink to what was heard of it.
        settled = len(turns) if is_over else max(printed, len(turns) - 1)
        for turn in () if quiet else turns[printed:settled]:
            typer.echo(f"{turn['who']:6}  {turn['text']}")
        printed = settled
        if is_over:
            return found
        time.sleep(EVERY_SECONDS)


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}


def _end(why: str, status: int) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(status)
