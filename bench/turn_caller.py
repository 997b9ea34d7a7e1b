"""Leads a planned call against a server, by the clock of the loop: the caller and his phone."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

import httpx2
import numpy as np
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.server import DID, ServerProcess
from bench.turn_calls import PlannedCall, Said
from bench.turn_lines import Kind
from bench.turn_track import BotTrack, LedCall, Noised, Spoken
from runtime.audio import mulaw
from runtime.audio.mulaw import FRAME, SAMPLE_RATE, Samples
from runtime.carrier import carrier_messages
from runtime.carrier.carrier_messages import BotSpeech, Interrupted
from runtime.carrier.line import Line
from runtime.carrier.messages import LARGEST_FRAME

FRAME_SECONDS = FRAME / SAMPLE_RATE
LOOKS_EVERY = 0.3
"""Seconds: so often a caller asks the server which question he is being asked."""
REACTION = (0.4, 0.9)
"""Seconds of quiet after which he answers; longer than a look takes."""
PUZZLED = 2.0
"""Seconds that he waits where the bot has broken off in the middle."""
PATIENCE = 10.0
"""Seconds of silence after which he speaks all the same."""
LONGEST = 200.0


class Partner:
    """Decides when the caller speaks; its clock is the frames that are asked of it."""

    def __init__(self, call: PlannedCall, bot: BotTrack) -> None:
        self.spoken: list[tuple[Said, str, int]] = []
        """What was said, in which state, from which sample of the call on."""
        self.noised: list[tuple[str, int, int]] = []
        self.state = ""
        """The question that the bot is at."""
        self._call = call
        self._bot = bot
        self._chance = Random(call.seed)
        self._asked: Counter[str] = Counter()
        self._noises = {state: list(some) for state, some in call.noises.items()}
        self._sound: Samples = np.zeros(0, np.float32)
        self._position = 0
        self._quiet_since = 0.0
        self._reaction = self._next_reaction()

    def frame(self) -> bytes:
        """Return the caller's next 20 ms, in mu-law."""
        now = self._position / SAMPLE_RATE
        if not len(self._sound):
            self._begin(now)
        said, self._sound = self._sound[:FRAME], self._sound[FRAME:]
        if len(said) and not len(self._sound):
            self._quiet_since = now
        behind = np.take(
            self._call.behind, range(self._position, self._position + FRAME), mode="wrap"
        )
        behind[: len(said)] += said
        self._position += FRAME
        return mulaw.encode(behind)

    def _begin(self, now: float) -> None:
        lines = self._call.lines.get(self.state, ())
        if not lines:
            return
        said = lines[min(self._asked[self.state], len(lines) - 1)]
        if self._bot.is_speaking(now):
            self._over_the_bot(said, now - self._bot.speaks_since())
        elif self._has_the_turn(now):
            self._say(said)

    def _over_the_bot(self, said: Said, since: float) -> None:
        noises = self._noises.get(self.state, [])
        if said.line.kind is Kind.BARGE and since >= said.line.after:
            self._say(said)
        elif noises and since >= noises[0].after:
            noise = noises.pop(0)
            self._sound = noise.sound
            self.noised.append((noise.what, self._position, self._position + len(noise.sound)))

    def _has_the_turn(self, now: float) -> bool:
        bot_quiet = self._bot.quiet_since()
        if bot_quiet <= self._quiet_since:
            return now - self._quiet_since >= PATIENCE
        return now - bot_quiet >= (PUZZLED if self._bot.was_cut() else self._reaction)

    def _say(self, said: Said) -> None:
        self._asked[self.state] += 1
        self.spoken.append((said, self.state, self._position))
        self._sound = said.sound
        self._reaction = self._next_reaction()

    def _next_reaction(self) -> float:
        return self._chance.uniform(*REACTION)


class Socket(Protocol):
    """The way to the server; `websockets` has it. What is closed raises `ConnectionClosed`."""

    async def send(self, message: str) -> None:
        """Hand a message over."""

    async def recv(self) -> str | bytes:
        """Wait for the next one."""

    async def close(self) -> None:
        """Hang up."""


Look = Callable[[], Awaitable[dict[str, Any]]]
"""Fetches what the server says of the call, as `GET /v1/calls/{id}` does; empty before it has
begun."""


@dataclass(slots=True)
class Phone:
    """One call under way: three tasks listen, look and speak."""

    call: PlannedCall
    socket: Socket
    look: Look
    wall: Callable[[], float] = time.time
    """POSIX seconds, as the server has them."""
    bot: BotTrack = field(default_factory=BotTrack)
    partner: Partner = field(init=False)
    sound: bytearray = field(default_factory=bytearray)
    sent: list[float] = field(default_factory=list)
    """When each frame left, by the loop's clock."""
    answered: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.partner = Partner(self.call, self.bot)

    async def go(self) -> LedCall:
        message = carrier_messages.connected(self.call.name, f"98{self.call.seed % 10**8:08}")
        await self.socket.send(message)
        async with asyncio.TaskGroup() as tasks:
            self.answered = asyncio.get_running_loop().time()
            listening = tasks.create_task(self._listen())
            async with asyncio.timeout(10):
                await self.acknowledged.wait()
            self.answered = asyncio.get_running_loop().time()
            answered_at = self.wall()
            looking = tasks.create_task(self._look())
            await self._speak()
            ended = "" if self.over.is_set() else "the bot did not end the call"
            looking.cancel()
            await self.socket.close()
            await listening
        return await self._led(answered_at, ended)

    async def _listen(self) -> None:
        clock = asyncio.get_running_loop().time
        with suppress(ConnectionClosed):
            while True:
                frame = await self.socket.recv()
                at = clock() - self.answered
                match carrier_messages.read(frame):
                    case BotSpeech(is_greeting=True, audio=audio):
                        self.bot.arrived(0.0, audio)
                    case BotSpeech(audio=audio):
                        self.bot.arrived(at, audio)
                    case Interrupted():
                        self.bot.interrupted(at)
                    case _:
                        self.acknowledged.set()
        self.over.set()
        self.acknowledged.set()

    async def _look(self) -> None:
        """Keep in view which question the bot is at."""
        while True:
            record = await self.look()
            asked = [turn["state"] for turn in record.get("turns", ()) if turn["who"] == "bot"]
            if asked:
                self.partner.state = asked[-1]
            await asyncio.sleep(LOOKS_EVERY)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        line = Line(self.call.faults, Random(self.call.seed))
        frames = 0
        while not self.over.is_set() and frames * FRAME_SECONDS < LONGEST:
            # A frame leaves when its last sample has been spoken.
            frames += 1
            due = frames * FRAME_SECONDS
            await self._until(self.answered + due)
            frame = self.partner.frame()
            self.sound += frame
            line.send(frame, due)
            with suppress(ConnectionClosed):
                # What jitter holds back leaves with a later frame.
                for packet in line.arrived(loop.time() - self.answered):
                    stamp = round(self.wall() * 1000)
                    await self.socket.send(carrier_messages.media(self.call.name, packet, stamp))
            self.sent.append(loop.time())

    async def _until(self, moment: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await self.over.wait()

    async def _led(self, answered_at: float, ended: str) -> LedCall:
        said = [
            Spoken(
                each.line.kind,
                state,
                each.text,
                self._moment(first + each.speech.start),
                self._moment(first + each.speech.end),
            )
            for each, state, first in self.partner.spoken
        ]
        noised = [Noised(x, self._moment(a), self._moment(b)) for x, a, b in self.partner.noised]
        due = (self.answered + (n + 1) * FRAME_SECONDS for n in range(len(self.sent)))
        return LedCall(
            self.call.name,
            self.call.condition,
            self.call.voice,
            self.bot,
            said,
            noised,
            len(self.sound) / SAMPLE_RATE,
            answered_at,
            await self.look(),
            bytes(self.sound),
            [at - wanted for at, wanted in zip(self.sent, due, strict=True)],
            ended,
        )

    def _moment(self, sample: int) -> float:
        """When a sample was spoken: as its frame left, less what came after it in the frame."""
        frame = min(sample // FRAME, len(self.sent) - 1)
        return self.sent[frame] - self.answered - ((frame + 1) * FRAME - sample) / SAMPLE_RATE


async def lead(call: PlannedCall, server: ServerProcess, http: httpx2.AsyncClient) -> LedCall:
    """Lead the call to its end, in real time."""
    url = f"ws://{server.host}:{server.port}/media/{DID}"
    async with connect(url, compression=None, max_size=LARGEST_FRAME + 1, proxy=None) as socket:
        return await Phone(call, socket, _Record(call.name, http).fetch).go()


@dataclass(slots=True)
class _Record:
    """What a running server says of a call."""

    call: str
    http: httpx2.AsyncClient
    id: str = ""

    async def fetch(self) -> dict[str, Any]:
        if not self.id:
            rows = (await self.http.get("/v1/calls?limit=50")).json()["calls"]
            self.id = next((row["id"] for row in rows if row["call_id"] == self.call), "")
        found: dict[str, Any] = (
            (await self.http.get(f"/v1/calls/{self.id}")).json() if self.id else {}
        )
        return found
