"""One sentence through a provider: whether it works from here, and how long it takes."""

import time
from dataclasses import dataclass

from providers.base import (
    Hints,
    LanguageModel,
    ModelMessage,
    ProviderError,
    SpeechToText,
    TextToSpeech,
    Voice,
)
from runtime.audio.mulaw import duration

SENTENCE = "Your appointment is tomorrow at half past nine."
QUESTION = ModelMessage("user", "Answer with one short sentence: how are you?")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; times in seconds since the request."""

    first: float | None = None
    """Until the first sound or word."""
    whole: float | None = None
    result: str = ""
    sound: bytes = b""
    """What a voice has said, mu-law."""
    error: str = ""


async def try_voice(voice: TextToSpeech) -> Trial:
    """Let it speak the sentence."""
    begun, first, sound = time.perf_counter(), None, bytearray()
    try:
        async for piece in voice.synthesize(SENTENCE, Voice()):
            first = time.perf_counter() - begun if first is None else first
            sound += piece
    except ProviderError as error:
        return Trial(error=error.message)
    whole = time.perf_counter() - begun
    return Trial(first, whole, f"{duration(sound):.1f} s of speech", bytes(sound))


async def try_recogniser(recogniser: SpeechToText, sound: bytes) -> Trial:
    """Let it hear the sentence (mu-law)."""
    begun = time.perf_counter()
    try:
        transcript = await recogniser.transcribe(sound, Hints())
    except ProviderError as error:
        return Trial(error=error.message)
    taken = time.perf_counter() - begun
    return Trial(taken, taken, transcript.text or "(nothing was heard)")


async def try_model(model: LanguageModel) -> Trial:
    """Ask it something."""
    begun, first, words = time.perf_counter(), None, ""
    try:
        async for piece in model.answer((QUESTION,), ()):
            if isinstance(piece, str):
                first = time.perf_counter() - begun if first is None else first
                words += piece
    except ProviderError as error:
        return Trial(error=error.message)
    return Trial(first, time.perf_counter() - begun, " ".join(words.split()))
