"""Writes the recordings of a process: one thread for all of them, so that no call waits for a disk.

A file is a whole WAV file after every batch: first the sound is written, then the header that tells
of it. Whoever dies between the two leaves the file as it was a second ago.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final

from runtime.audio.bot_track import Part
from runtime.audio.mulaw import SILENCE
from runtime.carrier import wav
from runtime.carrier.messages import AudioPayload

MOST_UNWRITTEN: Final = 30
"""Batches (some 16 kB each) of one call; a disk that is further behind is too slow."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """The same stretch of time of both sides."""

    caller: bytes
    bot: tuple[Part[AudioPayload], ...]


class RecordingFile:
    """One call's recording while it goes on. What the disk refuses ends it, and not the call."""

    def __init__(self, call: str, path: Path, queue: "SimpleQueue[_Order | None]") -> None:
        self._call = call
        self._path = path
        self._queue = queue
        # Each is changed by one thread only: the event loop's, the writer's.
        self._given = 0
        self._done = 0
        self._data_bytes = 0
        self._is_made = False
        self.is_over = False
        """Nothing more is written."""

    @property
    def unwritten(self) -> int:
        """Batches that wait for the disk."""
        return self._given - self._done

    def write(self, batch: Batch) -> None:
        """Append it, soon; never blocks."""
        if self.unwritten >= MOST_UNWRITTEN:
            self._fail("the disk is too slow")
        if not self.is_over:
            self._given += 1
            self._queue.put(_Order(self, batch))

    def carry_out(self, batch: Batch) -> None:
        """Append it now; for the writer's thread."""
        try:
            if not self.is_over:
                self._append(wav.interleaved(batch.caller, _bot_side(batch)))
        except OSError as error:
            self._fail(error.strerror or str(error))
        finally:
            self._done += 1

    def _append(self, both: bytes) -> None:
        if not self._is_made:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(wav.header(0, channels=2))
            self._is_made = True
        # Opened for each batch, so that thousands of calls do not take thousands of files, and one
        # that was deleted meanwhile does not come back.
        with self._path.open("r+b") as file:
            file.seek(wav.STEREO_HEADER_BYTES + self._data_bytes)
            file.write(both)
            file.seek(0)
            self._data_bytes += len(both)
            file.write(wav.header(self._data_bytes, channels=2))

    def _fail(self, why: str) -> None:
        if not self.is_over:
            self.is_over = True
            log.error("recording_ended", extra={"call": self._call, "why": why})


@dataclass(frozen=True, slots=True)
class _Order:
    file: RecordingFile
    batch: Batch


class RecordingWriter:
    """The thread; it begins with the first recording."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Order | None] = SimpleQueue()
        self._thread: Thread | None = None

    def open(self, call: str, path: Path) -> RecordingFile:
        """Return a file that comes to be with its first batch."""
        if self._thread is None:
            self._thread = Thread(target=self._work, name="recordings", daemon=True)
            self._thread.start()
        return RecordingFile(call, path, self._queue)

    def close(self) -> None:
        """Write what was given, then end; another recording begins a thread again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _work(self) -> None:
        while (order := self._queue.get()) is not None:
            order.file.carry_out(order.batch)


def _bot_side(batch: Batch) -> bytes:
    side = bytearray([SILENCE]) * len(batch.caller)
    for part in batch.bot:
        sound = _speech(part.sound)[part.first : part.upto]
        side[part.at : part.at + len(sound)] = sound
    return bytes(side)


@lru_cache(maxsize=32)
def _speech(payload: AudioPayload) -> bytes:
    # 0.27 ms for 3 s of speech, which several batches of a call need, and often several calls.
    return payload.speech()
