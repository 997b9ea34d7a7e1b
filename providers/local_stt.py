"""Speech to text on this machine: Whisper, by default the tiny.en weights of a pinned package.

The vendor's two functions block, without Python's lock; they run in threads, so many calls are
heard at once and the event loop never waits.
"""

import asyncio
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from providers.base import Hints, ProviderError, Transcript
from providers.closed_set import MOST_NO_SPEECH, MOST_PHRASES, Scored, choose, form, spoken_outright
from providers.log_mel import RATE
from providers.whisper import LONGEST_SECONDS, Decoded, Encoded, Whisper
from providers.whisper_model import find_model
from runtime.audio import mulaw, pauses, resample

# What is written freely is dropped beyond these, which were chosen on 120 clips of noise (idle
# lines, hum, clicks, ring tones, breath), all with a `no_speech` of 0.43 and more, and on 60 short
# prompts: of 34 that are written rightly all are kept, and 16 of 20 with noise at 15 dB. The usual
# limit of -1.0 for the probability (its logarithm, the mean over very few tokens) lost 7 of the 34.
# Another 120 clips of the same kinds of noise gave no text either.
_MOST_NO_SPEECH = 0.3
_LEAST_LOG_PROBABILITY = -2.0

_SHORTEST_SAMPLES = mulaw.SAMPLE_RATE // 20


class LocalSpeechToText:
    """Whisper by CTranslate2.

    `model`: the folder of a model in CTranslate2's format, or its name on the Hugging Face hub;
    empty is the packaged one (English). `threads` work on one utterance (two were no faster than
    one on a busy machine of two processors), `simultaneous` utterances at a time (0: as many as the
    processors serve); further ones wait, first come, first served.
    `compute` is CTranslate2's compute type. `eager` also works in pauses that might be the end,
    where a processor is free.
    """

    name = "local"

    def __init__(
        self,
        *,
        model: str = "",
        threads: int = 1,
        simultaneous: int = 0,
        compute: str = "int8",
        eager: bool = True,
    ) -> None:
        if threads < 1 or simultaneous < 0:
            raise ValueError("threads must be 1 or more, simultaneous 0 or more")
        self.eager = eager
        self._model = model
        self._threads = threads
        self._simultaneous = simultaneous or max(1, (os.cpu_count() or 1) // threads)
        self._compute = compute
        self._loading = threading.Lock()
        self._whisper: Whisper | None = None
        self._pool = ThreadPoolExecutor(self._simultaneous, thread_name_prefix="stt")

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says; the empty text for noise. Raises `ProviderError`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._transcribe, utterance, hints
        )

    async def warm(self) -> None:
        """Load the model and recognise a moment of silence. Raises `ProviderMissing`."""
        await self.transcribe(bytes([mulaw.SILENCE]) * mulaw.SAMPLE_RATE, Hints())

    async def close(self) -> None:
        """End the threads, after what they are at."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        whisper = self._loaded()
        pieces = pauses.cut_audio(utterance, LONGEST_SECONDS * mulaw.SAMPLE_RATE)
        try:
            heard = [_recognise(whisper, piece, hints) for piece in pieces]
        except RuntimeError as error:  # CTranslate2 has no other.
            raise ProviderError(f"the recogniser failed: {error}", provider=self.name) from error
        said = [transcript for transcript in heard if transcript.text]
        if not said:
            return Transcript("", 0.0)
        return Transcript(
            " ".join(transcript.text for transcript in said),
            min(transcript.confidence for transcript in said),
        )

    def _loaded(self) -> Whisper:
        with self._loading:
            if self._whisper is None:
                self._whisper = Whisper(
                    find_model(self._model),
                    threads=self._threads,
                    simultaneous=self._simultaneous,
                    compute=self._compute,
                )
            return self._whisper


def _recognise(whisper: Whisper, utterance: bytes, hints: Hints) -> Transcript:
    if len(utterance) < _SHORTEST_SAMPLES:
        return Transcript("", 0.0)
    sound = whisper.encode(resample.from_8k(mulaw.decode_float(utterance), RATE))
    decoded = whisper.decode(sound, hints.language)
    if hints.closed and 0 < len(hints.phrases) <= MOST_PHRASES:
        expected = _expected(whisper, sound, decoded, hints)
        if expected is not None:
            return expected
    if decoded.no_speech > _MOST_NO_SPEECH or decoded.log_probability < _LEAST_LOG_PROBABILITY:
        return Transcript("", 0.0)
    return Transcript(decoded.text, math.exp(min(0.0, decoded.log_probability)))


def _expected(
    whisper: Whisper, sound: Encoded, decoded: Decoded, hints: Hints
) -> Transcript | None:
    if decoded.no_speech > MOST_NO_SPEECH:
        return None
    outright = spoken_outright(decoded, hints.phrases)
    if outright is not None:
        return outright
    texts = [whisper.tokens(form(phrase)) for phrase in hints.phrases]
    *phrases, free = whisper.score(sound, [*texts, decoded.tokens], hints.language)
    return choose(Scored(tuple(phrases), free), hints.phrases)
