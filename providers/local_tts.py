"""Text to speech on this machine: hibari, with the English voice that its package brings."""

import asyncio
import re
import threading
import unicodedata
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import hibari
import numpy as np
import numpy.typing as npt
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from providers.base import ProviderError, Voice
from providers.loudness import for_the_line
from runtime.audio.resample import speech_to_mulaw

RATES: Final = (0.5, 2.0)
"""The slowest and the fastest the voice can speak, against its usual pace."""

# The voice reads "₹500" well, but "Rs. 500" as two letters.
_RUPEES = re.compile(r"\bRs\b\.?\s*(?=\d)", re.IGNORECASE)


class LocalTextToSpeech:
    """hibari's voice `heart`; other voices would be downloaded, so `Voice.name` is not looked at.

    Sentences of all calls take turns in one thread: a sentence takes 1 to 4 % of the time that it
    lasts. `threads` is how many processors work on one sentence.
    """

    name = "local"

    def __init__(self, *, threads: int = 1) -> None:
        if threads < 1:
            raise ValueError("threads must be 1 or more")
        self._threads = threads
        self._loading = threading.Lock()
        self._hibari: hibari.Hibari | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="tts")

    @property
    def fingerprint(self) -> str:
        """The voice and its release, and how it is brought onto the line."""
        return f"hibari {hibari.__version__} heart -20 dBFS"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio, sentence by sentence. Raises `ProviderError`."""
        loop = asyncio.get_running_loop()
        sentences = self._sentences(text, voice)
        while audio := await loop.run_in_executor(self._pool, next, sentences, b""):
            yield audio

    async def warm(self) -> None:
        """Load the voice and speak one sentence: the first takes up to a second."""
        async for _ in self.synthesize("One moment, please.", Voice()):
            pass

    async def close(self) -> None:
        """End the thread, after the sentence it is at."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _sentences(self, text: str, voice: Voice) -> Iterator[bytes]:
        """Audio of each sentence, never empty; runs in the thread, from the first `next` on."""
        check_speakable(text)
        speed = min(max(voice.speaking_rate, RATES[0]), RATES[1])
        try:
            for sentence in self._stream(_RUPEES.sub("₹", text), speed):
                audio = speech_to_mulaw(
                    for_the_line(sentence, hibari.SAMPLE_RATE), hibari.SAMPLE_RATE
                )
                if audio:
                    yield audio
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise ProviderError(f"the voice failed: {error}", provider=self.name) from error

    def _stream(self, text: str, speed: float) -> Iterator[npt.NDArray[np.float32]]:
        with self._loading:
            if self._hibari is None:
                self._hibari = hibari.Hibari(threads=self._threads)
        # A fixed seed: the same text sounds the same, so a cached clip is as good as a fresh one.
        yield from self._hibari.stream(text, speed=speed, seed=0)


def check_speakable(text: str) -> None:
    """Raise `ProviderError` where `text` has letters that an English voice would leave out."""
    for letter in text:
        if letter.isalpha():
            script = unicodedata.name(letter, "unknown").split()[0]
            if script not in ("LATIN", "FEMININE", "MASCULINE"):
                raise ProviderError(
                    f"The local voice speaks English; it cannot read {script.title()} letters.",
                    provider="local",
                    retryable=False,
                )
