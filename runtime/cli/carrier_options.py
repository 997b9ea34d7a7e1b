"""The options of `callwright carrier`, each with its help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runtime.carrier.stand_in.webhooks import Order


class Speech(StrEnum):
    """How the people's lines are made."""

    TTS = "tts"
    BABBLE = "babble"


_LOAD = "Incoming calls"
_HOOKS = "Webhooks"
_REST = "The REST API"

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
People = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Who is reached; by the number's last digit if left out."),
]
SpeechBy = Annotated[
    Speech,
    typer.Option(
        "--speech", help="Speak lines by the settings' voice, or babble: no model needed."
    ),
]
Language = Annotated[str, typer.Option(help="The people's, as a BCP 47 tag.")]
Seed = Annotated[int, typer.Option(help="The same seed, the same people, lines and faults.")]
Rings = Annotated[
    float | None,
    typer.Option(min=0, help="Let every phone ring for so many seconds, whatever the file says."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON: a line an event, or the figures.")]

Key = Annotated[
    str | None,
    typer.Option(
        help="The right key; else carrier.api_key, else any is right.", rich_help_panel=_REST
    ),
]
Dids = Annotated[
    list[str] | None,
    typer.Option(metavar="DID", help="A DID that it knows; all if left out. With --calls: called."),
]
AnswerDelay = Annotated[
    float,
    typer.Option(min=0, help="Answer so many seconds late; calls go on.", rich_help_panel=_REST),
]
Errors = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share of orders answered with 500.", rich_help_panel=_REST),
]

WebhookOrder = Annotated[
    Order, typer.Option(help="As they happen, or held to the call's end.", rich_help_panel=_HOOKS)
]
WebhookDelay = Annotated[
    float,
    typer.Option(min=0, help="Each is late by up to so many seconds.", rich_help_panel=_HOOKS),
]
WebhookLoss = Annotated[
    float, typer.Option(min=0, max=1, help="Share that never comes.", rich_help_panel=_HOOKS)
]
WebhookTwice = Annotated[
    float, typer.Option(min=0, max=1, help="Share that comes twice.", rich_help_panel=_HOOKS)
]

Calls = Annotated[
    int | None,
    typer.Option(min=1, help="Place so many calls on a server.", rich_help_panel=_LOAD),
]
Rate = Annotated[float, typer.Option(min=0.001, help="So many a second.", rich_help_panel=_LOAD)]
Url = Annotated[
    str | None,
    typer.Option(
        help="Call this address; with --did the server alone: ws://HOST:PORT.",
        rich_help_panel=_LOAD,
    ),
]
Secret = Annotated[
    str | None,
    typer.Option(help="The media secret; else that of the settings.", rich_help_panel=_LOAD),
]
