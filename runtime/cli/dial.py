"""`callwright dial`: be the carrier and the caller, and hear what a caller would hear."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import httpx2
import typer
from typer.core import TyperCommand

from providers.base import Hints, ProviderError, SpeechToText, TextToSpeech, Voice
from runtime.carrier.caller import Call, CallHeard, CannotConnect, EndedBy, place
from runtime.carrier.line import LineFaults
from runtime.carrier.messages import CloseCode
from runtime.carrier.script import HangUp, Manners, Press, Say, Step, Wait
from runtime.carrier.token import did_token
from runtime.carrier.wav import read as read_wav
from runtime.cli import dial_options as option
from runtime.cli.dial_options import Transcript
from runtime.cli.dial_report import Report, as_json, ending, print_line, print_turn
from runtime.cli.options import Config, settings_of
from runtime.cli.server_transcript import ServerTranscript, TranscriptProblem
from runtime.settings import Settings

_GIVEN = "callwright.dial.given"
_STEP_OPTIONS = ("say", "wav", "press", "wait")


class InOrder(TyperCommand):
    """Keeps the order of the caller's options across their kinds; typer keeps it within one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as usual, and leave `(option, value)` in the context in the order given."""
        rest = super().parse_args(ctx, list(args))
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        given = {name: iter(values.get(name, ())) for name in _STEP_OPTIONS}
        ctx.meta[_GIVEN] = [
            (each.name, next(given[each.name])) for each in order if each.name in given
        ]
        return rest


def register(app: typer.Typer) -> None:
    """Add `dial` to the command line."""
    app.command("dial", cls=InOrder)(dial)


# As long as its options are many; each is a line here and explained in dial_options.
def dial(
    ctx: typer.Context,
    did: option.Did = None,
    url: option.Url = None,
    server: option.Server = "http://127.0.0.1:8080",
    say: option.Say = None,
    wav: option.Wav = None,
    press: option.Press = None,
    wait: option.Wait = None,
    hang_up: option.HangUp = False,
    tones: option.Tones = False,
    mobile: option.Mobile = "9800000000",
    language: option.Language = "en-IN",
    voice: option.Voice = "",
    record: option.Record = None,
    json_output: option.Json = False,
    transcript: option.Words = Transcript.LOCAL,
    agent: option.Agent = "",
    token: option.Token = None,
    secret: option.Secret = None,
    config: Config = None,
    moment: option.Moment = 1.0,
    patience: option.Patience = 10.0,
    max_wait: option.MaxWait = 60.0,
    loss: option.Loss = 0.0,
    duplicate: option.Duplicate = 0.0,
    reorder: option.Reorder = 0.0,
    jitter: option.Jitter = 0.0,
    seed: option.Seed = 0,
) -> None:
    """Act as the carrier: call a running server with real audio, and print both sides.

    Example:  callwright dial --did 8645000001 --say "I want to book" --press 1 --record call.wav

    A line begins when the bot has spoken and has been quiet for a moment. Ends with 0 if the bot
    closed the call with 1000 or --hang-up ended it, 1 if it ended otherwise, 2 if there was none.
    """
    settings = settings_of(config, Path("flows"))
    address = media_address(did, url, server)
    call = Call(
        url=with_token(address, token or _own_token(did, secret, settings)),
        call_id=f"dial-{uuid4().hex[:12]}",
        steps=tuple(_step(name, value, tones=tones) for name, value in ctx.meta[_GIVEN])
        + ((HangUp(),) if hang_up else ()),
        mobile=mobile,
        agent=agent,
        manners=Manners(moment, patience),
        faults=LineFaults(loss, duplicate, reorder, jitter),
        seed=seed,
        waits_for_end=max_wait,
    )
    wishes = Wishes(server, settings, Voice(voice, language), transcript, record, json_output)
    try:
        status = asyncio.run(_dial(call, wishes))
    except (CannotConnect, ProviderError, OSError) as error:
        typer.echo(f"callwright dial: {error}", err=True)
        status = 2
    raise typer.Exit(status)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What `dial` needs beside the call itself."""

    server: str
    settings: Settings
    voice: Voice
    transcript: Transcript
    record: Path | None
    as_json: bool


def media_address(did: str | None, url: str | None, server: str) -> str:
    """Return the WebSocket address to call, as yet without a token."""
    if (did is None) == (url is None):
        raise typer.BadParameter("exactly one of them says whom to call", param_hint="--did, --url")
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.netloc:
            raise typer.BadParameter("ws://… or wss://… is needed", param_hint="--url")
        return url
    parts = urlsplit(server)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise typer.BadParameter("http://… or https://… is needed", param_hint="--server")
    path = f"{parts.path.rstrip('/')}/media/{quote(did or '', safe='')}"
    return urlunsplit(parts._replace(scheme=scheme, path=path))


def with_token(address: str, token: str) -> str:
    """Return the address with the token, where there is one."""
    if not token:
        return address
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query), ("token", token)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _own_token(did: str | None, secret: str | None, settings: Settings) -> str:
    known = settings.media.secret.get_secret_value() if settings.media.secret else ""
    return did_token(secret or known, did) if did and (secret or known) else ""


def _step(name: str, value: str, *, tones: bool) -> Step:
    """Return what an option asks the caller to do; a line without sound is yet to be spoken."""
    if name == "say":
        return Say(b"", value)
    if name == "wait":
        return Wait(float(value))
    try:
        if name == "press":
            return Press(value.upper(), in_band=tones)
        return Say(read_wav(Path(value).read_bytes()), f"[{Path(value).name}]")
    except OSError as error:
        raise typer.BadParameter(f"{value}: {error.strerror}", param_hint=f"--{name}") from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{name}") from error


async def _dial(call: Call, wishes: Wishes) -> int:
    """Place the call, print it and return the exit status; raises `CannotConnect`."""
    call = replace(call, steps=await _spoken(call.steps, wishes))
    reads_server = wishes.transcript is Transcript.SERVER
    turns: list[Mapping[str, Any]] = []
    async with AsyncExitStack() as providers:
        stt: SpeechToText | None = None
        if wishes.transcript is Transcript.LOCAL:
            stt = built("stt", wishes.settings)
            providers.push_async_callback(stt.close)
            await stt.warm()
        hints = Hints(language=wishes.voice.language)
        report = Report(stt, hints, prints=not wishes.as_json, prints_bot=not reads_server)
        heard = await _placed(call, wishes, report, turns)
    if wishes.record:
        wishes.record.write_bytes(heard.recording)
    if wishes.as_json:
        server_turns = {"server_turns": turns} if reads_server else {}
        typer.echo(json.dumps(as_json(heard, report.texts) | server_turns, ensure_ascii=False))
    else:
        print_line(heard.seconds, "end", ending(heard))
    ended_well = heard.close_code == CloseCode.ENDED and heard.ended_by is not EndedBy.PATIENCE
    return 0 if ended_well else 1


async def _spoken(steps: tuple[Step, ...], wishes: Wishes) -> tuple[Step, ...]:
    """Return the steps with the sound of every line that has only words."""
    if not any(_is_unspoken(step) for step in steps):
        return steps
    tts: TextToSpeech = built("tts", wishes.settings)
    try:
        spoken: list[Step] = []
        for step in steps:
            if isinstance(step, Say) and _is_unspoken(step):
                parts = [part async for part in tts.synthesize(step.text, wishes.voice)]
                step = replace(step, audio=b"".join(parts))
            spoken.append(step)
        return tuple(spoken)
    finally:
        await tts.close()


def _is_unspoken(step: Step) -> bool:
    return isinstance(step, Say) and not step.audio


def built(kind: str, settings: Settings) -> Any:
    """Return the settings' first provider of the kind; raises `ProviderError`."""
    # Only a call with speech has to have what the providers import.
    from providers import registry

    build: Any = registry.build
    name = next(iter(getattr(settings.defaults, kind)), "")
    known: Mapping[str, Mapping[str, Any]] = getattr(settings.providers, kind)
    if name not in known:
        raise ProviderError(f"the settings have no {kind} provider {name!r}", retryable=False)
    options = dict(known[name])
    return build(kind, str(options.pop("use", name)), options)


async def _placed(
    call: Call, wishes: Wishes, report: Report, turns: list[Mapping[str, Any]]
) -> CallHeard:
    """Place the call while it is printed; with the server's words, `turns` gets them."""
    outcome: CallHeard | CannotConnect
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(report.run())
        following = None
        if wishes.transcript is Transcript.SERVER:
            following = tasks.create_task(_follow_server(call.call_id, wishes, turns, ended))
        try:
            outcome = await place(call, report.notify)
        except CannotConnect as error:
            outcome = error
            if following:
                following.cancel()
        ended.set()
        report.end()
    if isinstance(outcome, CannotConnect):
        raise outcome
    return outcome


async def _follow_server(
    call_id: str, wishes: Wishes, turns: list[Mapping[str, Any]], ended: asyncio.Event
) -> None:
    def tell(turn: Mapping[str, Any]) -> None:
        turns.append(turn)
        if not wishes.as_json:
            print_turn(turn)

    token = wishes.settings.api.token
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    async with httpx2.AsyncClient(base_url=wishes.server, headers=headers) as client:
        try:
            await ServerTranscript(client, call_id, tell).follow(ended)
        except TranscriptProblem as problem:
            typer.echo(f"callwright dial: no transcript: {problem}", err=True)
