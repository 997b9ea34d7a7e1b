"""The callers' voices: synthesised once and kept in a folder, or a human's from recordings."""

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bench.server import NotMeasurable
from bench.turn_sound import joined, on_the_line, trimmed
from runtime.audio.mulaw import Samples
from runtime.carrier import wav

RECORDINGS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
"""Debian's asterisk-core-sounds-en-wav: Allison Smith, CC-BY-SA-3.0."""
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")

BETWEEN = 0.06
"""Seconds between a human's words that were recorded one by one."""

HIBARI_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Voice:
    """Who calls: an engine, how fast it speaks, and how much higher than by itself."""

    name: str
    engine: str
    """hibari, espeak or human"""
    speed: float = 1.0
    pitch: float = 1.0


VOICES = (
    Voice("heart", "hibari"),
    Voice("deep", "hibari", 0.95, 0.82),
    Voice("human", "human"),
    Voice("small", "hibari", 1.05, 1.14),
    Voice("hasty", "hibari", 1.25),
    Voice("espeak", "espeak", 1.0),
    Voice("slow", "hibari", 0.85, 0.9),
)
"""hibari brings one voice; played slower or faster it has another pitch and another throat."""


@dataclass(frozen=True)
class Studio:
    """Speaks the callers' parts; every synthesis is kept in `folder`."""

    folder: Path

    def voices(self) -> tuple[Voice, ...]:
        """Return the voices that this machine has. Raises `NotMeasurable` where it has none."""
        here = {
            "hibari": find_spec("hibari") is not None,
            "espeak": shutil.which("espeak-ng") is not None,
            "human": RECORDINGS.is_dir() and TRANSCRIPTS.is_file(),
        }
        if not here["hibari"]:
            raise NotMeasurable("callers need a voice: pip install 'callwright[local]'")
        return tuple(voice for voice in VOICES if here[voice.engine])

    def speak(self, voice: Voice, text: str) -> Samples:
        """Return the text as a telephone brings it, without idle ends.

        A human's `text` names recordings, with `+` between them.
        """
        if voice.engine == "human":
            parts = [_recorded(RECORDINGS / f"{name}.wav") for name in text.split("+")]
            return joined([on_the_line(part, 8000) for part in parts], [BETWEEN] * len(parts[1:]))
        samples, rate = self._kept(voice, text)
        return trimmed(on_the_line(samples, rate, voice.pitch))

    def words(self, voice: Voice, text: str) -> str:
        """Return what is said: a human's recordings have their own words."""
        if voice.engine != "human":
            return text
        return " ".join(self._transcripts[name].rstrip(".") for name in text.split("+"))

    @cached_property
    def _transcripts(self) -> dict[str, str]:
        with gzip.open(TRANSCRIPTS, "rt") as lines:
            pairs = (line.strip().partition(": ") for line in lines if line[:1] != ";")
            return {name: text for name, _, text in pairs}

    def _kept(self, voice: Voice, text: str) -> tuple[Samples, int]:
        # The pitch is made by playing it faster: spoken so much slower, it lasts as long.
        speed = voice.speed / voice.pitch
        key = hashlib.sha256(f"{voice.engine} {speed:.3f} {text}".encode()).hexdigest()[:24]
        path = self.folder / f"{key}.npz"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            samples, rate = _ENGINES[voice.engine](text, speed)
            new = path.with_suffix(".new.npz")
            np.savez(new, samples=samples.astype(np.float32), rate=rate)
            new.replace(path)
        with np.load(path) as kept:
            return kept["samples"], int(kept["rate"])


@cache
def _loaded_hibari() -> Any:
    # Loaded only where something is not in the folder yet: it takes a second.
    import hibari

    return hibari.Hibari(threads=1)


def _hibari(text: str, speed: float) -> tuple[Samples, int]:
    return np.concatenate(list(_loaded_hibari().stream(text, speed=speed, seed=0))), HIBARI_RATE


def _espeak(text: str, speed: float) -> tuple[Samples, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        rate = str(round(165 * speed))
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", rate, "-w", path, text], check=True)
        return _pcm(path)


def _recorded(path: Path) -> Samples:
    return _pcm(path)[0]


def _pcm(path: Path) -> tuple[Samples, int]:
    file = wav.parse(path.read_bytes())
    return np.frombuffer(file.data, "<i2").astype(np.float32) / np.float32(32768), file.rate


_ENGINES: dict[str, Callable[[str, float], tuple[Samples, int]]] = {
    "hibari": _hibari,
    "espeak": _espeak,
}
