"""Callers who listen: they know what has really been played to them, and whether we know it too."""

import gc
import math
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from bench.drift import Playing, Rounds, own
from bench.frames import Opcode, client_frame
from bench.lags import Lags
from bench.load import Call, Caller, Clock, Generator
from bench.pauses import Pauses, overlap
from bench.server import DID
from runtime.audio.mulaw import SAMPLE_RATE
from runtime.carrier.carrier_messages import BotSpeech, FromBot, Interrupted

LINES: Final = 5
PAUSE_SECONDS: Final = 1.0
"""`no_input_after` of `soaked/lines.yaml`."""
SPEAK_AFTER_SECONDS: Final = 0.3
"""From the last line's end until the caller speaks."""
LOOK_SECONDS: Final = 0.05
"""Between two pings, and between two looks at who has talked long enough."""

STILL_LATE_SECONDS: Final = 0.25
"""After a pause of the machine beneath: what has waited meanwhile comes all at once."""

STOOD_STILL_SECONDS: Final = 0.01
"""Between two looks at the sockets: after a longer time the server gets all frames at once."""


class Listener(Call):
    """A caller who hears the lines to their end, and then says yes or nothing, in turn."""

    def __init__(self, number: int, caller: Caller, chance: random.Random) -> None:
        super().__init__(number, caller, chance)
        self.rounds = Rounds(LINES, PAUSE_SECONDS, Playing())
        self.hangs_up_at = 0.0
        self.speaks_at: float | None = None
        self.is_silent = bool(number % 2)
        self.spoke_until: float | None = None

    def frame_sent(self, at: float) -> None:
        """Move on in the silence, or in the speech; begin to speak when it is time."""
        self._sent += 1
        self.rounds.playing.answered(at)
        if self.position == self._caller.speech_frames - 1:
            self.spoke_until = at
        if 0 <= self.position < self._caller.speech_frames - 1:
            self.position += 1
        elif self.speaks_at is not None and at >= self.speaks_at:
            self.position, self.speaks_at = 0, None
        elif self.position < -1:
            self.position += 1
        else:
            # The silence is at the end of the caller's round.
            self.position = -self._caller.silence_frames

    def line_came(self, at: float, seconds: float) -> float | None:
        """Take a line; return the drift where it follows a silence."""
        drift = self.rounds.line_came(at, seconds, after_silence=self.is_silent)
        if self.rounds.is_whole:
            self.is_silent = not self.is_silent
            ends_at = self.rounds.playing.ends_at
            if not self.is_silent and ends_at is not None:
                self.speaks_at = ends_at + SPEAK_AFTER_SECONDS
        return drift


@dataclass(slots=True)
class Seen:
    """What a stretch of time has shown; seconds."""

    drifts: list[float] = field(default_factory=list)
    own_drifts: list[float] = field(default_factory=list)
    """The same, less the time just before in which the machine beneath had taken a core away."""
    pings: list[float] = field(default_factory=list)
    """From a ping to its pong: how long the server's event loop takes to come round."""
    answers: list[float] = field(default_factory=list)
    """From the last frame of speech to the next line."""
    lags: Lags = field(default_factory=Lags)
    """How late the generator's own frames left."""
    cut: int = 0
    """Times that the server stopped its lines, although the caller had heard them out."""


class Listeners(Generator):
    """Keeps so many listeners on the line; one who has talked long enough gives way to another.

    The first listens to the end: a long call among many.
    """

    def __init__(
        self,
        host: str,
        port: int,
        calls: int,
        caller: Caller,
        call_seconds: float,
        clock: Clock,
        pauses: Pauses,
    ) -> None:
        """`pauses` are those of the server's core."""
        super().__init__(host, port, f"/media/{DID}", calls, caller, clock)
        self.begun = 0
        self.ended = 0
        self.seen = Seen()
        self._call_seconds = call_seconds
        self._pinged: dict[int, float] = {}
        self._next_pinged = 0
        self._looked_at = clock()
        self._measuring = True
        self._pauses = pauses
        self._own_pauses: deque[tuple[float, float]] = deque(maxlen=16)

    @property
    def live(self) -> int:
        """Calls in progress."""
        return len(self._open)

    @property
    def dropped(self) -> Counter[str]:
        """Calls that we did not end, by what happened to them."""
        return self.load.errors

    def take_seen(self) -> Seen:
        """Return what was seen since the last time."""
        seen, self.seen = self.seen, Seen()
        seen.lags, self.load.lags = self.load.lags, Lags()
        return seen

    def connect(self) -> None:
        """Open all calls."""
        # As in `run`: what the collector takes would be lag.
        gc.collect()
        gc.disable()
        self._connect_all()

    def go_on(self) -> None:
        """Lead the calls for a moment: send, hear, ping, hang up, call anew."""
        self._stream(self._clock() + LOOK_SECONDS)
        now = self._clock()
        live = self._live()
        for call in live:
            assert isinstance(call, Listener)
            if call.greeting_seconds is not None and now >= call.hangs_up_at:
                self._leave(call)
                self._connect(self._new_call(self.begun))
        if live:
            self._ping(live[self._next_pinged % len(live)], now)
            self._next_pinged += 1

    def hang_up(self) -> None:
        """End all calls."""
        self._hang_up()
        gc.enable()

    def _new_call(self, number: int) -> Call:
        call = Listener(number, self._caller, self._chance)
        # The first ones end at different times, and so do all who follow them.
        share = self._chance.random() if self.begun < self.load.calls else 1.0
        lasts = max(self._call_seconds * share, 2.0) if number else math.inf
        call.hangs_up_at = self._clock() + lasts
        self.begun += 1
        return call

    def _leave(self, call: Call) -> None:
        self._send(call, client_frame(Opcode.CLOSE, (1000).to_bytes(2)))
        if self._open.pop(call.socket.fileno(), None) is not None:
            self._epoll.unregister(call.socket)
            call.socket.close()
            self.ended += 1
        self._calls.remove(call)

    def _ping(self, call: Call, now: float) -> None:
        if call.is_open and call.number not in self._pinged:
            self._pinged[call.number] = now
            self._send(call, client_frame(Opcode.PING, call.number.to_bytes(4)))

    def _receive_all(self) -> None:
        now = self._clock()
        if now - self._looked_at > STOOD_STILL_SECONDS:
            self._own_pauses.append((self._looked_at, now))
        self._looked_at = now
        super()._receive_all()

    def _take(self, call: Call, opcode: Opcode, payload: bytes, at: float) -> None:
        if opcode is Opcode.PONG:
            sent_at = self._pinged.pop(int.from_bytes(payload), None)
            if sent_at is not None:
                self.seen.pings.append(at - sent_at)
        else:
            super()._take(call, opcode, payload, at)

    def _hear(self, call: Call, message: FromBot, at: float) -> None:
        assert isinstance(call, Listener)
        super()._hear(call, message, at)
        match message:
            case BotSpeech(is_greeting=True, audio=audio):
                call.rounds.playing.came(at, len(audio) / SAMPLE_RATE)
            case BotSpeech(audio=audio):
                if call.spoke_until is not None:
                    self.seen.answers.append(at - call.spoke_until)
                    call.spoke_until = None
                drift = call.line_came(at, len(audio) / SAMPLE_RATE)
                if drift is not None:
                    self.seen.drifts.append(drift)
                    self.seen.own_drifts.append(self._own(drift, at))
            case Interrupted():
                self.seen.cut += 1
                call.rounds.cut(at)

    def _own(self, drift: float, at: float) -> float:
        """Return how much of a drift is the server's own."""
        since = at - STILL_LATE_SECONDS
        away = self._pauses.within(since, at) + overlap(self._own_pauses, since, at)
        return own(drift, away)
