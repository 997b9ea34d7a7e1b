"""A message that the caller leaves: from the tone to his silence, kept as a WAV file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from runtime.audio.mulaw import SAMPLE_RATE, duration
from runtime.carrier import wav

SILENCE_SECONDS: Final = 4.0
"""So much silence ends a message; people who leave one think longer than those who answer."""

NOTHING_SECONDS: Final = 8.0
"""So long after the tone without a word there will be none."""


class Recorder:
    """Takes one call's messages, one at a time. Times are the call's own sound, in seconds."""

    def __init__(self, folder: Path, call: str, done: Callable[[int, str, float], None]) -> None:
        self._folder = folder
        self._call = call
        self._done = done
        self._errand = 0
        self._up_to = 0.0
        self._sound = bytearray()
        self._spoken_until: float | None = None
        self._is_speaking = False
        self._count = 0

    @property
    def is_on(self) -> bool:
        """Whether a message is being recorded."""
        return self._errand != 0

    def start(self, errand: int, up_to: float) -> None:
        """Record from here on, `up_to` seconds at the most."""
        self._errand, self._up_to = errand, up_to
        self._sound.clear()
        self._spoken_until, self._is_speaking = None, False

    def hear(self, sound: bytes) -> None:
        """Take the caller's sound (mu-law)."""
        if not self._errand:
            return
        self._sound += sound
        seconds = duration(self._sound)
        if self._is_speaking:
            self._spoken_until = seconds
        quiet = SILENCE_SECONDS if self._spoken_until is not None else NOTHING_SECONDS
        if seconds >= self._up_to or seconds - (self._spoken_until or 0.0) >= quiet:
            self.stop()

    def speech(self, *, is_on: bool) -> None:
        """The caller has begun to speak, or ended."""
        self._is_speaking = is_on

    def stop(self) -> None:
        """End the message and keep it, if there is a word in it."""
        if not self._errand:
            return
        errand, self._errand = self._errand, 0
        has_words = self._spoken_until is not None
        seconds = self._spoken_until or 0.0
        sound = bytes(self._sound[: round((seconds + 0.5) * SAMPLE_RATE)])
        self._sound.clear()
        if not has_words:
            self._done(errand, "", 0.0)
            return
        self._count += 1
        path = self._folder / f"{self._call}-{self._count}.wav"
        loop = asyncio.get_running_loop()
        # At most a minute or so of sound: a thread writes it, and the call goes on at once.
        loop.run_in_executor(None, _write, path, sound)
        self._done(errand, str(path), seconds)


def _write(path: Path, sound: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav.mono(sound))
