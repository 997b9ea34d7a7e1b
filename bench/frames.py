"""WebSocket frames (RFC 6455) as the carrier writes and reads them; short of a full client.

A real client picks a masking key at random. Ours is four zeros: the server's work is the same
(measured), and the generator is spared masking.
"""

from dataclasses import dataclass, field
from enum import IntEnum


class Opcode(IntEnum):
    """What a frame is (RFC 6455, 5.2)."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


NO_MASK = b"\0\0\0\0"
_FIN = 0x80
_MASKED = 0x80
_CONTROL = 8


class NotAFrame(ValueError):  # noqa: N818 - it reads as what came
    """Bytes of the server's that are no frame a client may get."""


def client_frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one whole, masked frame."""
    length = len(payload)
    if length < 126:
        head = bytes((_FIN | opcode, _MASKED | length))
    elif length < 0x10000:
        head = bytes((_FIN | opcode, _MASKED | 126)) + length.to_bytes(2)
    else:
        head = bytes((_FIN | opcode, _MASKED | 127)) + length.to_bytes(8)
    return b"".join((head, NO_MASK, payload))


def handshake(host: str, port: int, path: str) -> bytes:
    """Return the request that opens a WebSocket; the key is RFC 6455's own example."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


@dataclass(slots=True)
class ServerFrames:
    """Cuts what a server sends into messages, in whatever pieces it arrives."""

    _unread: bytearray = field(default_factory=bytearray)
    _opcode: Opcode = Opcode.TEXT
    _fragments: list[bytes] = field(default_factory=list)

    def feed(self, received: bytes) -> list[tuple[Opcode, bytes]]:
        """Return the messages that are complete now; raises `NotAFrame`."""
        self._unread += received
        messages: list[tuple[Opcode, bytes]] = []
        while (frame := self._next_frame()) is not None:
            final, opcode, payload = frame
            if opcode >= _CONTROL:
                messages.append((opcode, payload))
                continue
            if opcode is not Opcode.CONTINUATION:
                self._opcode, self._fragments = opcode, []
            self._fragments.append(payload)
            if final:
                messages.append((self._opcode, b"".join(self._fragments)))
        return messages

    def _next_frame(self) -> tuple[bool, Opcode, bytes] | None:
        unread = self._unread
        if len(unread) < 2:
            return None
        if unread[0] & 0x70 or unread[1] & _MASKED:
            raise NotAFrame("a frame with reserved bits or a mask")
        start, length = 2, unread[1] & 0x7F
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(unread) < start:
                return None
            length = int.from_bytes(unread[2:start])
        if len(unread) < start + length:
            return None
        try:
            opcode = Opcode(unread[0] & 0x0F)
        except ValueError as error:
            raise NotAFrame("a frame of an unknown kind") from error
        payload = bytes(unread[start : start + length])
        final = bool(unread[0] & _FIN)
        del unread[: start + length]
        return final, opcode, payload
