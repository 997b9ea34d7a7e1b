"""A call's media payloads, with RTP headers or without, as the caller's sound and keys."""

from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.carrier import rtp, telephone_event
from runtime.carrier.reorder import Arrival, Counters, Reorder
from runtime.carrier.rtp import RtpPacket

_NO_SSRC = -1
_BARE_IN_A_ROW = 2


@dataclass(slots=True)
class InboundAudio:
    """Takes every payload of one call; decides whether it has an RTP header.

    The carrier sends RTP; bare mu-law is accepted. Loud mu-law can begin like a header, so a
    call keeps to what it has shown: in RTP an unknown source must look like this carrier's
    speech, and in bare mu-law two packets in a row must agree on source, order and clock.
    """

    reorder: Reorder = field(default_factory=Reorder)
    _ssrc: int = _NO_SSRC
    """The source that RTP comes from; none while payloads are bare."""
    _bare: int = 0
    """Bare payloads in a row."""
    _candidate: RtpPacket | None = None
    """The last payload, where it was taken as bare but began like a header."""

    @property
    def follow(self) -> Callable[[bytes], bytes | None]:
        """Takes RTP that goes on where the last packet ended, and returns its sound.

        None of every other payload, which is not taken: `hear` it. Ask for this once.
        """
        return self.reorder.follow

    @property
    def counters(self) -> Counters:
        """What the line did to the packets so far."""
        return self.reorder.counters

    def hear(self, payload: bytes) -> tuple[Arrival, ...]:
        """Return what can be heard now: mu-law in order, and keys."""
        try:
            packet = rtp.parse(payload)
        except rtp.NotRtp:
            return self._hear_headless(payload)
        if packet.ssrc == self._ssrc:
            self._bare = 0
            return self.reorder.push(packet)
        return self._hear_new_source(packet, payload)

    def flush(self) -> tuple[Arrival, ...]:
        """Return what is held back for order: the caller has hung up."""
        return self.reorder.flush()

    def _hear_headless(self, payload: bytes) -> tuple[Arrival, ...]:
        if not payload:
            return ()
        cut = self._ssrc != _NO_SSRC and payload[0] & 0xC0 == 0x80
        if cut or rtp.is_rtcp(payload):
            self.counters.unused += 1
            return ()
        return self._hear_bare(payload)

    def _hear_new_source(self, packet: RtpPacket, payload: bytes) -> tuple[Arrival, ...]:
        if self._ssrc != _NO_SSRC or not self._bare:
            if _looks_like_ours(packet):
                self._ssrc, self._bare = packet.ssrc, 0
                return self.reorder.push(packet)
            return self._hear_bare(payload)
        if _follows(self._candidate, packet):
            self._ssrc, self._bare, self._candidate = packet.ssrc, 0, None
            return self.reorder.push(packet)
        heard = self._hear_bare(payload)
        self._candidate = packet
        return heard

    def _hear_bare(self, payload: bytes) -> tuple[Arrival, ...]:
        self._candidate = None
        self._bare += 1
        if self._bare >= _BARE_IN_A_ROW:
            self._ssrc = _NO_SSRC
        return (*self.reorder.flush(), payload)


def _looks_like_ours(packet: RtpPacket) -> bool:
    if packet.payload_type in (rtp.SPEECH, rtp.COMFORT_NOISE):
        return True
    return telephone_event.is_telephone_event(packet.payload_type, packet.payload)


def _follows(before: RtpPacket | None, packet: RtpPacket) -> bool:
    if before is None or before.ssrc != packet.ssrc or not _looks_like_ours(packet):
        return False
    steps = (packet.sequence - before.sequence) & 0xFFFF
    samples = (packet.timestamp - before.timestamp) & 0xFFFFFFFF
    return 1 <= steps <= 3 and samples == steps * len(before.payload)
