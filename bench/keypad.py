"""Keys pressed in all the ways of ITU-T Q.24, and how many of them the detector hears once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from runtime.audio.dtmf import KEYS, Digit, DigitEnded, ToneDetector, hear_all
from runtime.audio.mulaw import FRAME, SAMPLE_RATE, encode

LOW: Final = dict(zip(KEYS, np.repeat([697, 770, 852, 941], 4).tolist(), strict=True))
HIGH: Final = dict(zip(KEYS, [1209, 1336, 1477, 1633] * 4, strict=True))

LENGTHS: Final = (40, 50, 65, 100)
LEVELS: Final = (-25, -18, -10, -3)
TWISTS: Final = (4, 0, -8)
OFFSETS: Final = {
    "as they are": (0.0, 0.0),
    "+1.5 +1.5 %": (0.015, 0.015),
    "+1.5 -1.5 %": (0.015, -0.015),
    "-1.5 +1.5 %": (-0.015, 0.015),
    "-1.5 -1.5 %": (-0.015, -0.015),
}
NOISES: Final = {"clean": None, "noise, 15 dB": 15.0}
TOO_FAR: Final = tuple(o for o in product((-0.035, 0.0, 0.035), repeat=2) if o != (0.0, 0.0))

_LOUDEST = -3
_GAP_MS = (40, 100)


@dataclass(frozen=True, slots=True)
class Way:
    """How keys are pressed: ms; dBm0 of the weaker tone; high over low tone in dB; shares by which
    the two frequencies are off; noise in dB below the pair; a hole (start and length in ms).
    """

    ms: float
    level_db: float = -10
    twist_db: float = 0
    offsets: tuple[float, float] = (0.0, 0.0)
    snr_db: float | None = None
    hole: tuple[float, float] = (0, 0)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A line on which keys were pressed: its mu-law, and each key with its first sample."""

    sound: bytes
    keys: tuple[tuple[str, int], ...]
    samples: int


def press(way: Way, draw: np.random.Generator, times: int = 1) -> Pressed:
    """Each key so many times, in any order, phases and places by chance, 40 to 100 ms apart."""
    low, high = _amplitudes(way)
    parts = [_gap(draw)]
    keys, at = [], len(parts[0])
    for key in draw.permutation(list(KEYS) * times).tolist():
        tone = _tone(way, key, draw, low, high)
        keys.append((key, at))
        parts += [tone, _gap(draw)]
        at += len(parts[-1]) + len(tone)
    line = np.concatenate([*parts, np.zeros(SAMPLE_RATE // 10)])
    if way.snr_db is not None:
        power = (low**2 + high**2) / 2 * 10 ** (-way.snr_db / 10)
        line += draw.standard_normal(len(line)) * power**0.5
    return Pressed(encode(line), tuple(keys), _samples(way.ms))


def hear(lines: Sequence[bytes]) -> list[list[Digit | DigitEnded]]:
    """What detectors tell of lines, which come in frames as the carrier's do."""
    detectors = [ToneDetector() for _ in lines]
    told: list[list[Digit | DigitEnded]] = [[] for _ in lines]
    for at in range(0, max(map(len, lines), default=0), FRAME):
        events = hear_all(detectors, [line[at : at + FRAME] for line in lines])
        for of_one, heard in zip(told, events, strict=True):
            of_one += heard
    return told


def heard_once(pressed: Pressed, told: Iterable[Digit | DigitEnded]) -> int:
    """How many keys were told once, and no other in their time."""
    starts = [(event.key, event.start) for event in told if isinstance(event, Digit)]
    lead = FRAME // 2
    found = 0
    for key, at in pressed.keys:
        here = [k for k, start in starts if at - lead <= start < at + pressed.samples]
        found += here == [key]
    return found


def recognition(ways: Sequence[Way], draw: np.random.Generator, times: int) -> list[float]:
    """Percent of the keys that are heard once, for each way."""
    lines = [press(way, draw, times) for way in ways]
    told = hear([line.sound for line in lines])
    return [
        100 * heard_once(line, events) / len(line.keys)
        for line, events in zip(lines, told, strict=True)
    ]


def told_at_all(ways: Sequence[Way], draw: np.random.Generator, times: int) -> float:
    """Percent of all the keys that are told, right or wrong."""
    lines = [press(way, draw, times) for way in ways]
    told = sum(
        isinstance(event, Digit) for of_one in hear([x.sound for x in lines]) for event in of_one
    )
    return 100 * told / sum(len(line.keys) for line in lines)


def print_matrix(times: int = 10) -> None:
    """Print what is heard, what must not be, and which holes split a key."""
    draw = np.random.default_rng(1)
    ways = dict(_q24())
    found = dict(zip(ways, recognition(list(ways.values()), draw, times), strict=True))
    pressed = len(found) * len(KEYS) * times
    print(f"\n% of {pressed} keys, and of the worst level and twist, heard once")
    print(f"{'ms':>4}  {'':<13}" + "".join(f"{name:>16}" for name in OFFSETS))
    for ms, noise in product(LENGTHS, NOISES):
        cells = (
            [of for at, of in found.items() if at[:3] == (ms, noise, name)] for name in OFFSETS
        )
        row = "".join(f"{np.mean(cell):>9.2f} {min(cell):>6.1f}" for cell in cells)
        print(f"{ms:>4}  {noise:<13}{row}")
    _print_row("Keys of each level, %", LEVELS, lambda level: _mean(found, 3, level))
    _print_row("Keys of each twist, %", TWISTS, lambda twist: _mean(found, 4, twist))
    _print_row("Keys of each length in ms, %", (20, 23, 25, 30, 35, 40), _of_length(draw, times))
    _print_row("Keys that are 3.5 % off, %, by ms", (40, 65, 200), _too_far(draw, times))
    _print_row("Keys of 50 ms in noise of dB, %", (15, 12, 9, 6), _in_noise(draw, times))
    _print_row("Keys split by a hole, %, by ms", (10, 20, 25, 30, 35, 40), _split(draw, times))


def _q24() -> Iterator[tuple[tuple[float, str, str, float, float], Way]]:
    for ms, noise, name, level, twist in product(LENGTHS, NOISES, OFFSETS, LEVELS, TWISTS):
        way = Way(ms, level, twist, OFFSETS[name], NOISES[noise])
        yield (ms, noise, name, level, twist), way


def _mean(found: dict[tuple[float, str, str, float, float], float], place: int, of: float) -> float:
    return float(np.mean([share for at, share in found.items() if at[place] == of]))


def _of_length(draw: np.random.Generator, times: int) -> Callable[[float], float]:
    def of(ms: float) -> float:
        ways = [Way(ms, level, 0, (0, 0), noise) for level in LEVELS for noise in NOISES.values()]
        return told_at_all(ways, draw, times)

    return of


def _too_far(draw: np.random.Generator, times: int) -> Callable[[float], float]:
    return lambda ms: told_at_all([Way(ms, offsets=offsets) for offsets in TOO_FAR], draw, times)


def _in_noise(draw: np.random.Generator, times: int) -> Callable[[float], float]:
    def of(snr_db: float) -> float:
        ways = [Way(50, -10, twist, snr_db=snr_db) for twist in TWISTS]
        return float(np.mean(recognition(ways, draw, times)))

    return of


def _split(draw: np.random.Generator, times: int) -> Callable[[float], float]:
    def of(ms: float) -> float:
        ways = [Way(120 + ms, -10, 0, o, 15, (60, ms)) for o in OFFSETS.values()]
        return 100 - float(np.mean(recognition(ways, draw, times)))

    return of


def _print_row(what: str, values: Sequence[float], of: Callable[[float], float]) -> None:
    print(f"{what:<36}" + "".join(f"{value:>6}: {of(value):<7.2f}" for value in values))


def _amplitudes(way: Way) -> tuple[float, float]:
    """Of the low and the high tone; no tone is louder than -3 dBm0, so that the pair fits."""
    weaker = min(way.level_db, _LOUDEST - abs(way.twist_db))
    low = weaker + max(0, -way.twist_db)
    # A full-scale sine is 3.17 dBm0 (G.711).
    return 10 ** ((low - 3.17) / 20), 10 ** ((low + way.twist_db - 3.17) / 20)


def _tone(
    way: Way, key: str, draw: np.random.Generator, low: float, high: float
) -> npt.NDArray[np.float64]:
    turns = 2 * np.pi * np.arange(_samples(way.ms)) / SAMPLE_RATE
    off_low, off_high = way.offsets
    tone = low * np.sin(LOW[key] * (1 + off_low) * turns + draw.uniform(0, 7))
    tone += high * np.sin(HIGH[key] * (1 + off_high) * turns + draw.uniform(0, 7))
    start, length = way.hole
    tone[_samples(start) : _samples(start + length)] = 0
    return tone


def _gap(draw: np.random.Generator) -> npt.NDArray[np.float64]:
    return np.zeros(draw.integers(*map(_samples, _GAP_MS)))


def _samples(ms: float) -> int:
    return round(SAMPLE_RATE * ms / 1000)
