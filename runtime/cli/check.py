"""`callwright check`: every mistake in flows and DIDs, before a caller meets it."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.files import author_files, files_below
from runtime.flow.conversation.reading import TEST_ENDING, read_conversations
from runtime.flow.dids import read_dids
from runtime.flow.model import Place
from runtime.flow.problem import Problem, as_github, as_json, underlined
from runtime.flow.reading import read_flow
from runtime.flow.source import source_lines

DIDS_FILE = "dids.yaml"
SETTINGS_FILE = "callwright.yaml"


class Format(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files or folders; flows/ if none is named."),
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", help="For people, for programs, or for GitHub.")
    ] = Format.TEXT,
) -> None:
    """Check flows and DIDs, and say where and how to mend them.

    Example:  callwright check flows/clinic.yaml

    Ends with 0 if all is good or there are only warnings, 1 if there are errors, 2 if it was
    called wrongly.
    """
    files = _files_to_check(paths or [_usual_folder()])
    checked = [(file, *_check_file(file)) for file in files]
    problems = [problem for _, _, found in checked for problem in found]
    match format:
        case Format.JSON:
            typer.echo(as_json(problems))
        case Format.GITHUB:
            for problem in problems:
                typer.echo(as_github(problem))
        case Format.TEXT:
            _print(checked)
    if any(problem.is_error for problem in problems):
        raise typer.Exit(1)


def open_beside(file: Path) -> Callable[[str], bytes | None]:
    """Return what opens files that are named relative to the folder of `file`."""

    def open_file(name: str) -> bytes | None:
        path = file.parent / name
        return path.read_bytes() if path.is_file() else None

    return open_file


def _usual_folder() -> Path:
    folder = Path("flows")
    return folder if folder.is_dir() else Path()


def _files_to_check(paths: Sequence[Path]) -> list[Path]:
    return author_files(paths, _is_checked, "flow")


def _is_checked(file: Path) -> bool:
    if file.name == SETTINGS_FILE or file.name.endswith(TEST_ENDING):
        return False
    return file.suffix == ".yaml"


def _check_file(file: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return the file's text and what is wrong with it."""
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        message = f"the file cannot be read: {why}."
        return "", (Problem(Place(str(file), 1, 1), "error", "unreadable", message),)
    if file.name == DIDS_FILE:
        flows = [
            flow.relative_to(file.parent).as_posix()
            for flow in files_below(file.parent)
            if _is_checked(flow) and flow.name != DIDS_FILE
        ]
        return text, read_dids(text, str(file), flows=flows).problems
    if file.name.endswith(TEST_ENDING):
        return text, read_conversations(text, str(file), open_file=open_beside(file)).problems
    return text, read_flow(text, str(file), open_file=open_beside(file)).problems


def _print(checked: Sequence[tuple[Path, str, Sequence[Problem]]]) -> None:
    on_terminal = typer.get_text_stream("stdout").isatty()
    errors = warnings = 0
    for _, text, problems in checked:
        lines = source_lines(text)
        for problem in problems:
            errors += problem.is_error
            warnings += not problem.is_error
            typer.echo(_line(problem) if on_terminal else str(problem))
            if on_terminal and (shown := underlined(problem, lines)):
                typer.echo(shown)
    files = _count(len(checked), "file")
    typer.echo(f"{files}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")


def _line(problem: Problem) -> str:
    colour = typer.colors.RED if problem.is_error else typer.colors.YELLOW
    label = typer.style(f"{problem.severity}[{problem.code}]", fg=colour, bold=True)
    return f"{problem.place}: {label} {problem.sentence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
