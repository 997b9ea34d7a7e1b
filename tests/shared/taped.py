"""A recorded call on a virtual clock: what either side heard, and what the recording says of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import virtual_time
from loudness import QUIET, Loudness

from providers.scripted import Failure, ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.audio.mulaw import FRAME, SAMPLE_RATE, encode
from runtime.call.classifiers import NothingLearnt
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.interpreter import interpreting_threads
from runtime.call.prompts import Prompts
from runtime.call.record import CallRecord
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.session import CallSession
from runtime.carrier import rtp, telephone_event, wav
from runtime.flow.reading import read_flow

NO_WORDS: Mapping[bytes, str] = MappingProxyType({})
BEGAN = 1_795_319_100.0
"""2026-11-22 03:45 UTC."""


def voice(seed: int, seconds: float = 1.0) -> bytes:
    """Sound that is speech to the meter, no key, and like no other."""
    noise = np.random.default_rng(seed).normal(0, 0.2, round(seconds * SAMPLE_RATE))
    return encode(noise)


HELLO, NUMBER, BOOK = voice(1), voice(2), voice(3)


class Kept:
    """A store's place: what it was told."""

    def __init__(self) -> None:
        self.changes: list[object] = []

    def put(self, change: object) -> None:
        self.changes.append(change)


@dataclass
class TapedCall:
    """The carrier's side; it sends a frame every 20 ms and keeps what it is sent, with the time."""

    session: CallSession
    shelf: RecordingShelf
    folder: Path
    kept: Kept
    sent: list[tuple[float, str, bytes]] = field(default_factory=list)
    caller: bytearray = field(default_factory=bytearray)
    answered_at: float = -1.0
    closed_at: float | None = None
    """By the answer, when we closed."""
    _sequence: int = 0

    @property
    def seconds(self) -> float:
        """Since the answer."""
        return asyncio.get_running_loop().time() - self.answered_at

    async def say(self, sound: bytes) -> None:
        """Let the caller say it; frames of 20 ms, the first answers the call."""
        for at in range(0, len(sound), FRAME):
            if self.answered_at < 0:
                self.answered_at = asyncio.get_running_loop().time()
            frame = sound[at : at + FRAME].ljust(FRAME, QUIET)
            self.caller += frame
            self.send(frame)
            await asyncio.sleep(0.02)

    def send(self, frame: bytes) -> None:
        """Send a frame."""
        packet = rtp.RtpPacket(0, False, self._sequence, self._sequence * FRAME, 7, frame)
        self.session.on_binary(rtp.write(packet))
        self._sequence += 1

    async def wait(self, seconds: float) -> None:
        """Let the caller be silent."""
        await self.say(QUIET * round(seconds * SAMPLE_RATE))

    def press(self, key: str) -> None:
        """Press a key, told by a telephone-event."""
        event = telephone_event.TelephoneEvent(telephone_event.DIGITS.index(key), True, 10, 800)
        body, began = telephone_event.write(event), self._sequence * FRAME
        self.session.on_binary(rtp.write(rtp.RtpPacket(101, False, self._sequence, began, 7, body)))
        self._sequence += 1

    async def write(self, message: str) -> None:
        read = json.loads(message)
        sound = bytes(read["payload"]["data"])[58:] if "payload" in read else b""
        self.sent.append((asyncio.get_running_loop().time(), read["event"], sound))

    def heard(self) -> bytes:
        """What a carrier plays that gets these messages at once, from the answer on."""
        played = bytearray()
        for at, event, sound in self.sent:
            now = max(0, round((at - self.answered_at) * SAMPLE_RATE))
            if event == "interrupt":
                del played[now:]
            elif sound:
                played += QUIET * (now - len(played)) + sound
        return bytes(played)

    @property
    def path(self) -> Path | None:
        """The recording's file, once there is one."""
        name = self.session.record.recording
        return None if name is None else self.folder / name

    def recording(self) -> tuple[bytes, bytes]:
        """Both sides of the recording."""
        assert self.path is not None
        left, right = wav.read_channels(self.path.read_bytes())
        return left, right


def taped_call(
    folder: Path,
    flow: str,
    act: Callable[[TapedCall], Awaitable[None]],
    words: Mapping[bytes, str] = NO_WORDS,
    failure: Failure = "none",
    **equipment: Any,
) -> TapedCall:
    """Let a call go as `act` has the caller act, who then hangs up; `words`: what sound says."""

    async def go() -> TapedCall:
        reading = read_flow(flow, "talk.yaml", open_file=lambda name: None)
        assert reading.flow is not None, reading.problems
        loaded = LoadedFlow(
            reading.flow,
            NothingLearnt(),
            ScriptedSpeechToText(words, failure=failure),
            ScriptedTextToSpeech(milliseconds_per_character=100),
        )
        shelf = RecordingShelf(folder / "recordings")
        loop = asyncio.get_running_loop()
        shared = Equipment(
            Prompts(folder / "speech", limit_bytes=10**6, deadline=5.0),
            Loudness(),  # type: ignore[arg-type] - the part of a meter that an ear uses
            asyncio.Semaphore(2),
            5.0,
            interpreting_threads(),
            2.0,
            folder / "messages",
            clock=lambda: BEGAN + loop.time(),
            **{"recording_shelf": shelf, **equipment},
        )
        kept = Kept()
        record = CallRecord("c", "", "", "talk", "v", started_at=BEGAN, keep=kept)

        async def write(message: str) -> None:
            await call.write(message)

        call = TapedCall(CallSession(record, loaded, shared, write), shelf, folder, kept)

        async def close(code: object, reason: str) -> None:
            if call.closed_at is None:
                call.closed_at = call.seconds

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(call.session.run(close))
            await asyncio.sleep(1)
            await act(call)
            call.session.on_close()
        shelf.close()
        return call

    return virtual_time.run(go())
