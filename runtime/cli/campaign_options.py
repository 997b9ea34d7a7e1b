"""The options of `callwright campaign`, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

_PLAN = "The plan, where it is not in the file beside the list"

File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="The list of numbers.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The campaign; the list's file name.")]
AnyName = Annotated[
    str | None, typer.Argument(metavar="NAME", help="The campaign; all if left out.")
]
Given = Annotated[str, typer.Option("--name", help="Its name; that of the file if left out.")]
Plan = Annotated[
    Path | None,
    typer.Option(metavar="FILE.yaml", help="The plan; FILE.yaml beside the list if left out."),
]
Suppress = Annotated[
    list[Path] | None,
    typer.Option(
        "--suppress", metavar="FILE", help="Numbers that no campaign may call, one a line."
    ),
]
Did = Annotated[str | None, typer.Option(help="The number that calls.", rich_help_panel=_PLAN)]
Flow = Annotated[
    str | None, typer.Option(help="The flow; that of the DID if none.", rich_help_panel=_PLAN)
]
Pace = Annotated[float | None, typer.Option(help="Calls begun in a minute.", rich_help_panel=_PLAN)]
Concurrency = Annotated[
    int | None, typer.Option(help="Calls at the same time.", rich_help_panel=_PLAN)
]
Server = Annotated[
    str | None, typer.Option(help="The running server; that of the settings if left out.")
]
Token = Annotated[str | None, typer.Option(help="Its api.token; that of the settings if left out.")]
Check = Annotated[
    bool, typer.Option("--check", help="Read the list and the plan, and call nobody.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="OUT.csv", help="Write here; else to standard output.")
]
Flows = Annotated[Path, typer.Option(help="Beside this folder the settings are looked for.")]
Data = Annotated[Path, typer.Option(help="The folder of the database.")]
Json = Annotated[bool, typer.Option("--json", help="Print it for programs.")]
