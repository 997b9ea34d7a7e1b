"""What the bot says, as sound: synthesised once, kept by content, ready for the wire."""

import asyncio
import hashlib
import logging
import os
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from providers.base import ProviderError, TextToSpeech, Voice
from providers.fallback import FallbackTextToSpeech
from providers.ledger import Use, spent
from runtime.audio.mulaw import SAMPLE_RATE, duration, encode
from runtime.audio.pauses import cut_audio, last_pause
from runtime.audio.sentences import sentences
from runtime.call.recordings import Recording
from runtime.carrier.messages import LARGEST_AUDIO, AudioPayload

IN_MEMORY = 512
"""Clips ready for the wire; a sentence of 3 s takes 90 kB."""

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of speech that fits into one message."""

    payload: AudioPayload
    seconds: float
    words: str

    @classmethod
    def of(cls, audio: bytes, words: str) -> "tuple[Clip, ...]":
        """Make mu-law into clips, cut at its pauses where it is too long for one message."""
        pieces = cut_audio(audio, LARGEST_AUDIO) if len(audio) > LARGEST_AUDIO else [audio]
        clips: list[Clip] = []
        done, told = 0, 0
        for piece in pieces:
            done += len(piece)
            upto = share_of(words, done / len(audio))
            clips.append(cls(AudioPayload.of(piece), duration(piece), upto[told:].strip()))
            told = len(upto)
        return tuple(clips)

    def rest(self, seconds: float) -> "Clip":
        """Return what is to be said again after so much was heard: from the last pause before.

        Itself where there was no pause.
        """
        audio = self.payload.speech()
        cut = last_pause(audio, round(seconds * SAMPLE_RATE))
        if not cut:
            return self
        left = audio[cut:]
        known = share_of(self.words, cut / len(audio))
        words = " ".join(self.words.split()[len(known.split()) :])
        return Clip(AudioPayload.of(left), duration(left), words)


BEEP_HERTZ, BEEP_SECONDS = 1000.0, 0.4


@cache
def beep() -> Clip:
    """Return the tone after which a caller may leave his message."""
    at = np.arange(round(BEEP_SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    # Rising and falling within 20 ms, so that it does not click.
    swell = np.minimum(1.0, np.minimum(at, BEEP_SECONDS - at) / 0.02)
    (clip,) = Clip.of(encode(0.3 * swell * np.sin(2 * np.pi * BEEP_HERTZ * at)), "")
    return clip


def share_of(words: str, share: float) -> str:
    """Return the first part of `words`, whole words only: what was heard of its sound by then."""
    if share >= 1:
        return words
    known = words.split()
    return " ".join(known[: round(len(known) * share)])


class _GivenUp(Exception):  # noqa: N818 - it reads as what happened
    """Whoever began a synthesis was stopped."""


class Prompts:
    """Turns sentences into clips: from memory, from disk, or by synthesis (once at a time each).

    Only what a flow always says is kept on disk: a line with a caller's values in it is not. Of
    several voices each sentence is spoken by one, by the next where the first cannot: nothing of it
    has been heard before it is whole.
    """

    def __init__(self, folder: Path, *, limit_bytes: int, deadline: float) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._deadline = deadline
        self._clips: OrderedDict[str, tuple[Clip, ...]] = OrderedDict()
        self._under_way: dict[str, asyncio.Future[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    async def prepare(self, text: str, voice: Voice, tts: TextToSpeech) -> int:
        """Synthesise what is missing of a fixed text and keep it on disk; return how many."""
        made = 0
        for sentence in sentences(text):
            made += await _by(tts, partial(self._keep, sentence, voice))
        return made

    async def speak(self, text: str, voice: Voice, tts: TextToSpeech) -> AsyncGenerator[Clip]:
        """Yield the clips of `text`, sentence by sentence. Raises `ProviderError`."""
        for sentence in sentences(text):
            speaker = self._at_hand([sentence], voice, tts)
            for clip in await _by(speaker, partial(self._sentence, sentence, voice)):
                yield clip

    async def speak_whole(self, text: str, voice: Voice, tts: TextToSpeech) -> tuple[Clip, ...]:
        """Return `text` in as few clips as it fits into: a greeting is one message."""
        speaker = self._at_hand(sentences(text), voice, tts)
        return await _by(speaker, partial(self._whole, text, voice))

    def play(self, recording: Recording, words: str) -> tuple[Clip, ...]:
        """Return a recording's clips; `words` are what it says."""
        key = f"sound {recording.digest} {words}"
        if (clips := self._recall(key)) is not None:
            return clips
        return self._remember(key, Clip.of(recording.audio, words))

    async def trim(self) -> None:
        """Delete what was longest unused, down to the limit."""
        await asyncio.to_thread(_trim, self._folder, self._limit)

    def _at_hand(self, texts: Sequence[str], voice: Voice, tts: TextToSpeech) -> TextToSpeech:
        """The best voice where it has spoken it all before: it need not be asked, nor be up."""
        if not isinstance(tts, FallbackTextToSpeech):
            return tts
        keys = [_key(text, voice, tts.best) for text in texts]
        known = all(key in self._clips or self._path(key).exists() for key in keys)
        return tts.best if known else tts

    async def _keep(self, text: str, voice: Voice, tts: TextToSpeech) -> int:
        path = self._path(_key(text, voice, tts))
        if path.exists():
            return 0
        audio = await self._synthesise(text, voice, tts)
        await asyncio.to_thread(_write, path, audio)
        return 1

    async def _whole(self, text: str, voice: Voice, tts: TextToSpeech) -> tuple[Clip, ...]:
        key = f"whole {_key(text, voice, tts)}"
        if (clips := self._recall(key)) is not None:
            return clips
        audio = b"".join([await self._audio(x, voice, tts) for x in sentences(text)])
        return self._remember(key, Clip.of(audio, text))

    async def _sentence(self, text: str, voice: Voice, tts: TextToSpeech) -> tuple[Clip, ...]:
        key = _key(text, voice, tts)
        if (clips := self._recall(key)) is not None:
            return clips
        return self._remember(key, Clip.of(await self._audio(text, voice, tts), text))

    async def _audio(self, text: str, voice: Voice, tts: TextToSpeech) -> bytes:
        path = self._path(_key(text, voice, tts))
        try:
            # A clip is some 20 kB from the page cache: quicker than the way to a thread.
            audio = path.read_bytes()
        except FileNotFoundError:
            return await self._synthesise(text, voice, tts)
        os.utime(path)
        return audio

    async def _synthesise(self, text: str, voice: Voice, tts: TextToSpeech) -> bytes:
        key = _key(text, voice, tts)
        while (under_way := self._under_way.get(key)) is not None:
            try:
                return await asyncio.shield(under_way)
            except _GivenUp:
                continue
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._under_way[key] = future
        try:
            audio = await self._collect(text, voice, tts)
        except BaseException as exc:
            # Whoever waits with us gets an error of a vendor's; where it was we who were stopped,
            # the first of them begins anew.
            future.set_exception(exc if isinstance(exc, ProviderError) else _GivenUp())
            future.exception()
            raise
        else:
            future.set_result(audio)
            return audio
        finally:
            del self._under_way[key]

    async def _collect(self, text: str, voice: Voice, tts: TextToSpeech) -> bytes:
        audio = bytearray()
        try:
            async with asyncio.timeout(self._deadline):
                async for piece in tts.synthesize(text, voice):
                    if not audio:
                        spent(Use("tts", tts.name, characters=len(text)))
                    audio += piece
        except TimeoutError as exc:
            raise ProviderError("gave no sound in time", provider=tts.name) from exc
        if not audio:
            raise ProviderError("gave no sound", provider=tts.name)
        return bytes(audio)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.ulaw"

    def _recall(self, key: str) -> tuple[Clip, ...] | None:
        clips = self._clips.get(key)
        if clips is not None:
            self._clips.move_to_end(key)
        return clips

    def _remember(self, key: str, clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
        self._clips[key] = clips
        if len(self._clips) > IN_MEMORY:
            self._clips.popitem(last=False)
        return clips


async def _by(tts: TextToSpeech, speak: Callable[[TextToSpeech], Awaitable[T]]) -> T:
    """Speak with the one voice, or with the first that can: each has its own place in the cache."""
    return await (tts.first(speak) if isinstance(tts, FallbackTextToSpeech) else speak(tts))


def _key(text: str, voice: Voice, tts: TextToSpeech) -> str:
    named = f"{tts.name}|{tts.fingerprint}|{voice}|{text}"
    return hashlib.sha256(named.encode()).hexdigest()


def _write(path: Path, audio: bytes) -> None:
    # Another process may read the folder: a clip appears whole or not at all.
    draft = path.with_suffix(f".{os.getpid()}.draft")
    draft.write_bytes(audio)
    draft.replace(path)


def _trim(folder: Path, limit: int) -> None:
    clips = sorted(folder.glob("*.ulaw"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for path in clips:
        total += path.stat().st_size
        if total > limit:
            path.unlink(missing_ok=True)
            log.info("prompt_forgotten", extra={"file": path.name})
