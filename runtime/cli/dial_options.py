"""The options of `callwright dial`, each with its help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Transcript(StrEnum):
    """Where the bot's words come from."""

    LOCAL = "local"
    SERVER = "server"
    NONE = "none"


_CALLER = "The caller, in the order given"
_TURNS = "Taking turns, in seconds"
_LINE = "A bad line"

Did = Annotated[str | None, typer.Option(help="Call this DID of --server.")]
Url = Annotated[str | None, typer.Option(help="Call this address: ws://… or wss://…")]
Server = Annotated[str, typer.Option(help="The running server: http://… or https://…")]

Say = Annotated[
    list[str] | None, typer.Option(metavar="TEXT", help="Say this.", rich_help_panel=_CALLER)
]
Wav = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Play this WAV file.", rich_help_panel=_CALLER),
]
Press = Annotated[
    list[str] | None,
    typer.Option(metavar="DIGITS", help="Press these keys.", rich_help_panel=_CALLER),
]
Wait = Annotated[
    list[float] | None,
    typer.Option(
        metavar="SECONDS",
        min=0,
        help="Be silent; what follows comes at once, even over the bot.",
        rich_help_panel=_CALLER,
    ),
]
HangUp = Annotated[
    bool,
    typer.Option(
        "--hang-up",
        help="Hang up when the bot has answered the last line; else it is left to the bot.",
        rich_help_panel=_CALLER,
    ),
]
Tones = Annotated[
    bool,
    typer.Option(
        "--tones",
        help="Press keys as tones in the sound, not as telephone-events.",
        rich_help_panel=_CALLER,
    ),
]
Mobile = Annotated[str, typer.Option(help="The caller's number.", rich_help_panel=_CALLER)]
Language = Annotated[
    str, typer.Option(help="Both sides' language, as a BCP 47 tag.", rich_help_panel=_CALLER)
]
Voice = Annotated[str, typer.Option(help="The voice of --say.", rich_help_panel=_CALLER)]

Record = Annotated[
    Path | None,
    typer.Option(metavar="OUT.wav", help="Keep the call in stereo: caller left, bot right."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the call as JSON when it is over.")]
Words = Annotated[
    Transcript,
    typer.Option("--transcript", help="Recognise the bot here, read the server's turns, or none."),
]
Agent = Annotated[str, typer.Option(help="The flow, where the carrier is to name it.")]
Token = Annotated[str | None, typer.Option(help="The address's token; else the secret makes it.")]
Secret = Annotated[str | None, typer.Option(help="The media secret; else that of the settings.")]

Moment = Annotated[
    float, typer.Option(min=0, help="Speak when the bot is quiet so long.", rich_help_panel=_TURNS)
]
Patience = Annotated[
    float, typer.Option(min=0, help="Speak when nobody has so long.", rich_help_panel=_TURNS)
]
MaxWait = Annotated[
    float,
    typer.Option(min=0, help="Hang up so long after the last line.", rich_help_panel=_TURNS),
]

Loss = Annotated[
    float, typer.Option(min=0, max=1, help="Share of packets lost.", rich_help_panel=_LINE)
]
Duplicate = Annotated[
    float, typer.Option(min=0, max=1, help="Share that comes twice.", rich_help_panel=_LINE)
]
Reorder = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share that the next one overtakes.", rich_help_panel=_LINE),
]
Jitter = Annotated[
    float, typer.Option(min=0, help="Seconds by which one is late.", rich_help_panel=_LINE)
]
Seed = Annotated[int, typer.Option(help="The same seed, the same line.", rich_help_panel=_LINE)]
