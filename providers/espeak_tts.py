"""Text to speech by the `espeak-ng` command: plain to hear, but there in a hundred languages.

The command is a program of its own (GPL-3.0), called as such.
"""

import asyncio
import shutil
import struct
from collections.abc import AsyncIterator, Mapping
from typing import Final

import numpy as np

from providers.base import ProviderError, ProviderMissing, Voice
from providers.loudness import for_the_line
from runtime.audio.resample import speech_to_mulaw

VOICES: Final[Mapping[str, str]] = {"en": "en-gb", "en-us": "en-us", "fr": "fr-fr", "zh": "cmn"}
"""Languages whose voice has another name; all the others are called by their own tag (hi, ta…)."""

_WORDS_PER_MINUTE = 165
_SLOWEST, _FASTEST = 80, 450
# -p goes from 0 to 99 around 50, an octave down and one up.
_PITCH_PER_SEMITONE = 50 / 12


class EspeakTextToSpeech:
    """One process for each text: 15 to 50 ms for a sentence of 95 letters.

    `command` is the program's name or path; a text that takes more than `timeout_seconds` fails.
    """

    name = "espeak"

    def __init__(self, *, command: str = "espeak-ng", timeout_seconds: float = 10.0) -> None:
        program = shutil.which(command)
        if program is None:
            raise ProviderMissing(
                f"Text to speech 'espeak' needs the program {command}: apt-get install espeak-ng",
                provider=self.name,
            )
        self._program = program
        self._timeout_seconds = timeout_seconds

    @property
    def fingerprint(self) -> str:
        """The program; its releases sound alike."""
        return "espeak-ng -20 dBFS"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio for the whole of `text`, in one piece. Raises `ProviderError`."""
        if not text.strip():
            return
        samples, rate = _read_wav(await self._run(text, voice))
        if audio := speech_to_mulaw(for_the_line(samples, rate), rate):
            yield audio

    async def warm(self) -> None:
        """Speak a word, so that the program's data is in memory."""
        async for _ in self.synthesize("one", Voice()):
            pass

    async def close(self) -> None:
        """Nothing stays open between texts."""

    async def _run(self, text: str, voice: Voice) -> bytes:
        process = await asyncio.create_subprocess_exec(
            self._program,
            *arguments(voice),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._timeout_seconds):
                wav, complaint = await process.communicate(text.encode())
        except TimeoutError as error:
            raise ProviderError("espeak-ng took too long", provider=self.name) from error
        finally:
            # Also where the call has ended in the meantime.
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            reason = complaint.decode(errors="replace").strip() or f"status {process.returncode}"
            raise ProviderError(f"espeak-ng failed: {reason}", provider=self.name, retryable=False)
        return wav


def arguments(voice: Voice) -> tuple[str, ...]:
    """The command's options; the text itself goes to its standard input."""
    language = voice.language.lower()
    short = language.partition("-")[0]
    rate = min(max(round(_WORDS_PER_MINUTE * voice.speaking_rate), _SLOWEST), _FASTEST)
    pitch = min(max(round(50 + voice.pitch * _PITCH_PER_SEMITONE), 0), 99)
    name = VOICES.get(language) or VOICES.get(short) or short
    return ("-v", name, "-s", str(rate), "-p", str(pitch), "-b", "1", "--stdin", "--stdout")


def _read_wav(wav: bytes) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], int]:
    """Samples and their rate. The sizes in the header are not true: it was written before them."""
    start = wav.find(b"data") + 8
    if wav[:4] != b"RIFF" or start < 44:
        raise ProviderError("espeak-ng gave no sound", provider="espeak", retryable=False)
    (rate,) = struct.unpack_from("<I", wav, 24)
    whole = len(wav) - (len(wav) - start) % 2
    return np.frombuffer(wav[start:whole], "<i2").astype(np.float32) / np.float32(32768), rate
