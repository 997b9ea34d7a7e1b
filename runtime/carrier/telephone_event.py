"""Digits as telephone-events inside RTP (RFC 4733): four bytes, many packets for one key."""

import struct
from dataclasses import dataclass

DIGITS = "0123456789*#ABCD"
"""A digit's event code is its place here (RFC 4733, 3.2)."""

BODY_BYTES = 4
LOWEST_PAYLOAD_TYPE = 96
"""Telephone-events have no payload type of their own; RTP gives them a dynamic one."""

_BODY = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 0x3F
_LONGEST_SEGMENT = 0xFFFF


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """What one packet tells of one key."""

    event: int
    """0 to 15 are digits; others are flash, fax and line tones."""

    end: bool
    """The key is up again; the last packet comes three times."""

    volume: int
    """0 to 63: dB below 0 dBm0."""

    duration: int
    """Timestamp units (8000 a second) since the packet's timestamp."""


def is_telephone_event(payload_type: int, body: bytes) -> bool:
    """Tell a telephone-event from whatever else has a dynamic payload type."""
    return payload_type >= LOWEST_PAYLOAD_TYPE and len(body) == BODY_BYTES


def read(body: bytes) -> TelephoneEvent:
    """Return what the four bytes say."""
    event, flags, duration = _BODY.unpack(body)
    return TelephoneEvent(event, bool(flags & _END), flags & _VOLUME, duration)


def write(event: TelephoneEvent) -> bytes:
    """Return the event as the four bytes of a packet."""
    flags = (_END if event.end else 0) | event.volume
    return _BODY.pack(event.event, flags, event.duration)


@dataclass(frozen=True, slots=True)
class Key:
    """The key that was seen last; every packet of one press has the press's own timestamp."""

    event: int
    timestamp: int

    def goes_on(self, event: int, timestamp: int) -> bool:
        """Tell whether a packet belongs to this press.

        A press of over 8 s goes on in a second segment, which begins where the first was full
        (RFC 4733, 2.5.1.3).
        """
        since = (timestamp - self.timestamp) & 0xFFFFFFFF
        return event == self.event and since in (0, _LONGEST_SEGMENT)
