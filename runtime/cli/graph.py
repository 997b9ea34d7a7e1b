"""`callwright graph`: a flow as a picture."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.check import open_beside
from runtime.cli.trails import trails_of
from runtime.flow.conversation.coverage import Coverage, coverage_of
from runtime.flow.graph.diagram import Graph
from runtime.flow.graph.dot import as_dot
from runtime.flow.graph.mermaid import as_mermaid
from runtime.flow.graph.picture import graph_of
from runtime.flow.graph.svg import as_svg
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow


class Picture(StrEnum):
    """What the picture is written as."""

    MERMAID = "mermaid"
    SVG = "svg"
    DOT = "dot"


_DRAW: Mapping[Picture, Callable[[Graph], str]] = {
    Picture.MERMAID: as_mermaid,
    Picture.SVG: as_svg,
    Picture.DOT: as_dot,
}


def graph(
    flow: Annotated[Path, typer.Argument(help="The flow file to draw.")],
    format: Annotated[
        Picture, typer.Option("--format", help="For documents, for browsers, or for Graphviz.")
    ] = Picture.MERMAID,
    output: Annotated[Path | None, typer.Option(help="The file to write, else printed.")] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Draw in grey what no test has taken.")
    ] = False,
    tests: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Where its tests are; its own folder if not named."),
    ] = None,
    with_runs: Annotated[
        bool, typer.Option("--with-runs", help="Draw the flows that it runs as well.")
    ] = False,
) -> None:
    """Draw a flow: its states, and what leads from one to the next.

    Example: callwright graph flows/clinic.yaml --format svg --output clinic.svg

    Ends with 1 if the flow has errors, 2 if a file cannot be read or written.
    """
    read = _read(flow)
    taken = _taken(read, tests or [flow.parent]) if coverage or tests else None
    picture = _DRAW[format](graph_of(read, taken, draw_runs=with_runs))
    if output is None:
        typer.echo(picture, nl=False)
        return
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as exc:
        typer.echo(f"{output} cannot be written: {exc.strerror}", err=True)
        raise typer.Exit(2) from exc


def _taken(flow: Flow, paths: Sequence[Path]) -> Coverage:
    trails = list(trails_of(flow, paths))
    if not trails:
        folders = ", ".join(map(str, paths))
        typer.echo(f"there is no test of {flow.file} in {folders}.", err=True)
        raise typer.Exit(2)
    return coverage_of(flow, trails)


def _read(file: Path) -> Flow:
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        typer.echo(f"{file} cannot be read: {exc}", err=True)
        raise typer.Exit(2) from exc
    beside = open_beside(file)
    reading = read_flow(text, str(file), open_file=beside)
    if reading.flow is not None:
        return reading.flow
    # What is only good to be run by others can be drawn as well.
    as_run = read_flow(text, str(file), open_file=beside, is_run=True)
    if as_run.flow is not None:
        return as_run.flow
    for problem in reading.problems:
        typer.echo(str(problem), err=True)
    raise typer.Exit(1)
