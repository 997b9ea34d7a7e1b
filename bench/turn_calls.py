"""The calls of the measure, ready to be led: what each caller says, as sound, and what is behind.

Pure but for the voices, which are kept in a folder: the same seed makes the same calls.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench import turn_sound as sounds
from bench.turn_lines import LONG, Chance, Line, script
from bench.turn_sound import SPEECH_LEVEL, Bounds, bounds
from bench.turn_voices import Studio, Voice
from runtime.audio.mulaw import Samples
from runtime.carrier.line import LineFaults

BEHIND_SECONDS = 60.0
"""What is behind a caller begins anew after so long."""
BAD_LINE = LineFaults(loss=0.05, duplicate=0.02, reorder=0.02, jitter=0.03)
UH_HUH = ("Uh-huh.", "Mm-hmm.", "Okay.")
RADIO = (
    "And now the news at noon. The council has decided to build a new library in the old town, "
    "and work will begin in spring. A lorry has lost its load of apples on the coast road, where "
    "traffic is slow in both directions. In football, the home team won by three goals to one. "
    "Tomorrow will be cloudy in the morning, with some sun later and a light wind from the west."
)
ROOM = (
    "So I told her that we would never get there before eight, and she only laughed at me.",
    "Two coffees and a piece of the apple cake, please, and the bill when you have a moment.",
    "He has been working on that boat for three years now, and it still does not float.",
    "They say the new manager wants all the desks moved to the other side of the building.",
    "If you take the second road on the right, you will see the tower behind the trees.",
    "My sister rang from the airport, her plane is late again, so we have another two hours.",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A line as sound."""

    line: Line
    text: str
    """What is said, for the transcript."""
    sound: Samples
    speech: Bounds
    """Where the clean sound is speech."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Something that is not said to the bot, `after` so many seconds of its speech."""

    what: str
    after: float
    sound: Samples


@dataclass(frozen=True)
class PlannedCall:
    """A call to be led."""

    name: str
    condition: str
    voice: str
    lines: Mapping[str, tuple[Said, ...]]
    """By state of the bot."""
    behind: Samples
    """Goes on from the answer to the end, over and over."""
    noises: Mapping[str, tuple[Noise, ...]] = field(default_factory=dict)
    faults: LineFaults = field(default_factory=LineFaults)
    seed: int = 0
    """Of the line's faults and of the caller's moments."""


Behind = Callable[[Studio, Chance], Samples]
Speech = Callable[[Samples, Chance], Samples]


@dataclass(frozen=True, slots=True)
class Condition:
    """How calls of one kind sound."""

    name: str
    behind: Behind
    speech: Speech = lambda sound, _: sound
    faults: LineFaults = field(default_factory=LineFaults)
    has_noises: bool = False
    has_long_pauses: bool = False
    weight: int = 1
    """So many times as many calls as others: a target is measured here."""


def _idle(_: Studio, chance: Chance) -> Samples:
    return sounds.white(BEHIND_SECONDS, sounds.IDLE_LEVEL, chance)


def _pink(snr: float) -> Behind:
    return lambda _, chance: sounds.pink(BEHIND_SECONDS, SPEECH_LEVEL - snr, chance)


def _room(studio: Studio, chance: Chance) -> Samples:
    voices = [
        studio.speak(Voice("room", "hibari", 0.9 + 0.05 * each, 0.8 + 0.08 * each), text)
        for each, text in enumerate(ROOM)
    ]
    babble = sounds.voices_behind(voices, BEHIND_SECONDS, SPEECH_LEVEL - 10, chance)
    return babble + _idle(studio, chance)


def _radio(studio: Studio, chance: Chance) -> Samples:
    voice = studio.speak(Voice("radio", "hibari", 1.05, 0.88), RADIO)
    radio = sounds.voices_behind([voice], BEHIND_SECONDS, SPEECH_LEVEL - 15, chance)
    return radio + _idle(studio, chance)


CONDITIONS = {
    each.name: each
    for each in (
        Condition("clean", _idle, weight=2),
        Condition("noise-20", _pink(20)),
        Condition("noise-10", _pink(10), weight=3),
        Condition("noise-5", _pink(5)),
        Condition("babble-10", _room),
        Condition("radio-15", _radio),
        Condition("whisper", _idle, speech=sounds.whispered),
        Condition("stammer", _idle, speech=sounds.stammered),
        Condition("bad-line", _idle, faults=BAD_LINE),
        Condition("sounds", _idle, has_noises=True),
        Condition("slow", _idle, has_long_pauses=True),
    )
}


def planned(
    studio: Studio, voices: Sequence[Voice], condition: Condition, number: int, seed: int
) -> PlannedCall:
    """Return the `number`th call under a condition; every second one barges in."""
    own = zlib.crc32(f"{condition.name} {number} {seed}".encode())
    chance = np.random.default_rng(own)
    # Conditions are compared: their callers of one number are the same ones.
    voice = voices[(number + seed) % len(voices)]
    lines = script(
        np.random.default_rng((number, seed)),
        human=voice.engine == "human",
        barges=number % 2 == 1 and not condition.has_noises,
        long_pauses=condition.has_long_pauses,
    )
    return PlannedCall(
        f"{condition.name}-{number}",
        condition.name,
        voice.name,
        {state: tuple(_said(studio, voice, condition, line, chance) for line in some)
         for state, some in lines.items()},
        condition.behind(studio, chance),
        {state: tuple(_noises(studio, chance)) for state in LONG} if condition.has_noises else {},
        condition.faults,
        own,
    )  # fmt: skip


def _said(studio: Studio, voice: Voice, condition: Condition, line: Line, chance: Chance) -> Said:
    parts = [condition.speech(studio.speak(voice, part), chance) for part in line.parts]
    sound = sounds.joined(parts, line.pauses)
    text = " ".join(studio.words(voice, part) for part in line.parts)
    return Said(line, text, sound, bounds(sound))


def _noises(studio: Studio, chance: Chance) -> Iterator[Noise]:
    """Five of them in 20 s of the bot's speech, at least 1.5 s apart."""
    at = 2.0
    for what in chance.permutation(["cough", "cough", "click", "click", "uh-huh", "uh-huh"])[:5]:
        at += float(chance.uniform(1.5, 3.2))
        match what:
            case "cough":
                sound = sounds.cough(chance)
            case "click":
                sound = sounds.click(chance)
            case _:
                voice = Voice("heart", "hibari", float(chance.choice([0.95, 1.05])))
                sound = studio.speak(voice, str(chance.choice(UH_HUH)))
        yield Noise(str(what), at, sound)
