"""Who is at the other end of the stand-in carrier's lines, and which of them a number reaches."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from runtime.carrier.line import LineFaults
from runtime.carrier.script import Manners, Say, Step


class Answer(StrEnum):
    """What becomes of a call to a phone."""

    PERSON = "person"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The carrier cannot set the call up, and opens no WebSocket."""


@dataclass(frozen=True, slots=True)
class RestFault:
    """What the REST API does wrong with an order for this number."""

    status: int = 500
    code: int = 1500
    reason: str = "Internal server error"
    delay: float = 0.0
    """Seconds until it answers."""
    breaks: bool = False
    """The connection breaks off in the middle of the answer."""
    places: bool = False
    """The call is placed all the same."""
    times: float = float("inf")
    """Only the first orders for a number fare so."""


@dataclass(frozen=True, slots=True)
class Person:
    """A phone and who answers it, or calls from it."""

    name: str
    answers: tuple[Answer, ...] = (Answer.PERSON,)
    """To the first call, the second …; the last one holds for all further calls."""
    rings: float = 2.0
    """Seconds."""
    picks_up: tuple[Step, ...] = ()
    """Said at once when a call is answered."""
    steps: tuple[Step, ...] = ()
    machine: tuple[Step, ...] = ()
    """What the voicemail plays."""
    hangs_up_after: float = float("inf")
    """Seconds from the answer."""
    waits_for_end: float = 60.0
    """Seconds from the script's end until the person hangs up."""
    manners: Manners = field(default_factory=Manners)
    faults: LineFaults = field(default_factory=LineFaults)
    breaks_after: float = float("inf")
    """Seconds from the answer until the line is lost."""
    rest: RestFault | None = None

    @property
    def can_call(self) -> bool:
        """Whether calls come from this phone, too."""
        return Answer.PERSON in self.answers


@dataclass(frozen=True, slots=True)
class Entry:
    """A person and the numbers that reach it: one, those of an ending, or a share of the rest."""

    person: Person
    number: str = ""
    ends_with: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What an order for a number meets."""

    person: Person
    answer: Answer
    fault: RestFault | None
    nth: int
    """Which order for this number it is, from 1."""


class People:
    """Finds who is reached; the same seed, the same people, whatever the order of the calls."""

    def __init__(self, entries: Sequence[Entry], seed: int = 0) -> None:
        self._entries = tuple(entries)
        self._seed = seed
        self._orders: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()

    def reach(self, mobile: str) -> Reached:
        """Return who takes this call to `mobile`; each call counts."""
        person = self.at(mobile)
        self._orders[mobile] += 1
        fault = person.rest
        if fault is not None and self._orders[mobile] > fault.times:
            fault = None
        if fault is None or fault.places:
            self._calls[mobile] += 1
        turn = max(1, self._calls[mobile])
        return Reached(
            person, person.answers[min(turn, len(person.answers)) - 1], fault, self._orders[mobile]
        )

    def at(self, mobile: str) -> Person:
        """Return who has the number: by the whole of it, by its longest ending, else by chance."""
        named = [e for e in self._entries if e.number == mobile]
        ending = [e for e in self._entries if e.ends_with and mobile.endswith(e.ends_with)]
        if found := named or sorted(ending, key=lambda e: -len(e.ends_with)):
            return found[0].person
        rest = [e for e in self._entries if e.weight > 0]
        if not rest:
            return Person("nobody in particular")
        chance = Random(f"{self._seed}/{mobile}")
        return chance.choices(rest, [e.weight for e in rest])[0].person

    def callers(self, count: int) -> list[tuple[str, Person]]:
        """Return numbers, and whom they belong to, that call us; raises `ValueError` for none."""
        chance = Random(f"{self._seed}/callers")
        found: list[tuple[str, Person]] = []
        for _ in range(100 * count):
            if len(found) == count:
                break
            mobile = f"98{chance.randrange(10**8):08}"
            if (person := self.at(mobile)).can_call:
                found.append((mobile, person))
        if len(found) < count:
            raise ValueError("too few of these people ever call: see `answers`")
        return found


async def spoken(
    entries: Sequence[Entry], speak: Callable[[str], Awaitable[bytes]]
) -> tuple[Entry, ...]:
    """Give a sound to every line that has only words; each text is spoken once."""
    sounds: dict[str, bytes] = {}

    async def sounding(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        for step in steps:
            if isinstance(step, Say) and not step.audio and step.text not in sounds:
                sounds[step.text] = await speak(step.text)
        return tuple(
            replace(step, audio=sounds[step.text])
            if isinstance(step, Say) and not step.audio
            else step
            for step in steps
        )

    return tuple(
        [
            replace(
                entry,
                person=replace(
                    entry.person,
                    picks_up=await sounding(entry.person.picks_up),
                    steps=await sounding(entry.person.steps),
                    machine=await sounding(entry.person.machine),
                ),
            )
            for entry in entries
        ]
    )
