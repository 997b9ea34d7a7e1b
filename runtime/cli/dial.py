"""`callwright dial`: be the carrier and the caller, and hear what a caller would hear."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
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
from runtime.carrier.wav import WavProblem
from runtime.carrier.wav import read as read_wav
from runtime.cli import dial_options as option
from runtime.cli.dial_options import Transcript
from runtime.cli.dial_report import Report, as_json, ending, print_line, print_turn
from runtime.cli.server_transcript import ServerTranscript, TranscriptProblem
from runtime.settings import FILE_NAME, Settings, SettingsProblem, load_settings

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
    config: option.Config = None,
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
    settings = _settings(config)
    known_secret = secret or _secret(settings)
    call = Call(
        url=media_address(did, url, server, token=token, secret=known_secret),
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


def media_address(
    did: str | None, url: str | None, server: str, *, token: str | None, secret: str
) -> str:
    """Return the WebSocket address to call, with its token where there is one to give."""
    if (did is None) == (url is None):
        raise typer.BadParameter("exactly one of them says whom to call", param_hint="--did, --url")
    if url is None:
        parts = urlsplit(server)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme)
        if scheme is None or not parts.netloc:
            raise typer.BadParameter("http://… or https://… is needed", param_hint="--server")
        path = f"{parts.path.rstrip('/')}/media/{quote(did or '', safe='')}"
        parts = parts._replace(scheme=scheme, path=path)
    else:
        parts = urlsplit(url)
        if parts.scheme not in ("ws", "wss") or not parts.netloc:
            raise typer.BadParameter("ws://… or wss://… is needed", param_hint="--url")
    if token is None and did is not None and secret:
        token = did_token(secret, did)
    query = parse_qsl(parts.query) + ([("token", token)] if token else [])
    return urlunsplit(parts._replace(query=urlencode(query)))


def _settings(config: Path | None) -> Settings:
    usual = Path(FILE_NAME)
    try:
        return load_settings(config or (usual if usual.is_file() else None))
    except SettingsProblem as problem:
        raise typer.BadParameter(str(problem), param_hint="--config") from problem


def _secret(settings: Settings) -> str:
    return settings.media.secret.get_secret_value() if settings.media.secret else ""


def _step(name: str, value: str, *, tones: bool) -> Step:
    """Return what an option asks the caller to do; a line without sound is yet to be spoken."""
    if name == "say":
        return Say(b"", value)
    if name == "wait":
        return Wait(float(value))
    try:
        if name == "press":
            return Press(value, in_band=tones)
        return Say(read_wav(Path(value).read_bytes()), f"[{Path(value).name}]")
    except (WavProblem, OSError, ValueError) as error:
        raise typer.BadParameter(f"{value}: {error}", param_hint=f"--{name}") from error


async def _dial(call: Call, wishes: Wishes) -> int:
    """Place the call, print it and return the exit status."""
    call = replace(call, steps=await _spoken(call.steps, wishes))
    async with AsyncExitStack() as providers:
        stt: SpeechToText | None = None
        if wishes.transcript is Transcript.LOCAL:
            stt = _built("stt", wishes.settings)
            providers.push_async_callback(stt.close)
            await stt.warm()
        server_has_the_words = wishes.transcript is Transcript.SERVER
        report = Report(
            stt,
            Hints(language=wishes.voice.language),
            prints=not wishes.as_json,
            prints_bot=not server_has_the_words,
        )
        turns: list[Mapping[str, Any]] = []
        heard = await _placed(call, wishes, report, turns if server_has_the_words else None)
    if wishes.record:
        wishes.record.write_bytes(heard.recording)
    if wishes.as_json:
        shown = as_json(heard, report.texts)
        typer.echo(json.dumps(shown | ({"server_turns": turns} if server_has_the_words else {})))
    else:
        print_line(heard.seconds, "end", ending(heard))
    ended_well = heard.close_code == CloseCode.ENDED and heard.ended_by is not EndedBy.PATIENCE
    return 0 if ended_well else 1


async def _spoken(steps: tuple[Step, ...], wishes: Wishes) -> tuple[Step, ...]:
    """Return the steps with the sound of every line that has only words."""
    if not any(isinstance(step, Say) and not step.audio for step in steps):
        return steps
    tts: TextToSpeech = _built("tts", wishes.settings)
    try:
        return tuple(
            [
                Say(b"".join([part async for part in tts.synthesize(step.text, wishes.voice)]), step.text)
                if isinstance(step, Say) and not step.audio
                else step
                for step in steps
            ]
        )
    finally:
        await tts.close()


def _built(kind: Literal["stt", "tts"], settings: Settings) -> Any:
    """Return the settings' first provider of the kind; raises `ProviderError`."""
    from providers import registry

    name = getattr(settings.defaults, kind)[0]
    return registry.build(kind, name, getattr(settings.providers, kind)[name])


async def _placed(
    call: Call, wishes: Wishes, report: Report, turns: list[Mapping[str, Any]] | None
) -> CallHeard:
    """Place the call while both sides are printed; raises `CannotConnect`."""
    ended = asyncio.Event()
    outcome: CallHeard | CannotConnect
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(report.run())
        try:
            ...
        except CannotConnect as error:
            outcome = error
        report.end()
    return outcome
