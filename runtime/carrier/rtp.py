"""RTP packets (RFC 3550, 5.1): the header that is before each 20 ms of mu-law."""

import struct
from typing import NamedTuple

HEADER_BYTES = 12
SPEECH = 0
"""Payload type of G.711 mu-law (RFC 3551, table 4)."""

COMFORT_NOISE = 13
"""Payload type of a packet in place of silence (RFC 3389)."""

SAMPLES_PER_PACKET = 160

PLAIN_HEADER = struct.Struct("!HHII")
"""What is before the payload where there is no CSRC, extension or padding: what the packet is,
sequence number, timestamp, SSRC."""

PLAIN_SPEECH = 0x8000
"""What such a packet is that holds mu-law, and no marker."""

_HEADER = struct.Struct("!BBHII")
_VERSION = 0x80
_VERSION_BITS = 0xC0
_PADDING = 0x20
_EXTENSION = 0x10
_CSRC_COUNT = 0x0F
_MARKER = 0x80
_PAYLOAD_TYPE = 0x7F
_RTCP = range(200, 205)
"""Second byte of RTCP's packets: sender report to application-defined (RFC 3550, 12.1)."""


class NotRtp(ValueError):  # noqa: N818 - it reads as what came
    """Bytes that cannot be an RTP packet."""


class RtpPacket(NamedTuple):
    """One packet; `payload` is without extension and padding."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(packet: bytes) -> RtpPacket:
    """Return the packet with CSRC, extension and padding taken off; raises `NotRtp`."""
    if len(packet) < HEADER_BYTES:
        raise NotRtp("an RTP header has twelve bytes")
    flags, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(packet)
    if flags & _VERSION_BITS != _VERSION:
        raise NotRtp("RTP is of version 2")
    if kind in _RTCP:
        raise NotRtp("these payload types are kept free for RTCP")
    start, end = HEADER_BYTES, len(packet)
    if flags != _VERSION:
        start, end = _payload_bounds(packet, flags)
    return RtpPacket(
        kind & _PAYLOAD_TYPE,
        bool(kind & _MARKER),
        sequence,
        timestamp,
        ssrc,
        packet[start:end],
    )


def _payload_bounds(packet: bytes, flags: int) -> tuple[int, int]:
    start, end = HEADER_BYTES + 4 * (flags & _CSRC_COUNT), len(packet)
    if flags & _EXTENSION:
        if end < start + 4:
            raise NotRtp("the header's extension is cut")
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4])
    if flags & _PADDING:
        if packet[-1] == 0:
            raise NotRtp("padding counts itself, so its length is never 0")
        end -= packet[-1]
    if start > end:
        raise NotRtp("the header and the padding are longer than the packet")
    return start, end


def is_rtcp(packet: bytes) -> bool:
    """Tell a control packet, which is neither speech nor mu-law, from the rest."""
    if len(packet) < 4 or packet[0] & _VERSION_BITS != _VERSION or packet[1] not in _RTCP:
        return False
    # Its length in words, less one; further control packets may follow in the same payload.
    return 4 + 4 * int.from_bytes(packet[2:4]) <= len(packet)


def write(packet: RtpPacket) -> bytes:
    """Return the packet as bytes, without CSRC, extension or padding."""
    kind = packet.payload_type | (_MARKER if packet.marker else 0)
    header = _HEADER.pack(_VERSION, kind, packet.sequence, packet.timestamp, packet.ssrc)
    return header + packet.payload
