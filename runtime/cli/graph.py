"""`callwright graph`: a flow as a picture."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runtime.cli.check import open_beside
from runtime.flow.graph.diagram import Graph, graph_of
from runtime.flow.graph.dot import as_dot
from runtime.flow.graph.mermaid import as_mermaid
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
) -> None:
    """Draw a flow: its states, and what leads from one to the next.

    Example: callwright graph flows/clinic.yaml --format svg --output clinic.svg

    Ends with 1 if the flow has errors, 2 if a file cannot be read or written.
    """
    picture = _DRAW[format](graph_of(_read(flow)))
    if output is None:
        typer.echo(picture, nl=False)
        return
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as exc:
        typer.echo(f"{output} cannot be written: {exc.strerror}", err=True)
        raise typer.Exit(2) from exc


def _read(file: Path) -> Flow:
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        typer.echo(f"{file} cannot be read: {exc}", err=True)
        raise typer.Exit(2) from exc
    reading = read_flow(text, str(file), open_file=open_beside(file))
    if reading.flow is None:
        for problem in reading.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1)
    return reading.flow
