"""The way from the caller's phone to the server: RTP packets, and what a bad line does to them."""

import heapq
from dataclasses import dataclass
from random import Random

from runtime.audio.mulaw import FRAME
from runtime.carrier import rtp, telephone_event
from runtime.carrier.keypad import KeyPacket, Sound
from runtime.carrier.rtp import RtpPacket

EVENT_PAYLOAD_TYPE = 101
"""What most gateways give to telephone-events; it has no fixed number."""

_FRAME_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class LineFaults:
    """Chances from 0 to 1 for each packet, and its delay."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    """A packet comes after the next one."""
    jitter: float = 0.0
    """Seconds: each packet is late by anything up to it."""


class Line:
    """Numbers the caller's frames and delivers them as the faults will have it.

    The same random numbers give the same line. Times are seconds of any one clock.
    """

    def __init__(self, faults: LineFaults, random: Random) -> None:
        self._faults = faults
        self._random = random
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(16)
        self._timestamp = random.getrandbits(32)
        self._pressed_at = self._timestamp
        self._is_first = True
        self._on_the_way: list[tuple[float, int, bytes]] = []
        self._sent = 0

    def send(self, sound: Sound, at: float) -> None:
        """Put 20 ms on the line."""
        packet = rtp.write(self._packet(sound))
        faults, chance = self._faults, self._random.random
        lost, delayed, doubled = chance(), chance(), chance()
        if lost >= faults.loss:
            arrives = at + faults.jitter * chance()
            if delayed < faults.reorder:
                arrives += 1.5 * _FRAME_SECONDS
            for _ in range(2 if doubled < faults.duplicate else 1):
                self._sent += 1
                heapq.heappush(self._on_the_way, (arrives, self._sent, packet))

    def arrived(self, at: float) -> list[bytes]:
        """Take off the line what has arrived by `at`."""
        packets = []
        while self._on_the_way and self._on_the_way[0][0] <= at:
            packets.append(heapq.heappop(self._on_the_way)[2])
        return packets

    def next_arrival(self) -> float:
        """Return when the next packet arrives; infinity when none is on the way."""
        return self._on_the_way[0][0] if self._on_the_way else float("inf")

    def _packet(self, sound: Sound) -> RtpPacket:
        now, sequence = self._timestamp, self._sequence
        self._timestamp = (now + FRAME) & 0xFFFFFFFF
        self._sequence = (sequence + 1) & 0xFFFF
        if isinstance(sound, KeyPacket):
            if sound.is_first:
                self._pressed_at = now
            body = telephone_event.write(sound.event)
            return RtpPacket(
                EVENT_PAYLOAD_TYPE, sound.is_first, sequence, self._pressed_at, self._ssrc, body
            )
        marker, self._is_first = self._is_first, False
        return RtpPacket(rtp.SPEECH, marker, sequence, now, self._ssrc, sound)
