"""`callwright check`: every mistake in flows, tests and DIDs, before a caller meets it."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.files import author_files, files_below
from runtime.cli.neighbours import Neighbours
from runtime.flow.conversation.reading import TEST_ENDING, read_conversations
from runtime.flow.dids import read_dids
from runtime.flow.place import Place
from runtime.flow.problem import Problem, as_github, as_json, underlined
from runtime.flow.reading import read_flow, read_part
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
    """Check flows, their tests and DIDs, and say where and how to mend them.

    Example:  callwright check flows/clinic.yaml

    Ends with 0 if all is good or there are only warnings, 1 if there are errors, 2 if it was
    called wrongly.
    """
    files = _files_to_check(paths or [_usual_folder()])
    with _nothing_collected():
        problems = _problems_of(files)
    match format:
        case Format.JSON:
            typer.echo(as_json(problems))
        case Format.GITHUB:
            for problem in problems:
                typer.echo(as_github(problem))
        case Format.TEXT:
            _print(problems, len(files))
    if any(problem.is_error for problem in problems):
        raise typer.Exit(1)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Collect no garbage meanwhile: with a large flow it takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _problems_of(files: Sequence[Path]) -> list[Problem]:
    beside = {name for file in files for name in files_below(file.parent) if _is_checked(name)}
    neighbours = Neighbours([*files, *sorted(beside)])
    # What is wrong with a file that is included is found with each that includes it.
    found = (problem for file in files for problem in _check_file(file, neighbours))
    return list(dict.fromkeys(found))


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
    return file.suffix == ".yaml" and file.name != SETTINGS_FILE


def _check_file(file: Path, neighbours: Neighbours) -> tuple[Problem, ...]:
    """Return what is wrong with the file."""
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        message = f"the file cannot be read: {why}."
        return (Problem(Place(str(file), 1, 1), "error", "unreadable", message),)
    if file.name == DIDS_FILE:
        flows = _flows_beside(file, neighbours)
        return read_dids(text, str(file), flows=tuple(flows)).problems
    if file.name.endswith(TEST_ENDING):
        return read_conversations(text, str(file), open_file=open_beside(file)).problems
    return _check_flow(file, text, neighbours)


def _check_flow(file: Path, text: str, neighbours: Neighbours) -> tuple[Problem, ...]:
    reading = read_flow(text, str(file), open_file=open_beside(file))
    if reading.flow is not None or reading.is_part:
        return reading.problems
    # Only now does it matter what it is to others.
    if neighbours.is_included(file):
        return read_part(text, str(file), open_file=open_beside(file)).problems
    if neighbours.is_only_run(file):
        return read_flow(text, str(file), open_file=open_beside(file), is_run=True).problems
    return reading.problems


def _flows_beside(dids: Path, neighbours: Neighbours) -> Iterator[str]:
    for file in files_below(dids.parent):
        is_other = file.name == DIDS_FILE or file.name.endswith(TEST_ENDING)
        if _is_checked(file) and not is_other and neighbours.is_flow(file):
            yield file.relative_to(dids.parent).as_posix()


def _print(problems: Sequence[Problem], files: int) -> None:
    on_terminal = typer.get_text_stream("stdout").isatty()
    for problem in problems:
        typer.echo(_line(problem) if on_terminal else str(problem))
        if on_terminal and (shown := underlined(problem, _lines(problem.place.file))):
            typer.echo(shown)
    errors = sum(problem.is_error for problem in problems)
    counts = f"{_count(errors, 'error')}, {_count(len(problems) - errors, 'warning')}"
    typer.echo(f"{_count(files, 'file')}: {counts}")


@lru_cache
def _lines(file: str) -> list[str]:
    """Return the lines of a file in which something is wrong, included ones among them."""
    try:
        return source_lines(Path(file).read_bytes().decode(errors="replace"))
    except OSError:
        return []


def _line(problem: Problem) -> str:
    colour = typer.colors.RED if problem.is_error else typer.colors.YELLOW
    label = typer.style(f"{problem.severity}[{problem.code}]", fg=colour, bold=True)
    return f"{problem.place}: {label} {problem.sentence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
