"""One call's recording while it goes on: both sides by one clock, to the disk each second."""

import asyncio
from typing import Final

from runtime.audio.bot_track import BotTrack
from runtime.audio.caller_track import CallerTrack, Held
from runtime.audio.mulaw import SAMPLE_RATE, SILENCE
from runtime.call.recording_writer import Batch, RecordingFile
from runtime.carrier.messages import AudioPayload

BATCH: Final = SAMPLE_RATE
"""Samples that are written at once."""

_SILENCE: Final = bytes([SILENCE])


class Tape:
    """Begins at its making; positions of the caller's are those of his sound, `first` is its next.

    Nothing here waits: `caller_says` costs a frame's copy and a look at the clock, and each second
    a cut. Times are the event loop's. What waits is bounded (`caller_track.MOST`).
    """

    def __init__(self, file: RecordingFile, first: int, *, holds_back: bool) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._caller = CallerTrack(first, holds_back=holds_back)
        self._bot: BotTrack[AudioPayload] = BotTrack()
        self._written = 0
        self._due = BATCH

    @property
    def is_over(self) -> bool:
        """Whether nothing is recorded any more."""
        return self._file.is_over

    # -- what is heard -----------------------------------------------------------------------------

    def caller_says(self, sound: bytes) -> None:
        """The caller's sound (mu-law), in order and without gaps."""
        caller = self._caller
        caller.hear(sound, self._at(self._loop.time()) - caller.length)
        if caller.waiting >= self._due:
            self._write(caller.take(self._now() - self._written))
            self._due = caller.waiting + BATCH

    def plays(self, payload: AudioPayload, starts_at: float, *, is_sensitive: bool) -> None:
        """The caller hears this from that time on."""
        start = self._at(starts_at)
        self._bot.play(payload, start, payload.samples, is_sensitive=is_sensitive)

    def cut(self, at: float) -> None:
        """He hears nothing more of what was sent from that time on."""
        self._bot.cut(self._at(at))

    # -- what is sensitive -------------------------------------------------------------------------

    def asks(self, *, is_sensitive: bool) -> None:
        """What the caller says or presses from here on answers a sensitive question, or another."""
        self._caller.ask(is_sensitive=is_sensitive)

    def speech_started(self, samples: int) -> None:
        """The caller has begun to speak, so many samples ago."""
        self._caller.begin(self._caller.position - samples)

    def speech_ended(self) -> Held | None:
        """He has: return what `settle` wants, once it is known what he said."""
        return self._caller.end()

    def noise(self) -> None:
        """What had begun as speech was none."""
        held = self._caller.end()
        if held is not None:
            self.settle(held, is_sensitive=False)

    def settle(self, held: Held, *, is_sensitive: bool) -> None:
        """It is known what was said; or it never will be, which counts as sensitive."""
        self._caller.settle(held, is_sensitive=is_sensitive)

    def tone(self, start: int, end: int | None) -> None:
        """A key's tone lies there in the caller's sound; it still sounds where `end` is None."""
        self._caller.tone(start, end)

    # -- the end -----------------------------------------------------------------------------------

    def finish(self) -> None:
        """The call is over, or is not to be recorded any more."""
        caller = self._caller
        caller.finish()
        now = self._now()
        self._bot.cut(now)
        rest = caller.take(caller.length)
        self._write(rest + _SILENCE * (now - self._written - len(rest)))

    def _at(self, time: float) -> int:
        return round((time - self._origin) * SAMPLE_RATE)

    def _now(self) -> int:
        return self._at(self._loop.time())

    def _write(self, caller: bytes) -> None:
        if not caller:
            return
        until = self._written + len(caller)
        parts, private = self._bot.take(self._written, until)
        if private:
            silenced = bytearray(caller)
            for start, end in private:
                silenced[start:end] = _SILENCE * (end - start)
            caller = bytes(silenced)
        self._written = until
        self._file.write(Batch(caller, parts))
