"""The stand-in caller: the carrier's end of one call against a running server, with real audio."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from runtime.carrier import carrier_messages, wav
from runtime.carrier.carrier_messages import (
    Acknowledged,
    BotFault,
    BotSpeech,
    FromBot,
    Interrupted,
)
from runtime.carrier.earpiece import Earpiece, Piece
from runtime.carrier.keypad import SILENT_FRAME
from runtime.carrier.line import Line, LineFaults
from runtime.carrier.messages import LARGEST_FRAME, CloseCode
from runtime.carrier.script import Manners, Step, Talker

ACKNOWLEDGED_WITHIN = 10.0
"""Seconds; the carrier closes a connection that is not acknowledged by then."""


class CannotConnect(Exception):  # noqa: N818 - it reads as what happened
    """There is no WebSocket at the address, or it refuses us; the message says which."""


class EndedBy(Enum):
    """Who ended the call."""

    BOT = "bot"
    CALLER = "caller"
    """By its script."""
    PATIENCE = "patience"
    """The script was over, and the bot did not end the call."""
    UNACKNOWLEDGED = "unacknowledged"
    """The bot's server did not answer `connected`."""
    UNANSWERED = "unanswered"
    """The phone that the bot calls rang for nothing."""
    LINE = "line"
    """It broke, without a goodbye to either side."""


class Progress(Enum):
    """How far an outgoing call has come."""

    RINGING = "ringing"
    """The bot's server has taken the call."""
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class LineBegan:
    """The caller begins to speak, press, wait or hang up; `at` is seconds since the answer."""

    step: Step
    at: float


@dataclass(frozen=True, slots=True)
class PieceHeard:
    """A piece of the bot's speech is over, or cut."""

    piece: Piece


@dataclass(frozen=True, slots=True)
class FaultFound:
    """The server sent what the carrier's document does not allow."""

    what: str


Notice = LineBegan | PieceHeard | FaultFound


@dataclass(frozen=True, slots=True)
class LineSaid:
    """What the caller did, and when; seconds since the answer."""

    step: Step
    started_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be placed."""

    url: str
    """ws:// or wss://, token included"""
    call_id: str
    steps: tuple[Step, ...] = ()
    mobile: str = "9800000000"
    agent: str = ""
    manners: Manners = field(default_factory=Manners)
    faults: LineFaults = field(default_factory=LineFaults)
    seed: int = 0
    """Of the line's faults and RTP's first numbers."""
    rings: float = 0.0
    """Seconds from the acknowledgement to the answer, which is the first inbound media."""
    is_answered: bool = True
    """Else the carrier closes after the rings, and there is no media."""
    hangs_up_after: float = float("inf")
    """Seconds from the answer, wherever the script is."""
    breaks_after: float = float("inf")
    """Seconds from the answer until the connection is lost without a close frame."""
    waits_for_end: float = 60.0
    """Seconds from the script's end until the caller hangs up."""
    speed: float = 1.0
    """Times faster than life; more than 1 only against a server whose clock goes so too."""


@dataclass(frozen=True, slots=True)
class CallHeard:
    """A call from the caller's side, when it is over."""

    call_id: str
    pieces: tuple[Piece, ...]
    lines: tuple[LineSaid, ...]
    ended_by: EndedBy
    close_code: int
    """1006 where the connection broke without a close frame (RFC 6455, 7.4.1)."""
    close_reason: str
    seconds: float
    """From the answer to the end."""
    faults_found: tuple[str, ...]
    caller_audio: bytes
    bot_audio: bytes
    """As long as `caller_audio`."""

    @property
    def recording(self) -> bytes:
        """The call as a stereo WAV file: caller left, bot right."""
        return wav.stereo(self.caller_audio, self.bot_audio)


async def place(
    call: Call,
    notify: Callable[[Notice], None] = lambda _: None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> CallHeard:
    """Go through the call; `notify` is told what happens, while it happens, `progress` how far.

    Raises `CannotConnect` where no call came to be.
    """
    loopback = urlsplit(call.url).hostname in ("localhost", "127.0.0.1", "::1")
    try:
        socket = await connect(
            call.url,
            compression=None,
            max_size=LARGEST_FRAME + 1,
            proxy=None if loopback else True,
        )
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError, ValueError) as error:
        raise CannotConnect(f"{call.url.partition('?')[0]}: {error}") from error
    async with socket:
        return await _Conversation(call, socket, notify, progress).go()


@dataclass(slots=True)
class _Conversation:
    """One call under way: a task listens, another speaks at the line's pace."""

    call: Call
    socket: ClientConnection
    notify: Callable[[Notice], None]
    progress: Callable[[Progress], None]
    ear: Earpiece = field(default_factory=Earpiece)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    pieces: list[Piece] = field(default_factory=list)
    lines: list[LineSaid] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)

    async def go(self) -> CallHeard:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            ended_by = await self._speak()
            await self.socket.close(CloseCode.ENDED)
        self._note(self.ear.interrupt())
        return CallHeard(
            self.call.call_id,
            tuple(self.pieces),
            tuple(self.lines),
            ended_by,
            self.socket.close_code or 1006,
            self.socket.close_reason or "",
            self._now,
            tuple(self.found),
            bytes(self.said),
            bytes(self.heard),
        )

    @property
    def _now(self) -> float:
        """Seconds since the answer, by the frames that went out."""
        return len(self.said) / 8000

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                frame = await self.socket.recv()
                try:
                    self._take(carrier_messages.read(frame))
                except BotFault as fault:
                    self.found.append(str(fault))
                    self.notify(FaultFound(str(fault)))
        self.closed.set()
        self.acknowledged.set()

    def _take(self, message: FromBot) -> None:
        match message:
            case Acknowledged(call_id=call_id):
                self.acknowledged.set()
                if call_id != self.call.call_id:
                    raise BotFault(f"an acknowledgement of the call {call_id!r}")
            case BotSpeech(is_greeting=is_greeting, audio=audio):
                self.ear.play(audio, is_greeting=is_greeting)
            case Interrupted():
                self._note(self.ear.interrupt())

    def _note(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces.extend(pieces)
        for piece in pieces:
            self.notify(PieceHeard(piece))

    async def _speak(self) -> EndedBy:
        call = self.call
        try:
            await self.socket.send(
                carrier_messages.connected(call.call_id, call.mobile, call.agent)
            )
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                await self.acknowledged.wait()
            return await self._ring()
        except TimeoutError:
            return EndedBy.UNACKNOWLEDGED
        except ConnectionClosed:
            return EndedBy.BOT

    async def _ring(self) -> EndedBy:
        if self.closed.is_set():
            return EndedBy.BOT
        self.progress(Progress.RINGING)
        await self._pause(asyncio.get_running_loop().time() + self.call.rings / self.call.speed)
        if self.closed.is_set():
            return EndedBy.BOT
        if not self.call.is_answered:
            return EndedBy.UNANSWERED
        self.progress(Progress.ANSWERED)
        return await self._talk()

    async def _talk(self) -> EndedBy:
        """Speak from the answer on; frames go out by the clock, not one pause after another."""
        call, loop = self.call, asyncio.get_running_loop()
        talker = Talker(call.steps, call.manners)
        line = Line(call.faults, Random(call.seed))
        answered_at, answered_ms = loop.time(), int(time.time() * 1000)
        patient_until = float("inf")
        while not self.closed.is_set():
            if self._now >= call.breaks_after:
                self.socket.transport.abort()
                return EndedBy.LINE
            if self._now >= call.hangs_up_after or self._step(talker, line):
                return EndedBy.CALLER
            if talker.is_done and patient_until == float("inf"):
                patient_until = self._now + call.waits_for_end
            if self._now >= patient_until:
                return EndedBy.PATIENCE
            until = self._now
            while line.next_arrival() < until and not self.closed.is_set():
                arrival = line.next_arrival()
                await self._pause(answered_at + arrival / call.speed)
                for packet in line.arrived(arrival):
                    timestamp = answered_ms + round(1000 * arrival)
                    message = carrier_messages.media(call.call_id, packet, timestamp)
                    await self.socket.send(message)
            await self._pause(answered_at + until / call.speed)
        return EndedBy.BOT

    def _step(self, talker: Talker, line: Line) -> bool:
        """Let 20 ms pass on both sides; tell whether the caller hangs up in them."""
        now = self._now
        moment = talker.next(bot_is_speaking=self.ear.is_speaking, bot_pieces_begun=self.ear.begun)
        if moment.began:
            self.lines.append(LineSaid(moment.began, now, now))
            self.notify(LineBegan(moment.began, now))
        if moment.hangs_up:
            return True
        line.send(moment.sound, now)
        frame, finished = self.ear.take()
        self.heard += frame
        self.said += moment.sound if isinstance(moment.sound, bytes) else SILENT_FRAME
        self._note(finished)
        if moment.ended:
            self.lines[-1] = LineSaid(moment.ended, self.lines[-1].started_at, self._now)
        return False

    async def _pause(self, until: float) -> None:
        """Wait until the loop's clock says so, or the call is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self.closed.wait()
