"""From packets as they arrive to the caller's sound as it was: in order, once, true to time."""

from dataclasses import dataclass, field

from runtime.audio import mulaw
from runtime.carrier import rtp, telephone_event
from runtime.carrier.rtp import RtpPacket

WINDOW = 3
"""Packets among which order is restored; a missing one is given up when they are all held."""

LARGEST_JUMP = 50
"""Sequence numbers (one second) from a packet to the next; beyond it is another stream."""

_SILENCE = bytes([mulaw.SILENCE])

_LONGEST_PAUSE = LARGEST_JUMP * rtp.SAMPLES_PER_PACKET
_LONGEST_OTHER = 400
"""Samples that one telephone-event packet stands for (50 ms: RFC 4733, 2.5.1.2)."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key, told by a telephone-event; once for each press."""

    digit: str
    """0-9, *, #, A-D"""


Arrival = bytes | KeyPressed
"""Mu-law in order, or a key."""


@dataclass(slots=True)
class Counters:
    """What the line did to one call's packets."""

    received: int = 0
    late: int = 0
    """Came when their time had been filled with silence."""
    lost: int = 0
    """Never came, or late."""
    duplicate: int = 0
    resyncs: int = 0
    """New SSRC, or a jump of more than `LARGEST_JUMP` packets."""
    unused: int = 0
    """RTP of another payload type, RTCP, or cut short."""


@dataclass(slots=True)
class Reorder:
    """One call's packets; a packet in order leaves in the call that brought it.

    Stateful, for one call, and without a clock: what is missing is given up when `WINDOW` later
    packets have come, which the carrier's continuous stream makes 60 ms.
    """

    counters: Counters = field(default_factory=Counters)
    _ssrc: int = -1
    _expected: int = 0
    _held: dict[int, RtpPacket] = field(default_factory=dict)
    _given_up: set[int] = field(default_factory=set)
    _timestamp: int = 0
    """Of the sample after the last speech."""
    _clock_is_true: bool = False
    """Timestamps have been seen to count samples."""
    _owed: int = 0
    """Packets lost since the last speech."""
    _others: int = 0
    """Packets without speech since the last speech."""
    _is_stream: bool = False
    """Speech has come, and no `flush` since: what has the next header is the next packet."""
    _key: telephone_event.Key | None = None

    def follow(self, packet: bytes) -> bytes | None:
        """Take a packet that goes on where the last one ended, and return its sound.

        None of every other packet, which is not taken: parse it, and `push`.
        """
        if not self._is_stream or self._held or self._owed or len(packet) <= rtp.HEADER_BYTES:
            return None
        header = (rtp.PLAIN_SPEECH, self._expected, self._timestamp, self._ssrc)
        if rtp.PLAIN_HEADER.unpack_from(packet) != header:
            return None
        sound = packet[rtp.HEADER_BYTES :]
        self.counters.received += 1
        self._expected = (self._expected + 1) & 0xFFFF
        self._timestamp = (self._timestamp + len(sound)) & 0xFFFFFFFF
        self._clock_is_true, self._others = True, 0
        return sound

    def push(self, packet: RtpPacket) -> tuple[Arrival, ...]:
        """Take one packet and return what can be heard now, in order."""
        self.counters.received += 1
        if packet.ssrc == self._ssrc and packet.sequence == self._expected and not self._held:
            return self._take(packet)
        if packet.ssrc != self._ssrc:
            return self._resynchronise(packet)
        ahead = (packet.sequence - self._expected) & 0xFFFF
        if ahead == 0:
            return self._take(packet) + self._take_held()
        if ahead <= self._furthest_held() + LARGEST_JUMP:
            return self._hold(packet)
        if 0x10000 - ahead <= LARGEST_JUMP:
            self._count_late(packet.sequence)
            return ()
        return self._resynchronise(packet)

    def flush(self) -> tuple[Arrival, ...]:
        """Return what is still held, its gaps filled: the stream is over or has changed."""
        heard: tuple[Arrival, ...] = ()
        while self._held:
            heard += self._skip_to_first_held()
        self._is_stream = False
        return heard

    def _furthest_held(self) -> int:
        """Return how far ahead of the expected packet the newest is: -1 where it is before it."""
        return max(((sequence - self._expected) & 0xFFFF for sequence in self._held), default=-1)

    def _resynchronise(self, packet: RtpPacket) -> tuple[Arrival, ...]:
        heard = self.flush()
        if self._ssrc != -1:
            self.counters.resyncs += 1
        if packet.ssrc != self._ssrc:
            self._key = None
        self._ssrc, self._expected = packet.ssrc, packet.sequence
        # What comes now from before the first packet is late, not a duplicate.
        self._given_up = {(self._expected - each) & 0xFFFF for each in range(1, LARGEST_JUMP + 1)}
        self._clock_is_true, self._owed, self._others = False, 0, 0
        return heard + self._take(packet)

    def _count_late(self, sequence: int) -> None:
        if sequence in self._given_up:
            self._given_up.discard(sequence)
            self.counters.late += 1
        else:
            self.counters.duplicate += 1

    def _hold(self, packet: RtpPacket) -> tuple[Arrival, ...]:
        if packet.sequence in self._held:
            self.counters.duplicate += 1
            return ()
        self._held[packet.sequence] = packet
        return self._skip_to_first_held() if len(self._held) == WINDOW else ()

    def _skip_to_first_held(self) -> tuple[Arrival, ...]:
        """Give up what is before the first held packet."""
        lost = min((sequence - self._expected) & 0xFFFF for sequence in self._held)
        missing = {(self._expected + each) & 0xFFFF for each in range(lost)}
        self.counters.lost += lost
        self._owed += lost
        self._expected = (self._expected + lost) & 0xFFFF
        self._given_up = missing | {
            old for old in self._given_up if (self._expected - old) & 0xFFFF <= LARGEST_JUMP
        }
        return self._take_held()

    def _take_held(self) -> tuple[Arrival, ...]:
        heard: tuple[Arrival, ...] = ()
        while self._expected in self._held:
            heard += self._take(self._held.pop(self._expected))
        return heard

    def _take(self, packet: RtpPacket) -> tuple[Arrival, ...]:
        self._expected = (packet.sequence + 1) & 0xFFFF
        if packet.payload_type != rtp.SPEECH:
            return self._take_other(packet)
        self._is_stream = True
        after_this = (packet.timestamp + len(packet.payload)) & 0xFFFFFFFF
        if packet.timestamp == self._timestamp and not self._owed:
            self._clock_is_true, self._others, self._timestamp = True, 0, after_this
            return (packet.payload,)
        pause = self._pause_before(packet)
        if not (self._owed or self._others or packet.marker):
            self._clock_is_true = False
        self._owed, self._others, self._timestamp = 0, 0, after_this
        return (_SILENCE * pause, packet.payload) if pause else (packet.payload,)

    def _pause_before(self, packet: RtpPacket) -> int:
        """Return the samples missing before `packet`, by its timestamp where that can be trusted.

        Without a loss, time passes unheard only while telephone-events or comfort noise come, or
        before a talkspurt's first packet, which the marker tells (RFC 3551, 4.1).
        """
        pause = (packet.timestamp - self._timestamp) & 0xFFFFFFFF
        longest = _LONGEST_PAUSE + self._others * _LONGEST_OTHER
        expected = self._owed or self._others or packet.marker
        if self._clock_is_true and expected and pause <= longest:
            return pause
        return self._owed * rtp.SAMPLES_PER_PACKET

    def _take_other(self, packet: RtpPacket) -> tuple[Arrival, ...]:
        self._others += 1
        if not telephone_event.is_telephone_event(packet.payload_type, packet.payload):
            self.counters.unused += packet.payload_type != rtp.COMFORT_NOISE
            return ()
        event = telephone_event.read(packet.payload).event
        before, self._key = self._key, telephone_event.Key(event, packet.timestamp)
        if before and before.goes_on(event, packet.timestamp):
            return ()
        is_digit = event < len(telephone_event.DIGITS)
        return (KeyPressed(telephone_event.DIGITS[event]),) if is_digit else ()
