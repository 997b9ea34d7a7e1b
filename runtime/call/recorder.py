"""A message that the caller leaves: from the tone to his silence, kept as a WAV file."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from runtime.audio.mulaw import SAMPLE_RATE, duration
from runtime.carrier import wav

SILENCE_SECONDS: Final = 4.0
"""So much silence ends a message; people who leave one think longer than those who answer."""

NOTHING_SECONDS: Final = 8.0
"""So long after the tone without a word there will be none."""

TAIL_SECONDS: Final = 0.5
"""Kept after the last word, which may end more softly than it is noticed."""

log = logging.getLogger(__name__)


class Recorder:
    """Takes one call's messages, one at a time. Times are the call's own sound, in seconds."""

    def __init__(self, folder: Path, call: str, done: Callable[[int, str, float], None]) -> None:
        self._folder = folder
        self._call = call
        self._done = done
        self._errand = 0
        self._up_to = 0.0
        self._tone = 0
        """Bytes of sound until the tone has ended."""
        self._sound = bytearray()
        self._spoken_until: float | None = None
        self._is_speaking = False
        self._count = 0

    @property
    def is_on(self) -> bool:
        """Whether a message is being recorded."""
        return self._errand != 0

    def start(self, errand: int, up_to: float, tone: float = 0.0) -> None:
        """Record, `up_to` seconds at the most; what is heard during the tone is left out."""
        self._errand, self._up_to = errand, up_to
        self._tone = round(tone * SAMPLE_RATE)
        self._sound.clear()
        self._spoken_until = None

    def hear(self, sound: bytes) -> None:
        """Take the caller's sound (mu-law)."""
        if not self._errand:
            return
        during_tone = min(self._tone, len(sound))
        self._tone -= during_tone
        self._sound += sound[during_tone:]
        seconds = duration(self._sound)
        if self._is_speaking and seconds:
            self._spoken_until = seconds
        quiet = SILENCE_SECONDS if self._spoken_until is not None else NOTHING_SECONDS
        if seconds >= self._up_to or seconds - (self._spoken_until or 0.0) >= quiet:
            self._end()

    def speech(self, *, is_on: bool) -> None:
        """The caller has begun to speak, or ended."""
        self._is_speaking = is_on

    def stop(self, errand: int) -> None:
        """End the message of that errand, if it is under way."""
        if errand == self._errand:
            self._end()

    def _end(self) -> None:
        """Keep the message, if there is a word in it."""
        errand, self._errand = self._errand, 0
        if self._spoken_until is None:
            self._done(errand, "", 0.0)
            return
        seconds = self._spoken_until
        sound = bytes(self._sound[: round((seconds + TAIL_SECONDS) * SAMPLE_RATE)])
        self._sound.clear()
        self._count += 1
        path = self._folder / f"{self._call}-{self._count}.wav"
        # At most a minute or so of sound: a thread writes it, and the call goes on.
        writing = asyncio.get_running_loop().run_in_executor(None, _write, path, sound)
        writing.add_done_callback(partial(self._written, errand, path, seconds))

    def _written(
        self, errand: int, path: Path, seconds: float, writing: "asyncio.Future[None]"
    ) -> None:
        try:
            writing.result()
        except OSError as error:
            facts = {"call": self._call, "why": error.strerror}
            log.error("message_not_kept", extra=facts)
            self._done(errand, "", 0.0)
        else:
            self._done(errand, str(path), seconds)


def _write(path: Path, sound: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav.mono(sound))
