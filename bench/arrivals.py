"""When bytes came, by the kernel: whoever reads them may have been busy with other calls meanwhile.

Linux only: the system stamps what a socket gets (SO_TIMESTAMPNS, socket(7)). On the loopback of a
virtual machine that was 20 to 60 us after `send` had begun, however late it was read.
"""

import socket
import struct
import time
from collections.abc import Callable
from typing import Final

_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("qq")
"""Seconds and nanoseconds of CLOCK_REALTIME."""
_LARGEST: Final = 1 << 18


def stamp(connection: socket.socket) -> None:
    """Let the kernel note from now on when bytes come."""
    connection.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def receive(connection: socket.socket, clock: Callable[[], float]) -> tuple[bytes, float]:
    """Return what has come, and when the last of it did, in seconds of the clock.

    Raises `OSError` as `recv` does. What is not stamped came just now.
    """
    received, notes, _, _ = connection.recvmsg(_LARGEST, socket.CMSG_SPACE(_TIMESPEC.size))
    now, now_ns = clock(), time.time_ns()
    for level, kind, note in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(note)
            return received, now - max(0, now_ns - seconds * 1_000_000_000 - nanoseconds) / 1e9
    return received, now
