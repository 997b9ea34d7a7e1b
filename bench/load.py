"""The carrier for many calls at once: real WebSockets, real sound, 50 frames a second each.

One thread, one core, loopback only. Every frame has its own due time; how late frames leave
(`lags`) tells whether the generator itself was the limit.
"""

import gc
import heapq
import random
import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from bench import arrivals
from bench.answers import Turn, Turns
from bench.frames import NotAFrame, Opcode, ServerFrames, client_frame, handshake
from bench.lags import Lags
from runtime.audio import mulaw
from runtime.carrier import carrier_messages, rtp, wav
from runtime.carrier.carrier_messages import (
    Acknowledged,
    BotFault,
    BotSpeech,
    FromBot,
    Interrupted,
)

FRAME_SECONDS = 0.02
FRAME_SAMPLES = rtp.SAMPLES_PER_PACKET
LONGEST_NAP = 0.0005
"""Seconds between looks at the sockets."""
CONNECT_GAP = 0.01
"""Seconds from a call's connection to the next one's."""
FIRST_SILENCE = 0.5
"""Seconds before anybody speaks, at least: the greeting is not talked over at once."""
SETUP_SECONDS = 10.0
LISTEN_ON = 2.0
"""Seconds for the answers to the last turns of the window."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Caller:
    """What every caller does, over and over: speak, then be silent."""

    frames: tuple[bytes, ...]
    """Mu-law, 20 ms each: the speech, then the silence."""
    speech_frames: int

    @classmethod
    def of(cls, speech: Path, silence_seconds: float, noise_db: float) -> "Caller":
        """Read a WAV file of speech; the whole lies in noise of that level (dBFS)."""
        said = mulaw.decode_float(wav.read(speech.read_bytes()))
        said = said[: len(said) - len(said) % FRAME_SAMPLES]
        sound = np.concatenate(
            (said, np.zeros(round(silence_seconds * mulaw.SAMPLE_RATE), np.float32))
        )
        noise = np.random.default_rng(7).normal(0, 10 ** (noise_db / 20), len(sound))
        line = mulaw.encode((sound + noise).astype(np.float32))
        starts = range(0, len(line) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
        frames = tuple(line[at : at + FRAME_SAMPLES] for at in starts)
        return cls(frames, len(said) // FRAME_SAMPLES)

    @property
    def silence_frames(self) -> int:
        """Frames between two utterances."""
        return len(self.frames) - self.speech_frames


@dataclass(frozen=True, slots=True)
class Stream:
    """All that one call sent: so many frames of the caller's round, from the `first` on."""

    first: int
    frames: int

    def sound(self, caller: Caller) -> bytes:
        """Return it as mu-law."""
        said = caller.frames
        return b"".join(said[(self.first + at) % len(said)] for at in range(self.frames))


class Call:
    """One call as the carrier sees it; its times are the generator's."""

    def __init__(self, number: int, caller: Caller, chance: random.Random) -> None:
        self.number = number
        self.id = f"call-{number}"
        self.mobile = f"9{number:09}"
        self.frames = ServerFrames()
        self.turns = Turns(call=number)
        self.head = bytearray()
        self.is_open = False
        self.unsent = b""
        self.registered_at: float | None = None
        self.greeting_seconds: float | None = None
        self.phase = chance.random() * FRAME_SECONDS
        first = round(FIRST_SILENCE / FRAME_SECONDS)
        self.first = -chance.randint(first, max(first, caller.silence_frames))
        self.position = self.first
        self._caller = caller
        self._sent = 0
        self._sequence = chance.getrandbits(16)
        self._timestamp = chance.getrandbits(32)
        self._ssrc = chance.getrandbits(32)
        self.socket: socket.socket

    def next_frame(self, wall_ms: int) -> bytes:
        """Return the next 20 ms as a WebSocket frame."""
        sound = self._caller.frames[self.position]
        packet = rtp.RtpPacket(
            rtp.SPEECH, False, self._sequence, self._timestamp, self._ssrc, sound
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        text = carrier_messages.media(self.id, rtp.write(packet), wall_ms)
        return client_frame(Opcode.TEXT, text.encode())

    @property
    def stream(self) -> Stream:
        """What it has sent so far."""
        return Stream(self.first % len(self._caller.frames), self._sent)

    def frame_sent(self, at: float) -> None:
        """Move on; the first and the last frame of speech begin and end a turn."""
        self._sent += 1
        if self.position == 0:
            self.turns.speech_began()
        elif self.position == self._caller.speech_frames - 1:
            self.turns.speech_ended(at, self._sent)
        self.position += 1
        if self.position == len(self._caller.frames):
            self.position = 0


@dataclass(slots=True)
class Load:
    """What a run saw; seconds, if nothing else is said."""

    calls: int
    connected: int = 0
    window: tuple[float, float] = (0.0, 0.0)
    """The measured time, by the generator's clock."""
    greetings: list[float] = field(default_factory=list)
    """`connected` sent to `greeting` received."""
    turns: list[Turn] = field(default_factory=list)
    """Those whose speech ended in the window."""
    streams: dict[int, Stream] = field(default_factory=dict)
    """What each call sent, by its number."""
    early: int = 0
    lags: Lags = field(default_factory=Lags)
    """How late each frame left."""
    frames: int = 0
    blocked: int = 0
    """Frames that found the socket full: the server no longer read."""
    closes: Counter[str] = field(default_factory=Counter)
    """Codes with which the server ended calls."""
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def unanswered(self) -> int:
        """Turns that got no sound before the caller spoke again."""
        return sum(turn.seconds is None for turn in self.turns)


class Generator:
    """Leads `calls` calls against a server on this machine."""

    def __init__(
        self, host: str, port: int, path: str, calls: int, caller: Caller, clock: Clock
    ) -> None:
        if not (host == "localhost" or host.startswith("127.")):
            raise ValueError("only a server on this machine may be loaded")
        self._address = (host, port)
        self._path = path
        self._caller = caller
        self._clock = clock
        self._chance = random.Random(calls)
        self._epoll = select.epoll()
        self._open: dict[int, Call] = {}
        self._calls: list[Call] = []
        self._due: list[tuple[float, int, Call]] = []
        self._order = count()
        self._measuring = False
        self.load = Load(calls)

    def run(
        self,
        warm_up: float,
        seconds: float,
        at_edge: Callable[[], None] = lambda: None,
        listen_on: float = LISTEN_ON,
    ) -> Load:
        """Connect, stream and hang up; `at_edge` is called as the window opens and closes."""
        gc.collect()
        gc.disable()
        try:
            self._connect_all()
            self._stream(self._clock() + warm_up)
            at_edge()
            begin = self._clock()
            self._measuring = True
            self._stream(begin + seconds)
            self._measuring = False
            self.load.window = (begin, self._clock())
            at_edge()
            self._stream(self._clock() + listen_on)
        finally:
            self._hang_up()
            gc.enable()
        self._add_up()
        return self.load

    def run_until(self, done: Callable[[], bool]) -> Load:
        """Connect, stream until it is `done`, and hang up; the whole time is measured."""
        begin = self._clock()
        try:
            self._connect_all()
            while not done():
                self._stream(self._clock() + 0.1)
        finally:
            self._hang_up()
        # A turn whose answer had no time to come is none.
        self.load.window = (begin, self._clock() - LISTEN_ON)
        self._add_up()
        return self.load

    def _connect_all(self) -> None:
        begin = self._clock()
        for number in range(self.load.calls):
            self._stream(begin + number * CONNECT_GAP)
            self._connect(self._new_call(number))
        until = self._clock() + SETUP_SECONDS
        while self._clock() < until and any(c.greeting_seconds is None for c in self._live()):
            self._stream(self._clock() + FRAME_SECONDS)

    def _new_call(self, number: int) -> Call:
        return Call(number, self._caller, self._chance)

    def _live(self) -> list[Call]:
        return list(self._open.values())

    def _connect(self, call: Call) -> None:
        self._calls.append(call)
        try:
            call.socket = socket.create_connection(self._address, timeout=SETUP_SECONDS)
        except OSError as error:
            self.load.errors[f"connect: {error.strerror or error}"] += 1
            return
        call.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        arrivals.stamp(call.socket)
        call.socket.setblocking(False)
        self._open[call.socket.fileno()] = call
        self._epoll.register(call.socket, select.EPOLLIN)
        self._send(call, handshake(*self._address, self._path))

    def _stream(self, until: float) -> None:
        """Send what falls due and take what comes, until that time."""
        clock = self._clock
        while (now := clock()) < until:
            self._send_due(now)
            self._receive_all()
            left = min(until, self._due[0][0] if self._due else until) - clock()
            if left > 0:
                time.sleep(min(left, LONGEST_NAP))

    def _send_due(self, now: float) -> None:
        wall_ms = round(time.time() * 1000)
        while self._due and self._due[0][0] <= now:
            due, _, call = self._due[0]
            if call.socket.fileno() not in self._open:
                heapq.heappop(self._due)
                continue
            heapq.heapreplace(self._due, (due + FRAME_SECONDS, next(self._order), call))
            self._send(call, call.next_frame(wall_ms))
            at = self._clock()
            call.frame_sent(at)
            if self._measuring:
                self.load.frames += 1
                self.load.lags.add(at - due)

    def _send(self, call: Call, data: bytes) -> None:
        if call.unsent:
            self.load.blocked += 1
            call.unsent += data
            data, call.unsent = call.unsent, b""
        try:
            sent = call.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(call, f"send: {error.strerror}")
            return
        call.unsent = data[sent:]

    def _receive_all(self) -> None:
        for descriptor, _ in self._epoll.poll(0):
            call = self._open.get(descriptor)
            if call is not None:
                self._receive(call)

    def _receive(self, call: Call) -> None:
        try:
            received, at = arrivals.receive(call.socket, self._clock)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(call, f"receive: {error.strerror}")
            return
        if not received:
            self._lose(call, "the server closed without a close frame")
            return
        if not call.is_open:
            received = self._open_socket(call, received)
        try:
            for opcode, payload in call.frames.feed(received):
                self._take(call, opcode, payload, at)
        except (NotAFrame, BotFault, UnicodeDecodeError) as error:
            self._lose(call, f"not a frame of the protocol: {error}")

    def _open_socket(self, call: Call, received: bytes) -> bytes:
        call.head += received
        head, end, rest = bytes(call.head).partition(b"\r\n\r\n")
        if not end:
            return b""
        status = head.partition(b"\r\n")[0].decode("latin-1")
        if " 101 " not in status:
            self._lose(call, f"handshake: {status}")
            return b""
        call.is_open = True
        message = carrier_messages.connected(call.id, call.mobile)
        call.registered_at = self._clock()
        self._send(call, client_frame(Opcode.TEXT, message.encode()))
        return rest

    def _take(self, call: Call, opcode: Opcode, payload: bytes, at: float) -> None:
        match opcode:
            case Opcode.TEXT:
                self._hear(call, carrier_messages.read(payload.decode()), at)
            case Opcode.PING:
                self._send(call, client_frame(Opcode.PONG, payload))
            case Opcode.CLOSE:
                code = str(int.from_bytes(payload[:2])) if payload else "none"
                self.load.closes[code] += 1
                self._lose(call, f"the server ended the call: {code}")
            case _:
                self.load.errors[f"unexpected {opcode.name}"] += 1

    def _hear(self, call: Call, message: FromBot, at: float) -> None:
        match message:
            case Acknowledged():
                self.load.connected += 1
            case BotSpeech(is_greeting=True):
                assert call.registered_at is not None
                call.greeting_seconds = at - call.registered_at
                heapq.heappush(self._due, (at + call.phase, next(self._order), call))
            case BotSpeech():
                call.turns.sounded(at)
            case Interrupted():
                pass

    def _lose(self, call: Call, why: str) -> None:
        if self._open.pop(call.socket.fileno(), None) is None:
            return
        self.load.errors[why] += 1
        self._epoll.unregister(call.socket)
        call.socket.close()

    def _hang_up(self) -> None:
        for call in self._live():
            self._epoll.unregister(call.socket)
            call.socket.setblocking(True)
            call.socket.settimeout(1.0)
            try:
                call.socket.sendall(client_frame(Opcode.CLOSE, (1000).to_bytes(2)))
            except OSError as error:
                self.load.errors[f"hang up: {error}"] += 1
            call.socket.close()
        self._open.clear()
        self._epoll.close()

    def _add_up(self) -> None:
        load = self.load
        for call in self._calls:
            if call.greeting_seconds is None:
                load.errors["no greeting"] += 1
            else:
                load.greetings.append(call.greeting_seconds)
            load.turns += call.turns.between(*load.window)
            load.streams[call.number] = call.stream
            load.early += call.turns.early
