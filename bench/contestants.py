"""Who is measured: Callwright in its ways, and its peers. All get the same traffic."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.decision import Decide, Decided, decider
from bench.load import Caller, Stream
from bench.peer_home import Program
from bench.server import Command, NotMeasurable, callwright
from runtime.audio.vad import AudioModelMissing, Kind
from runtime.settings import Server

END_OF_SPEECH = 0.7
"""Seconds that all bots wait after the caller's last word; `bot/echo.yaml` sets it."""

CALLWRIGHT = "Callwright"
STOCK = "Callwright, stock uvicorn"
DIRECT = "Callwright, own protocol class"
LEANEST = "Pipecat, leanest"
EXAMPLE = "Pipecat, as its example"
BARE = "picows, bare"

PATH_SETTING = "media_path"
"""The setting of `server` that chooses how frames reach a call; `stock` is uvicorn's own way."""


@dataclass(frozen=True, slots=True)
class Callwright:
    """The server itself, on one of its ways."""

    name: str
    activity: Kind
    path: str | None = None

    @property
    def command(self) -> Command:
        """Return what starts it; raises `NotMeasurable` where it has no such way."""
        return self.profiled(None)

    def profiled(self, profile: Path | None) -> Command:
        """Return the same, under cProfile."""
        return callwright(self.activity, self._further(), profile)

    def _further(self) -> str:
        if PATH_SETTING in Server.model_fields:
            return "" if self.path is None else f", {PATH_SETTING}: {self.path}"
        if self.path == "direct":
            raise NotMeasurable("this version has no protocol class of its own")
        # uvicorn's own way is the only one that there is.
        return ""

    def decide(self, caller: Caller, streams: Sequence[Stream]) -> Sequence[Decided]:
        """Return when its detector knows; raises `NotMeasurable` where it cannot run here."""
        try:
            return _decider(self.activity)(caller, streams)
        except AudioModelMissing as error:
            raise NotMeasurable(str(error)) from error


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's server; see `bench/peers`."""

    name: str
    program: Program

    @property
    def command(self) -> Command:
        """Return what starts it; raises `NotMeasurable` where it is not installed."""
        return self.program.command

    def decide(self, caller: Caller, streams: Sequence[Stream]) -> Sequence[Decided]:
        """Return when its detector knows; raises `NotMeasurable`."""
        return self.program.decide(caller, streams)


Contestant = Callwright | Peer


@cache
def _decider(kind: Kind) -> Decide:
    return decider(kind, END_OF_SPEECH)


ALL: dict[str, Contestant] = {
    each.name: each
    for each in (
        Callwright(CALLWRIGHT, "silero"),
        Callwright(STOCK, "webrtc", "stock"),
        Callwright(DIRECT, "webrtc", "direct"),
        Peer(LEANEST, Program("pipecat_leanest.py", END_OF_SPEECH)),
        Peer(EXAMPLE, Program("pipecat_example.py", END_OF_SPEECH)),
        Peer(BARE, Program("bare.py", END_OF_SPEECH)),
    )
}
