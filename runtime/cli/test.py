"""`callwright test`: run conversation tests, in text and on a virtual clock."""
# ruff: noqa: PT028 - `test` is a command, no test of pytest's.

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from os.path import normpath
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import typer

from providers.base import ProviderError
from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Grade, Ranking
from runtime.cli.check import open_beside
from runtime.cli.conversation_report import (
    FileRun,
    TimedResult,
    as_json,
    as_junit,
    as_text,
    coverage_as_text,
)
from runtime.cli.files import author_files
from runtime.cli.options import Config, settings_of
from runtime.cli.update_tests import shown, update_tests
from runtime.flow.conversation.reading import (
    TEST_ENDING,
    ConversationsReading,
    read_conversations,
)
from runtime.flow.conversation.result import Result
from runtime.flow.conversation.running import Begin, rehearsed, run, run_by, started
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest
from runtime.flow.conversation.steps import Conversation
from runtime.flow.conversation.talk import Talk
from runtime.flow.conversation.updating import Change
from runtime.flow.model import Flow
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.server.own_tests import OwnTests


# As long as its options are many; each is a line or two here.
def test(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH", help="Files of tests, flows or folders; flows/ if none is named."
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("-k", metavar="NAME", help="Only tests with this in their name.")
    ] = "",
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit report, too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results for programs.")] = False,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="Name the states and ways that no test has taken."),
    ] = False,
    update: Annotated[
        bool,
        typer.Option("--update", help="Write what was seen into the steps that fail."),
    ] = False,
    audio: Annotated[
        bool,
        typer.Option("--audio", help="Speak and hear it all, as on the phone; takes as long."),
    ] = False,
    understanding: Grade = "light",
    config: Config = None,
) -> None:
    """Run the conversation tests (*.test.yaml) of files or folders.

    Example:  callwright test flows -k "books a visit"

    Ends with 0 if all pass, 1 if one fails or a file has mistakes, 2 if there is nothing to run.
    """
    began = perf_counter()
    if audio and update:
        raise typer.BadParameter("tests are updated in text only", param_hint="--update")
    classifiers = Classifiers(understanding)
    files = test_files(paths or [Path("flows")])
    changes = _update(files, name, classifiers) if update else ()
    with _players(config, classifiers, audio=audio) as player:
        runs = [_run_file(file, name, player) for file in files]
    if not any(each.results or each.problems for each in runs):
        raise typer.BadParameter(f"no test has '{name}' in its name", param_hint="-k")
    if junit is not None:
        _write(junit, as_junit(runs))
    if json:
        typer.echo(as_json(runs, changes))
    else:
        for change in changes:
            typer.echo(shown(change))
        typer.echo(as_text(runs, perf_counter() - began))
        if coverage:
            typer.echo(coverage_as_text(runs))
    if not all(each.passed for each in runs):
        raise typer.Exit(1)


def _update(files: Sequence[Path], name: str, classifiers: Classifiers) -> tuple[Change, ...]:
    def beginner(flow: Flow) -> Begin:
        return rehearsed(Ranking(flow, classifiers))

    return tuple(
        change for file in files for change in update_tests(file, name, read_tests, beginner)
    )


def test_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files of tests among these and in the folders among them, and those of flows."""
    found = author_files(paths, lambda file: file.name.endswith(TEST_ENDING), f"*{TEST_ENDING}")
    each = (tests for file in found for tests in _tests_of(file))
    return list(dict.fromkeys(each))


def _tests_of(file: Path) -> tuple[Path, ...]:
    if file.name.endswith(TEST_ENDING):
        return (file,)
    tests = OwnTests(file.parent).by_flow().get(Path(normpath(file)), ())
    if not tests:
        why = f"{file} has no tests: write {file.stem}{TEST_ENDING} beside it"
        raise typer.BadParameter(why, param_hint="PATH")
    return tests


Play = Callable[[Conversation], Result]
Player = Callable[[Flow], Play]
"""Returns what plays the tests of a flow."""


@contextmanager
def _players(config: Path | None, classifiers: Classifiers, *, audio: bool) -> Iterator[Player]:
    """Return the player in text, or in sound."""
    if not audio:
        yield lambda flow: partial(run, rank=Ranking(flow, classifiers))
        return
    # Only tests in sound have to have what speech imports.
    from runtime.cli.audio_talk import Studio

    with TemporaryDirectory() as folder:
        studio = Studio(settings_of(config, Path("flows")), Path(folder))
        try:

            def begin(test: Conversation, web: AnswerRequest, model: AnswerModel) -> Talk:
                return studio.talk(test.flow, started(test), web, model)

            yield lambda _: partial(run_by, begin=begin)
        except ProviderError as error:
            typer.echo(error.message, err=True)
            raise typer.Exit(2) from error
        finally:
            studio.close()


def _run_file(file: Path, name: str, player: Player) -> FileRun:
    reading = read_tests(file)
    chosen = reading.chosen(name)
    if not chosen:
        return FileRun(file, reading.problems, ())
    # All tests of a file are of one flow, and its classifier is made once.
    play = player(chosen[0].flow)
    results: list[TimedResult] = []
    for conversation in chosen:
        began = perf_counter()
        result = play(conversation)
        results.append(TimedResult(result, perf_counter() - began))
    return FileRun(file, reading.problems, tuple(results))


def read_tests(file: Path) -> ConversationsReading:
    """Read a file of tests; one that cannot be read is a problem, too."""
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        message = f"the file cannot be read: {why}."
        problem = Problem(Place(str(file), 1, 1), "error", "unreadable", message)
        return ConversationsReading((), (problem,))
    return read_conversations(text, str(file), open_file=open_beside(file))


def _write(file: Path, report: str) -> None:
    try:
        file.write_text(report, encoding="utf-8")
    except OSError as exc:
        message = f"{file} cannot be written: {exc.strerror}"
        raise typer.BadParameter(message, param_hint="--junit") from exc
