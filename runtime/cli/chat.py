"""`callwright chat`: talk to a flow by text, with the engine that takes the calls."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Annotated, Literal

import typer
from rich.console import Console

from providers.base import ProviderMissing
from runtime.call.classifiers import Classifiers
from runtime.cli.chat_far import Live, Person
from runtime.cli.chat_talk import Answers, ChatTalk, Kind, Move
from runtime.cli.chat_view import PlainView, TerminalView
from runtime.cli.options import Config, settings_of
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest, AnyEnvironment
from runtime.flow.conversation.writing import as_test, file_of
from runtime.flow.engine.events import CallStarted
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow

with suppress(ImportError):
    import readline  # noqa: F401 - it gives `input` its history

Grade = Annotated[
    Literal["light", "local"],
    typer.Option("--understanding", help="By spelling alone, or by meaning too, with [local]."),
]

AFTERWARDS = "The call has ended: /save FILE keeps it, /undo takes a step back."

HELP = """\
/press 1       press keys          /state         where the call is
/silence       say nothing         /slots         what is known
/undo          take the last back  /hangup        end the call
/save FILE     keep it as a test   /help          this"""


def chat(
    flow: Annotated[Path, typer.Argument(help="The flow file to talk to.")],
    did: Annotated[str, typer.Option(help="The number that was called.")] = "",
    mobile: Annotated[str, typer.Option(help="The caller's number.")] = "",
    var: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A starting value, over the flow's own."),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Make requests and ask the model for real, not you."),
    ] = False,
    understanding: Grade = "light",
    config: Config = None,
) -> None:
    """Talk to a flow by text: type what the caller says, or a command (/help names them).

    Where the flow makes a request or asks a language model, you play these as well, unless --live
    is given. Lines are read from a pipe, too.

    Example:  callwright chat flows/reception.yaml
    """
    read, ranking = _ready(flow, Classifiers(understanding))
    variables: dict[str, object] = dict(_variable(each) for each in var or ())
    started = CallStarted(
        at=int(time()), call_id="chat", did=did, mobile=mobile, variables=variables, seed=1
    )
    far = Live(settings_of(config, flow.parent), read.providers.get("llm", "")) if live else None
    person = Person(_ask)
    env = os.environ if live else AnyEnvironment()

    def begin(web: AnswerRequest, model: AnswerModel) -> Rehearsal:
        return Rehearsal(read, ranking, started, web, model, env=env)

    answers = Answers((far or person).request, (far or person).model)
    Chat(flow, read, ChatTalk(begin, answers), started).run()


def _variable(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"'{given}' is not NAME=VALUE", param_hint="--var")
    return name, value


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


def _ask(prompt: str) -> str | None:
    """Return the next line; None at the end of the input."""
    if sys.stdin.isatty():
        try:
            # `input` has the line's history and editing, where the system brings them.
            return input(prompt).strip()
        except EOFError:
            return None
    line = sys.stdin.readline()
    return line.strip() if line else None


class Chat:
    """Reads moves and commands until the call has ended."""

    def __init__(self, file: Path, flow: Flow, talk: ChatTalk, started: CallStarted) -> None:
        self._file = file
        self._flow = flow
        self._talk = talk
        self._started = started
        terminal = sys.stdout.isatty()
        self._view = TerminalView(Console()) if terminal else PlainView()
        self._commands: dict[str, Callable[[str], None]] = {
            "/press": self._press,
            "/silence": lambda _: self._move("silence"),
            "/hangup": lambda _: self._move("hang_up"),
            "/undo": self._undo,
            "/save": self._save,
            "/state": self._state,
            "/slots": self._slots,
            "/help": lambda _: typer.echo(HELP),
        }

    def run(self) -> None:
        """Chat."""
        self._view.show(self._talk.heard[0], self._talk.talk.state)
        while True:
            line = _ask(typer.style("you  ", bold=True))
            if line is None:
                if not self._talk.talk.ended:
                    self._move("hang_up")
                return
            if line.startswith("/"):
                self._command(line)
            elif not self._talk.talk.ended:
                if line:
                    self._move("caller", line)
            elif line:
                typer.echo(AFTERWARDS)
            elif sys.stdin.isatty():
                return

    def _move(self, kind: Kind, text: str = "") -> None:
        self._view.show(self._talk.do(Move(kind, text)), self._talk.talk.state)
        if self._talk.talk.ended and sys.stdin.isatty():
            typer.echo(f"{AFTERWARDS} An empty line leaves.")

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        command = self._commands.get(name)
        if command is None:
            typer.echo(f"I don't know '{name}'. There are:\n{HELP}")
        else:
            command(rest.strip())

    def _press(self, keys: str) -> None:
        digits = keys.replace(" ", "")
        if not digits or set(digits) - set("0123456789*#"):
            typer.echo("Say which keys: /press 1")
        else:
            self._move("press", digits)

    def _undo(self, _: str) -> None:
        if not self._talk.undo():
            typer.echo("There is nothing to take back.")
            return
        typer.echo("-- taken back")
        self._view.show(self._talk.heard[-1], self._talk.talk.state)

    def _save(self, name: str) -> None:
        if not name:
            typer.echo("Say where: /save my.test.yaml")
            return
        path = Path(name)
        script = self._talk.script("a chat", self._started.at, self._started.variables)
        test = as_test(self._flow, script)
        try:
            if path.exists():
                with path.open("a", encoding="utf-8") as file:
                    file.write(f"\n{test}")
            else:
                beside = os.path.relpath(str(self._file), str(path.parent))
                path.write_text(file_of(beside, [test]), encoding="utf-8")
        except OSError as exc:
            typer.echo(f"{path} cannot be written: {exc.strerror}", err=True)
            return
        typer.echo(f"-- saved: callwright test {path}")

    def _state(self, _: str) -> None:
        state = self._talk.talk.state
        typer.echo(f"state: {state.state}, misses: {state.misses}")

    def _slots(self, _: str) -> None:
        state = self._talk.talk.state
        for name, value in {**state.variables, **state.slots}.items():
            typer.echo(f"{name}: {value}")
