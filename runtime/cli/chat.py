"""`callwright chat`: talk to a flow by text, with the engine that takes the calls."""

import sys
from collections.abc import Iterable
from pathlib import Path
from time import time
from typing import Annotated, Literal

import typer

from providers.base import ProviderMissing
from runtime.call.classifiers import Classifiers
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.effects import Failed, HangUp, Say, Understood
from runtime.flow.engine.events import CallStarted
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow

Grade = Annotated[
    Literal["light", "local"],
    typer.Option("--understanding", help="By spelling alone, or by meaning too, with [local]."),
]

HELP = "/press 1   /silence   /state   /slots   /hangup   /help"


def chat(
    flow: Annotated[Path, typer.Argument(help="The flow file to talk to.")],
    did: Annotated[str, typer.Option(help="The number that was called.")] = "",
    mobile: Annotated[str, typer.Option(help="The caller's number.")] = "",
    understanding: Grade = "light",
) -> None:
    """Talk to a flow by text: type what the caller says, or a command.

    Commands: /press 1, /silence, /state, /slots, /hangup, /help. Lines are read from a pipe too.

    Example: callwright chat flows/reception.yaml
    """
    talk = Rehearsal(
        *_ready(flow, Classifiers(understanding)),
        CallStarted(at=time(), call_id="chat", did=did, mobile=mobile, seed=1),
    )
    _print(talk.opening())
    while not talk.ended:
        line = _next_line()
        if line is None:
            _print(talk.hang_up())
        elif line.startswith("/"):
            _command(talk, line)
        elif line:
            _print(talk.caller(line))


def _ready(file: Path, classifiers: Classifiers) -> "tuple[Flow, Ranking]":
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        typer.echo(f"{file} cannot be read: {exc}", err=True)
        raise typer.Exit(2) from exc
    reading = read_flow(text, str(file), open_file=lambda name: _bytes(file.parent / name))
    for problem in reading.problems:
        typer.echo(str(problem), err=True)
    if reading.flow is None:
        raise typer.Exit(1)
    return reading.flow, Ranking(reading.flow, classifiers)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


class Ranking:
    """The flow's classifier, as a rehearsal asks for it."""

    def __init__(self, flow: Flow, classifiers: Classifiers) -> None:
        try:
            self._classifier = classifiers.of(flow)
        except ProviderMissing as missing:
            typer.echo(missing.message, err=True)
            raise typer.Exit(2) from missing

    def __call__(self, text: str, among: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
        """Rank the intents in reach."""
        return tuple((x.intent, x.score) for x in self._classifier.rank(text, among))


def _next_line() -> str | None:
    if sys.stdin.isatty():
        typer.echo(typer.style("you> ", bold=True), nl=False)
    line = sys.stdin.readline()
    return line.strip() if line else None


def _command(talk: Rehearsal, line: str) -> None:
    match line.split():
        case ["/press", *keys] if keys and set("".join(keys)) <= set("0123456789*#"):
            _print(talk.press("".join(keys)))
        case ["/silence"]:
            _print(talk.silence())
        case ["/state"]:
            typer.echo(f"state: {talk.state.state}, misses: {talk.state.misses}")
        case ["/slots"]:
            for name, value in talk.state.variables.items():
                typer.echo(f"{name}: {value}")
        case ["/hangup"]:
            _print(talk.hang_up())
        case ["/help"]:
            typer.echo(HELP)
        case _:
            typer.echo(f"I don't know '{line}'. There are: {HELP}")


def _print(shown: Iterable[Shown]) -> None:
    for each in shown:
        match each:
            case Say(text=text, sound=sound):
                typer.echo(f"bot: {text or sound}")
            case Understood(intent=intent, how=how, confidence=confidence):
                meant = f"{intent or 'nothing'}, {how} {confidence:.2f}"
                typer.echo(typer.style(f"     ({meant})", dim=True))
            case Failed(state=state, message=message):
                typer.echo(f"error in state '{state}': {message}", err=True)
            case HangUp(reason=reason):
                typer.echo(f"-- the call has ended: {reason}")
