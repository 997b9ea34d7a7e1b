"""Human recordings that a Debian package brings, as they would come over a telephone line.

`apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-wav`: the prompts of a
professional speaker and what she says (Allison Smith, CC-BY-SA-3.0).
"""

import gzip
import re
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from runtime.audio import mulaw, resample

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TRANSCRIPTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")

Samples = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    audio: bytes
    text: str


class HumanRecordings:
    def __init__(self) -> None:
        with gzip.open(TRANSCRIPTS, "rt") as lines:
            pairs = (line.strip().partition(": ") for line in lines if line[:1] not in (";", "\n"))
            self._texts = {name: text for name, _, text in pairs}

    def get(self, name: str, snr: float | None = None) -> Recording:
        with wave.open(str(SOUNDS / f"{name}.wav")) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            rate = file.getframerate()
        samples = pcm.astype(np.float32) / np.float32(32768)
        return Recording(name, over_the_line(samples, rate, snr), self._texts[name])


def over_the_line(samples: Samples, rate: int, snr: float | None = None) -> bytes:
    """8 kHz, 300 to 3400 Hz, -20 dBFS, noise at `snr` dB, mu-law; a moment of quiet around it."""
    quiet = np.zeros(rate // 3, np.float32)
    line = resample.to_8k(np.concatenate((quiet, samples, quiet)), rate)
    frequency = np.fft.rfftfreq(len(line), 1 / mulaw.SAMPLE_RATE)
    low = 1 / np.sqrt(1 + (300 / np.maximum(frequency, 1)) ** 8)
    high = 1 / np.sqrt(1 + (frequency / 3400) ** 8)
    line = np.fft.irfft(np.fft.rfft(line) * low * high, len(line))
    active = line[np.abs(line) > 0.02 * np.abs(line).max()]
    line *= 0.1 / np.sqrt(np.mean(active**2))
    if snr is not None:
        noise = np.random.default_rng(0).standard_normal(len(line))
        line += noise * 0.1 * 10 ** (-snr / 20)
    return mulaw.encode(line)


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_errors(expected: str, heard: str) -> int:
    """Words to change, to add or to leave out (Levenshtein)."""
    wanted, given = words(expected), words(heard)
    row = list(range(len(given) + 1))
    for number, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(given, 1):
            least = min(row[column] + 1, row[column - 1] + 1, diagonal + (word != other))
            diagonal, row[column] = row[column], least
    return row[-1]
