"""What `callwright dial` shows: both sides as they are heard, and the whole call at the end."""

import asyncio
from collections.abc import Mapping
from typing import Any, assert_never

import typer

from providers.base import Hints, ProviderError, SpeechToText
from runtime.carrier.caller import CallHeard, FaultFound, LineBegan, Notice, PieceHeard
from runtime.carrier.earpiece import Piece
from runtime.carrier.script import HangUp, Press, Say, Step, Wait

_COLOURS = {"bot": "cyan", "caller": "green", "heard": "yellow", "fault": "red", "end": "magenta"}


def said(step: Step) -> str:
    """Return a caller's step as a line of a transcript."""
    match step:
        case Say(text=text):
            return text
        case Press(digits=digits):
            return f"[presses {digits}]"
        case Wait(seconds=seconds):
            return f"[waits {seconds:g} s]"
        case HangUp():
            return "[hangs up]"
        case _:
            assert_never(step)


def print_line(at: float, who: str, text: str) -> None:
    """Print who said what when (seconds since the answer)."""
    typer.echo(f"{at:7.1f}  {typer.style(f'{who:6}', fg=_COLOURS[who])}  {text}")


def print_turn(turn: Mapping[str, Any]) -> None:
    """Print one of the server's turns: what the bot said, or what it heard the caller say."""
    who = "bot" if turn.get("who") == "bot" else "heard"
    how = f"  ({turn['how']}, {turn.get('confidence')})" if turn.get("how") else ""
    typer.echo(f"{'':7}  {typer.style(f'{who:6}', fg=_COLOURS[who])}  {turn.get('text', '')}{how}")


class Report:
    """Puts the notices of a call into words, one after the other, while the call goes on.

    `stt` recognises what the bot says; without one its length is shown.
    """

    def __init__(
        self, stt: SpeechToText | None, hints: Hints, *, prints: bool, prints_bot: bool
    ) -> None:
        self._stt = stt
        self._hints = hints
        self._prints = prints
        self._prints_bot = prints_bot
        self._notices: asyncio.Queue[Notice | None] = asyncio.Queue()
        self.texts: list[str] = []
        """Of the bot's pieces, in order; empty where nothing recognised them."""

    def notify(self, notice: Notice) -> None:
        """Take a notice; never waits."""
        self._notices.put_nowait(notice)

    def end(self) -> None:
        """Say that no further notice comes."""
        self._notices.put_nowait(None)

    async def run(self) -> None:
        """Go through the notices until `end`."""
        while notice := await self._notices.get():
            at, who, text = await self._line(notice)
            if self._prints and (self._prints_bot or who != "bot"):
                print_line(at, who, text)

    async def _line(self, notice: Notice) -> tuple[float, str, str]:
        match notice:
            case LineBegan(step=step, at=at):
                return at, "caller", said(step)
            case PieceHeard(piece=piece):
                return piece.started_at, "bot", await self._bot(piece)
            case FaultFound(what=what):
                return 0.0, "fault", f"the server sent {what}"
            case _:
                assert_never(notice)

    async def _bot(self, piece: Piece) -> str:
        text = ""
        shown = f"[speaks {piece.seconds:.1f} s]"
        if self._stt and piece.audio:
            try:
                text = (await self._stt.transcribe(piece.audio, self._hints)).text
                shown = text or shown
            except ProviderError as error:
                shown = f"{shown} [not recognised: {error.message}]"
        self.texts.append(text)
        cut = f"  [cut after {piece.seconds:.1f} of {piece.whole_seconds:.1f} s]"
        return shown + (cut if piece.was_cut else "")


def ending(heard: CallHeard) -> str:
    """Return how the call ended, as a sentence."""
    reason = f" ({heard.close_reason})" if heard.close_reason else ""
    return f"ended by {heard.ended_by.value}, closed with {heard.close_code}{reason}"


def as_json(heard: CallHeard, texts: list[str]) -> dict[str, Any]:
    """Return the call for a program; `texts` are the bot's pieces, in order. Times are seconds."""
    pieces = [
        {
            "who": "bot",
            "text": text,
            "started_at": round(piece.started_at, 3),
            "ended_at": round(piece.ended_at, 3),
            "greeting": piece.is_greeting,
            "cut": piece.was_cut,
        }
        for piece, text in zip(heard.pieces, texts, strict=True)
    ]
    lines = [
        {
            "who": "caller",
            "text": said(line.step),
            "started_at": round(line.started_at, 3),
            "ended_at": round(line.ended_at, 3),
        }
        for line in heard.lines
    ]
    return {
        "call_id": heard.call_id,
        "seconds": round(heard.seconds, 3),
        "ended_by": heard.ended_by.value,
        "close_code": heard.close_code,
        "close_reason": heard.close_reason,
        "faults": list(heard.faults_found),
        "turns": sorted([*pieces, *lines], key=lambda turn: float(str(turn["started_at"]))),
    }
