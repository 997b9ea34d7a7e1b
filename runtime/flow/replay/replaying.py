"""A kept call, played to the same flow or to another version of it: is it the same call?

Up to the point where the two part, all is known: what was heard, answered and when. From there on
it is not: the caller would have answered other questions. What is shown of the new version then is
what comes of it if the caller does what he did, in the same order, as far as that goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from runtime.flow.model import Flow
from runtime.flow.replay.acting import acts_of
from runtime.flow.replay.coding import Json
from runtime.flow.replay.following import Follower, Played, Rank
from runtime.flow.replay.going_on import go_on
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.moves import Stretch, stretches
from runtime.flow.replay.path import Mark, Row, details_of, lines_of, marks_of, steps_on


class Likeness(Enum):
    """How alike two calls are, the most alike first."""

    SAME = "same"
    """Every effect is as it was."""
    DETAILS = "details"
    """Only how it listens or how long it waits, or by which rule something was understood."""
    WORDS = "words"
    """Something is said in other words, on the same path."""
    PATH = "path"
    """The call goes another way."""


@dataclass(frozen=True, slots=True)
class OtherWords:
    """What is said in other words, in one state; more or fewer lines stand together."""

    state: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two calls part, and how each of them goes on from there."""

    step: int
    """The kept step, from 1, with which it begins."""
    state: str
    """Where both stood; "" before the first state."""
    event: str
    """What happened there."""
    was: tuple[Mark, ...]
    now: tuple[Mark, ...]
    first: tuple[str, str]
    """The first thing that differs: what it was, what it is now."""
    unknown: str = ""
    """Why the new path cannot be told any further; "" where it is whole."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it."""

    likeness: Likeness
    steps: int
    shared: tuple[Mark, ...]
    """The path up to where they part, or all of it."""
    words: tuple[OtherWords, ...]
    """Up to where they part."""
    parting: Parting | None
    was_end: str
    """The end reason; "" where the call has not ended, or it is not known."""
    now_end: str
    is_doubtful: bool = False
    """A stand-in for something sensitive leads elsewhere in the same flow, too."""
    call: str = ""


def replay(
    flow: Flow, steps: Sequence[KeptStep], *, rank: Rank | None = None, call: str = ""
) -> Replay:
    """Play a kept call to a flow, and compare.

    `rank` is the flow's classifier: asked where the kept answers do not fit. Raises `KeptProblem`
    where what was kept cannot be read.
    """
    return _Replaying(flow, steps, rank, call).result()


class _Replaying:
    def __init__(self, flow: Flow, steps: Sequence[KeptStep], rank: Rank | None, call: str) -> None:
        self._flow = flow
        self._steps = steps
        self._rank = rank
        self._call = call
        self._follower = Follower(flow, rank)
        self._likeness = Likeness.SAME
        self._shared: list[Mark] = []
        self._words: list[OtherWords] = []
        self._is_doubtful = False

    def result(self) -> Replay:
        """Play it."""
        done = 0
        for stretch in stretches(self._steps):
            state = self._follower.state.state if done else ""
            first = len(self._follower.played)
            self._follow(stretch)
            was = [row for once in stretch for row in once.step.effects]
            now = [row for played in self._follower.played[first:] for row in played.effects]
            if self._differs(was, now):
                return self._parted(done, stretch, state, self._follower.played[first:])
            for once in stretch:
                self._shared += _marks(once.step)
            done += len(stretch)
        end = _end(self._shared)
        return Replay(
            likeness=self._likeness,
            steps=len(self._steps),
            shared=tuple(self._shared),
            words=tuple(self._words),
            parting=None,
            was_end=end,
            now_end=end,
            is_doubtful=self._is_doubtful,
            call=self._call,
        )

    def _follow(self, stretch: Stretch) -> None:
        for once in stretch:
            self._follower.follow(once.step, once.event)
            self._is_doubtful = self._is_doubtful or once.step.unlike

    def _differs(self, was: Sequence[Row], now: Sequence[Row]) -> bool:
        """Whether the path does; note what else."""
        if steps_on(was) != steps_on(now):
            return True
        if (lines := lines_of(was)) != (own := lines_of(now)):
            self._words += _other_words(lines, own)
            self._note(Likeness.WORDS)
        elif details_of(was) != details_of(now):
            self._note(Likeness.DETAILS)
        return False

    def _note(self, likeness: Likeness) -> None:
        if self._likeness is not Likeness.WORDS:
            self._likeness = likeness

    # -- parted ------------------------------------------------------------------------------------

    def _parted(self, done: int, stretch: Stretch, state: str, played: Sequence[Played]) -> Replay:
        rest = self._steps[done:]
        was = tuple(mark for step in rest for mark in _marks(step))
        # The acts of the whole call: whether he interrupted shows in what was before.
        acts = list(acts_of(self._steps))
        later = acts[len(list(acts_of(self._steps[: done + len(stretch)]))) :]
        on, unknown = go_on(self._follower, self._steps, later, self._rank)
        now = (*(mark for each in played for mark in _marks_played(each)), *on)
        begun = [row for once in stretch for row in once.step.effects]
        own = [row for each in played for row in each.effects]
        return Replay(
            likeness=Likeness.PATH,
            steps=len(self._steps),
            shared=tuple(self._shared),
            words=tuple(self._words),
            parting=Parting(
                step=done + 1,
                state=state,
                event=stretch[0].step.event["event"],
                was=was,
                now=now,
                first=_first_difference(steps_on(begun), steps_on(own)),
                unknown=unknown,
            ),
            was_end=_end(was),
            now_end=_end(now),
            is_doubtful=self._is_doubtful,
            call=self._call,
        )


# -- what is told of it ----------------------------------------------------------------------------


def _marks(step: KeptStep) -> Iterator[Mark]:
    return marks_of(step.event, step.effects, replaced=step.replaced)


def _marks_played(played: Played) -> Iterator[Mark]:
    return marks_of(played.event, played.effects, replaced=played.replaced)


def _end(marks: Sequence[Mark]) -> str:
    return next((mark.text for mark in marks if mark.kind == "ended"), "")


def _other_words(
    was: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...]
) -> Iterator[OtherWords]:
    if len(was) == len(now):
        for (state, old), (_, new) in zip(was, now, strict=True):
            if old != new:
                yield OtherWords(state, old, new)
        return
    # Which line took whose place is anybody's guess.
    state = (was or now)[0][0]
    yield OtherWords(state, " / ".join(x for _, x in was), " / ".join(x for _, x in now))


def _first_difference(was: tuple[Mark, ...], now: tuple[Mark, ...]) -> tuple[str, str]:
    for place in range(max(len(was), len(now))):
        old, new = was[place : place + 1], now[place : place + 1]
        if old != new:
            return _told(old), _told(new)
    return "", ""


def _told(marks: tuple[Mark, ...]) -> str:
    return f"{marks[0].kind} {marks[0].text}" if marks else "nothing more"


def as_json(done: Replay) -> Json:
    """Return a replay for programs."""
    parting = done.parting
    return {
        "call": done.call,
        "likeness": done.likeness.value,
        "steps": done.steps,
        "doubtful": done.is_doubtful,
        "words": [{"state": x.state, "was": x.was, "now": x.now} for x in done.words],
        "was_end": done.was_end,
        "now_end": done.now_end,
        "shared": [mark.as_json() for mark in done.shared],
        "parting": None
        if parting is None
        else {
            "step": parting.step,
            "state": parting.state,
            "event": parting.event,
            "was": [mark.as_json() for mark in parting.was],
            "now": [mark.as_json() for mark in parting.now],
            "unknown": parting.unknown,
        },
    }
