"""What a recogniser makes of utterances: a rough imitation, or real speech and recognition."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from providers.base import Hints, Voice
from providers.local_stt import LocalSpeechToText
from providers.local_tts import LocalTextToSpeech
from runtime.audio.mulaw import decode_float, encode

HOMOPHONES: Final = {
    "to": "two", "for": "four", "my": "by", "i": "a", "is": "as", "the": "a", "a": "the",
    "would": "wood", "are": "our", "their": "there", "there": "their", "you": "your",
    "your": "you", "our": "hour", "by": "buy", "buy": "by", "know": "no", "no": "know",
    "need": "knead", "new": "knew", "right": "write", "write": "right", "see": "sea",
    "where": "wear", "wait": "weight", "way": "weigh", "week": "weak", "pay": "bay",
    "card": "cart", "bill": "bell", "fare": "fair", "male": "mail", "rate": "great",
    "can": "can't", "how": "now", "what": "watch", "and": "in", "in": "and", "on": "an",
    "it": "at", "time": "dime", "book": "look", "call": "cold", "change": "chains",
    "account": "a count", "today": "to day", "please": "police", "tell": "sell",
}  # fmt: skip
"""Pairs that sound the same, or nearly, over a telephone."""

_SWAPPED = 0.25
_LOST = 0.05
_CUT = 0.1

_QUIET_SAMPLES = 2400
_SPEECH_RMS = 0.1


def imitate(texts: Sequence[str], seed: int) -> list[str]:
    """Swap a quarter of the words that have a homophone, lose a twentieth, cut a first word off."""
    draw = np.random.default_rng(seed)
    return [_misheard(text.split(), draw) for text in texts]


def _misheard(words: list[str], draw: np.random.Generator) -> str:
    if len(words) > 2 and draw.random() < _CUT:
        words = words[1:]
    swapped = [
        HOMOPHONES[word] if word in HOMOPHONES and draw.random() < _SWAPPED else word
        for word in words
    ]
    left = [word for word in swapped if draw.random() >= _LOST]
    return " ".join(left or swapped)


def speak_and_recognise(
    texts: Sequence[str], snr: float, seed: int, progress: Callable[[str], None]
) -> list[str]:
    """Say each text, add white noise at `snr` dB, send it through mu-law and recognise it."""
    return asyncio.run(_recognise(texts, snr, seed, progress))


async def _recognise(
    texts: Sequence[str], snr: float, seed: int, progress: Callable[[str], None]
) -> list[str]:
    draw = np.random.default_rng(seed)
    speaker, recogniser = LocalTextToSpeech(), LocalSpeechToText()
    heard: list[str] = []
    try:
        for number, text in enumerate(texts, 1):
            voice = Voice(speaking_rate=float(draw.uniform(0.9, 1.3)))
            sound = b"".join([piece async for piece in speaker.synthesize(text, voice)])
            line = _noisy(sound, snr, draw)
            heard.append((await recogniser.transcribe(line, Hints())).text)
            if number % 10 == 0:
                progress(f"spoken and recognised: {number} of {len(texts)}")
    finally:
        await speaker.close()
        await recogniser.close()
    return heard


def _noisy(sound: bytes, snr: float, draw: np.random.Generator) -> bytes:
    quiet = np.zeros(_QUIET_SAMPLES, dtype=np.float32)
    line = np.concatenate([quiet, decode_float(sound), quiet])
    line *= _SPEECH_RMS / np.sqrt(np.mean(line[np.abs(line) > 0.02 * np.abs(line).max()] ** 2))
    noise = draw.standard_normal(len(line)) * _SPEECH_RMS * 10 ** (-snr / 20)
    return encode((line + noise).astype(np.float32))
