"""`callwright carrier`: the carrier and the people on its phone lines, on this machine."""

import asyncio
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import typer

from providers.base import ProviderError, TextToSpeech, Voice
from runtime.carrier.call_order import PATH
from runtime.carrier.caller import Call
from runtime.carrier.stand_in import sounds
from runtime.carrier.stand_in.exchange import PhoneCall, leg
from runtime.carrier.stand_in.load import REFUSED, place_all
from runtime.carrier.stand_in.people_file import PeopleProblem, read_people
from runtime.carrier.stand_in.person import Answer, Entry, People, spoken
from runtime.carrier.stand_in.server import Rules, standing_in
from runtime.carrier.stand_in.webhooks import Order, WebhookManner
from runtime.carrier.token import did_token
from runtime.cli import carrier_options as option
from runtime.cli.carrier_options import Speech
from runtime.cli.carrier_report import call_json, call_line, figures_json, figures_text
from runtime.cli.dial import built, media_address, with_token
from runtime.cli.options import Config, settings_of
from runtime.server.logs import set_up_logs
from runtime.server.serving import listen
from runtime.settings import Settings

_DEFAULT_PEOPLE = Path(sounds.__file__).with_name("people.yaml")
_SERVER = "ws://127.0.0.1:8080"


# As long as its options are many; each is a line here and explained in carrier_options.
def carrier(
    port: option.Port = 8090,
    host: option.Host = "127.0.0.1",
    people: option.People = None,
    speech: option.SpeechBy = Speech.TTS,
    language: option.Language = "en-IN",
    did: option.Dids = None,
    api_key: option.Key = None,
    answer_delay: option.AnswerDelay = 0.0,
    errors: option.Errors = 0.0,
    webhook_order: option.WebhookOrder = Order.HAPPENING,
    webhook_delay: option.WebhookDelay = 0.0,
    webhook_loss: option.WebhookLoss = 0.0,
    webhook_twice: option.WebhookTwice = 0.0,
    rings: option.Rings = None,
    calls: option.Calls = None,
    rate: option.Rate = 1.0,
    url: option.Url = None,
    secret: option.Secret = None,
    seed: option.Seed = 0,
    config: Config = None,
    json_output: option.Json = False,
) -> None:
    """Stand in for the carrier: its REST API, its phone lines and the people on them.

    Example:  callwright carrier --port 8090 --people people.yaml --speech babble

    Calls ordered from http://127.0.0.1:8090 (setting carrier.base_url) reach people by their
    numbers. With --calls it places incoming calls instead, prints how they went, and ends with 1
    if any was refused or broke off:

    Example:  callwright carrier --calls 50 --rate 5 --did 8645012345 --url ws://127.0.0.1:8080
    """
    settings = settings_of(config, Path("flows"))
    entries = _with_sound(_people(people, rings), speech, settings, language)
    if calls is not None:
        wanted = _incoming(People(entries, seed), calls, seed, _address(did, url, secret, settings))
        raise typer.Exit(_load(wanted, rate, as_json=json_output))
    manner = WebhookManner(webhook_order, webhook_delay, webhook_loss, webhook_twice)
    known = settings.carrier.api_key
    key = api_key or (known.get_secret_value() if known else "")
    rules = Rules(key, frozenset(did or ()), manner, answer_delay, errors, seed)
    try:
        listening = listen(host, port)
    except OSError as error:
        why = f"Cannot listen on {host}:{port}: {error.strerror}. Try another --port."
        typer.echo(why, err=True)
        raise typer.Exit(2) from error
    set_up_logs(settings.server.log)
    with suppress(KeyboardInterrupt):
        asyncio.run(_stand_in(People(entries, seed), rules, listening, as_json=json_output))


def _people(file: Path | None, rings: float | None) -> tuple[Entry, ...]:
    path = file or _DEFAULT_PEOPLE
    try:
        text = path.read_text(encoding="utf-8")
        entries = read_people(text, str(path), lambda name: (path.parent / name).read_bytes())
    except (OSError, UnicodeDecodeError, PeopleProblem) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if rings is None:
        return entries
    return tuple(replace(each, person=replace(each.person, rings=rings)) for each in entries)


def _with_sound(
    entries: tuple[Entry, ...], speech: Speech, settings: Settings, language: str
) -> tuple[Entry, ...]:
    async def babbled(text: str) -> bytes:
        return sounds.babble_of(text)

    async def by_voice() -> tuple[Entry, ...]:
        tts: TextToSpeech = built("tts", settings)

        async def speak(text: str) -> bytes:
            parts = [part async for part in tts.synthesize(text, Voice("", language))]
            return b"".join(parts)

        try:
            return await spoken(entries, speak)
        finally:
            await tts.close()

    if speech is Speech.BABBLE:
        return asyncio.run(spoken(entries, babbled))
    try:
        return asyncio.run(by_voice())
    except ProviderError as error:
        typer.echo(f"callwright carrier: {error} Or do without: --speech babble", err=True)
        raise typer.Exit(2) from error


def _address(
    dids: Sequence[str] | None, url: str | None, secret: str | None, settings: Settings
) -> str:
    """Return where incoming calls go, token included."""
    if not dids:
        if url is None:
            raise typer.BadParameter("one of them says whom to call", param_hint="--did, --url")
        return media_address(None, url, "")
    if len(dids) > 1:
        raise typer.BadParameter("with --calls one DID is called", param_hint="--did")
    parts = urlsplit(url or _SERVER)
    if parts.scheme not in ("ws", "wss") or not parts.netloc or parts.path.strip("/"):
        raise typer.BadParameter("with --did it is ws://HOST:PORT alone", param_hint="--url")
    known = settings.media.secret.get_secret_value() if settings.media.secret else ""
    address = f"{parts.scheme}://{parts.netloc}/media/{dids[0]}"
    token = did_token(secret or known, dids[0]) if secret or known else ""
    return with_token(address, token)


def _incoming(people: People, count: int, seed: int, address: str) -> list[Call]:
    try:
        callers = people.callers(count)
    except ValueError as error:
        typer.echo(f"callwright carrier: {error}", err=True)
        raise typer.Exit(2) from error
    return [
        replace(
            leg(
                # Whoever calls lets the bot speak first.
                replace(person, picks_up=()),
                Answer.PERSON,
                url=address,
                call_id=uuid4().hex[:24],
                mobile=mobile,
                seed=seed + nth,
                speed=1.0,
            ),
            rings=0.0,
        )
        for nth, (mobile, person) in enumerate(callers)
    ]


def _load(calls: list[Call], rate: float, *, as_json: bool) -> int:
    figures = asyncio.run(place_all(calls, rate))
    typer.echo(figures_json(figures) if as_json else figures_text(figures))
    well = {1000, 1006} if any(call.breaks_after < float("inf") for call in calls) else {1000}
    return 1 if figures.ended_by[REFUSED] or set(figures.close_codes) - well else 0


async def _stand_in(
    people: People, rules: Rules, listening: socket.socket, *, as_json: bool
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    shown: Callable[[PhoneCall], str] = call_json if as_json else call_line
    host, port = listening.getsockname()[:2]
    async with standing_in(people, rules, listening, lambda call: typer.echo(shown(call))):
        typer.echo(f"The carrier's REST API is on http://{host}:{port}{PATH}", err=True)
        await stop.wait()
