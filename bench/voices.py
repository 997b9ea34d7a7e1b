"""Speech and music without a key in it, as it would come over a telephone line.

Human voices are those of Debian's `asterisk-core-sounds-*-wav` (prompts of up to five speakers),
music is that of `asterisk-moh-opsound-wav`; what isn't installed is left out. Hibari and espeak-ng
speak the texts.
"""

import hashlib
import json
import re
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, product
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from providers.loudness import for_the_line
from runtime.audio.mulaw import SAMPLE_RATE, Samples, decode_float, encode
from runtime.audio.resample import to_8k

RECORDINGS: Final = Path("/usr/share/asterisk/sounds")
MUSIC: Final = Path("/usr/share/asterisk/moh")
DOCS: Final = Path(__file__).parents[1] / "docs"

_PITCHES = (1.0, 0.84, 1.19)
"""Three semitones down and up make other speakers of the same voice."""
_NOT_SPEECH = {"beep", "beeperr", "ascending-2tone", "descending-2tone", "tt-monkeys"}
_HIBARI_SPEEDS = (1.0, 0.8, 1.3)
_ESPEAK_VOICES = ("en-us", "en-gb+f3", "en-us+m3", "hi", "en-gb-scotland+f5", "en-us+croak", "ta")
_ESPEAK_SPEEDS = (120, 165, 240)
_ESPEAK_PITCHES = (20, 50, 85)
_ESPEAK_RATE = 22050
_WAV_HEADER = 44
_LONGEST_CLIP_SECONDS = 30


class Clip(NamedTuple):
    samples: Samples
    rate: int


def people(_: Sequence[str]) -> Iterator[Clip]:
    """Every recording of every speaker, at three pitches."""
    folders = [path for path in sorted(RECORDINGS.glob("*")) if not path.is_symlink()]
    paths = [path for folder in folders for path in folder.rglob("*.wav")]
    # No order of the alphabet: what is left out is of all kinds.
    paths.sort(key=lambda path: hashlib.sha256(str(path).encode()).digest())
    for pitch, path in product(_PITCHES, paths):
        if path.parent.name != "silence" and path.stem not in _NOT_SPEECH:
            clip = _read(path)
            yield Clip(clip.samples, round(clip.rate * pitch))


def music(_: Sequence[str]) -> Iterator[Clip]:
    """Music on hold."""
    for path in sorted(MUSIC.glob("*.wav")):
        samples, rate = _read(path)
        for at in range(0, len(samples), rate * _LONGEST_CLIP_SECONDS):
            yield Clip(samples[at : at + rate * _LONGEST_CLIP_SECONDS], rate)


def hibari(texts: Sequence[str]) -> Iterator[Clip]:
    """The local voice, at three speeds and three pitches."""
    import hibari as package

    voice = package.Hibari(threads=1)
    ways = cycle(product(_HIBARI_SPEEDS, _PITCHES))
    for text, (speed, pitch) in zip(texts, ways, strict=False):
        said = np.asarray(voice(text, speed=speed, seed=0), np.float32).ravel()
        yield Clip(said, round(package.SAMPLE_RATE * pitch))


def espeak(texts: Sequence[str]) -> Iterator[Clip]:
    """Seven voices, two of them of other languages, at three speeds and three pitches."""
    program = shutil.which("espeak-ng")
    ways = cycle(product(_ESPEAK_SPEEDS, _ESPEAK_PITCHES, _ESPEAK_VOICES))
    for text, (speed, pitch, voice) in zip(texts if program else (), ways, strict=False):
        command = [program or "", "-v", voice, "-s", str(speed), "-p", str(pitch)]
        said = subprocess.run(
            [*command, "--stdin", "--stdout"], input=text.encode(), capture_output=True, check=True
        ).stdout[_WAV_HEADER:]
        whole = np.frombuffer(said[: len(said) // 2 * 2], "<i2")
        yield Clip(whole.astype(np.float32) / np.float32(32768), _ESPEAK_RATE)


SOURCES: Final[dict[str, Callable[[Sequence[str]], Iterator[Clip]]]] = {
    "people": people,
    "hibari": hibari,
    "espeak": espeak,
    "music": music,
}


def line(source: str, seconds: float, texts: Sequence[str], keep: Path) -> bytes:
    """Up to `seconds` of one source, as mu-law; kept in the folder `keep` for the next time."""
    wanted = hashlib.sha256(repr((seconds, texts)).encode()).hexdigest()[:12]
    path = keep / f"{source}-{wanted}.ulaw"
    if not path.exists():
        sound = bytearray()
        for clip in SOURCES[source](texts):
            sound += over_the_line(clip)
            if len(sound) >= seconds * SAMPLE_RATE:
                break
        keep.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sound)
    return path.read_bytes()


def over_the_line(clip: Clip) -> bytes:
    """8 kHz, 300 to 3400 Hz, -20 dBFS where somebody speaks, mu-law."""
    spoken = for_the_line(clip.samples, clip.rate)
    samples = to_8k(spoken, clip.rate)
    if not len(samples):
        return b""
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    low = 1 / np.sqrt(1 + (300 / np.maximum(frequency, 1)) ** 8)
    high = 1 / np.sqrt(1 + (frequency / 3400) ** 8)
    return encode(np.fft.irfft(np.fft.rfft(samples) * low * high, len(samples)))


def noisy(sound: bytes) -> bytes:
    """Noise 15 dB below the speech."""
    samples = decode_float(sound)
    noise = np.random.default_rng(0).standard_normal(len(samples), np.float32)
    return encode(samples + noise * np.float32(0.1 * 10 ** (-15 / 20)))


def two_at_once(sound: bytes) -> bytes:
    """Two voices in one line."""
    samples = decode_float(sound)
    return encode((samples + np.roll(samples, len(samples) // 2)) * np.float32(0.8))


def clipped(sound: bytes) -> bytes:
    """Too loud for the microphone."""
    return encode(np.clip(decode_float(sound) * np.float32(6), -0.4, 0.4))


def quiet(sound: bytes) -> bytes:
    """20 dB quieter."""
    return encode(decode_float(sound) * np.float32(0.1))


def sentences(folder: Path | None) -> list[str]:
    """What is said in the JSON files of `folder`; without one, in the documentation."""
    if folder is None:
        pages = "\n".join(path.read_text() for path in sorted(DOCS.glob("*.md")))
        return re.findall(r"[A-Z][a-z][^.|`*#\n]{20,160}\.", pages)
    found = [text for path in sorted(folder.glob("*.json")) for text in _texts(path)]
    # Neighbours are alike in such files; the stride is a prime that no such file's length is of.
    return [found[number * 7919 % len(found)] for number in range(len(found))]


def _texts(path: Path) -> list[str]:
    found: list[str] = []
    unread: list[Any] = [json.loads(path.read_bytes())]
    while unread:
        match unread.pop():
            case str() as text if " " in text:
                found.append(text)
            case list() as values:
                unread += values
            case dict() as values:
                unread += values.values()
    return found


def _read(path: Path) -> Clip:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return Clip(samples.astype(np.float32) / np.float32(32768), file.getframerate())
