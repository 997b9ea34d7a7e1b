"""Flows written in a test, and calls to them: event by event, or rehearsed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Failed,
    Finished,
    HangUp,
    Say,
    SendRequest,
    StartTimer,
    StopTimer,
    Took,
    Understood,
)
from runtime.flow.engine.events import (
    CallStarted,
    Classified,
    Event,
    Heard,
    ModelCalled,
    ModelDone,
    ModelSaid,
    PlayedOut,
    RequestAnswered,
    RequestFailed,
    TimerFired,
)
from runtime.flow.model import Flow
from runtime.flow.reading import Reading, read_flow

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
MORNING = 1_795_319_100.0
"""2026-11-22 09:15 in India."""


NO_FILES: Mapping[str, str] = MappingProxyType({})


def read(text: str, files: Mapping[str, str] = NO_FILES) -> Reading:
    """Read a flow, and what else is there beside it; what is not there is a sound."""

    def open_file(name: str) -> bytes | None:
        if name.endswith(".wav"):
            return WAV
        return files[name].encode() if name in files else None

    return read_flow(text, "talk.yaml", open_file=open_file)


def problems_of(text: str, files: Mapping[str, str] = NO_FILES) -> list[str]:
    """Return the errors as a person reads them: where, then what."""
    return [
        f"{problem.place} {problem.message} {problem.hint}".rstrip()
        for problem in read(text, files).problems
        if problem.is_error
    ]


def flow_of(text: str, files: Mapping[str, str] = NO_FILES, **changes: Any) -> Flow:
    """Read a flow; `changes` puts in what no file can say yet."""
    reading = read(text, files) if files else _read_once(text)
    assert reading.flow is not None, [str(problem) for problem in reading.problems]
    return replace(reading.flow, **changes)


@cache
def _read_once(text: str) -> Reading:
    # Most tests of a module speak to one flow, and none can change it.
    return read(text)


class Call:
    """A call whose every event the test sends; `effects` is what came of the last."""

    def __init__(self, flow: Flow | str, **started: Any) -> None:
        self.flow = flow_of(flow) if isinstance(flow, str) else flow
        self.now = MORNING
        self.running: dict[str, int] = {}
        self.state, self.effects = engine.start(
            self.flow, CallStarted(at=self.now, call_id="c", **started)
        )
        self._keep_timers(self.effects)

    def gets(self, event: type[Event], **fields: Any) -> tuple[Effect, ...]:
        """Send an event; return what is to be done, without the notes of ways taken."""
        self.state, effects = engine.step(self.flow, self.state, event(at=self.now, **fields))
        self._keep_timers(effects)
        self.effects = tuple(x for x in effects if not isinstance(x, Took | Finished))
        return self.effects

    def hears_all(self) -> tuple[Effect, ...]:
        """Everything said so far has been heard."""
        return self.gets(PlayedOut, say=self.state.said)

    def _keep_timers(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartTimer(timer=timer, turn=turn):
                    self.running[timer] = turn
                case StopTimer(timer=timer):
                    self.running.pop(timer, None)
                case _:
                    pass

    def fires(self, timer: str) -> tuple[Effect, ...]:
        """A timer that runs has run out."""
        return self.gets(TimerFired, timer=timer, turn=self.running.pop(timer))

    def caller(self, text: str) -> tuple[Effect, ...]:
        """All was heard to its end; then the caller speaks."""
        self.hears_all()
        return self.says(text)

    def says(self, text: str) -> tuple[Effect, ...]:
        """The caller says something that no example is like."""
        came = self.gets(Heard, text=text)
        if any(isinstance(x, Classify) for x in came):
            self.effects = came + self.gets(Classified, turn=self.state.turn, ranking=())
        return self.effects

    def answered(self, status: int = 200, body: object = None) -> tuple[Effect, ...]:
        """The web service that was asked answers."""
        return self.gets(RequestAnswered, errand=self.state.errand, status=status, body=body)

    def unanswered(self, *, is_late: bool = False) -> tuple[Effect, ...]:
        """The web service that was asked cannot be reached."""
        return self.gets(
            RequestFailed, errand=self.state.errand, reason="unreachable", is_late=is_late
        )

    def model(self, *words: str, calls: Any = (), tokens: int = 0) -> tuple[Effect, ...]:
        """The model that was asked answers: sentences, and tools with their arguments."""
        errand, came = self.state.errand, []
        for text in words:
            came += self.gets(ModelSaid, errand=errand, text=text)
        for number, (tool, arguments) in enumerate(calls, 1):
            call = ModelCall(f"call-{number}", tool, arguments)
            came += self.gets(ModelCalled, errand=errand, call=call)
        came += self.gets(ModelDone, errand=errand, tokens=tokens)
        self.effects = tuple(came)
        return self.effects

    @property
    def asked(self) -> AskModel | None:
        """The question to a model that came of the last event."""
        return next((x for x in self.effects if isinstance(x, AskModel)), None)

    @property
    def sent(self) -> SendRequest | None:
        """The request that came of the last event."""
        return next((x for x in self.effects if isinstance(x, SendRequest)), None)

    @property
    def failures(self) -> list[str]:
        return [x.message for x in self.effects if isinstance(x, Failed)]

    @property
    def said(self) -> list[str]:
        return said(self.effects)

    @property
    def timers(self) -> dict[str, tuple[int, float]]:
        started = [x for x in self.effects if isinstance(x, StartTimer)]
        return {x.timer: (x.turn, x.seconds) for x in started}

    @property
    def reasons(self) -> list[str]:
        return [x.reason for x in self.effects if isinstance(x, HangUp)]


def said(shown: Iterable[Effect]) -> list[str]:
    return [x.text for x in shown if isinstance(x, Say)]


def understood(shown: Iterable[Effect]) -> list[tuple[str | None, str]]:
    return [(x.intent, x.how) for x in shown if isinstance(x, Understood)]


def ended(shown: Iterable[Shown]) -> str | None:
    return next((x.reason for x in shown if isinstance(x, HangUp)), None)


def no_rank(text: str, intents: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    return ()


def rehearse(flow: Flow | str, rank: Any = no_rank, **started: Any) -> Rehearsal:
    """A rehearsal whose opening has been heard."""
    flow = flow_of(flow) if isinstance(flow, str) else flow
    talk = Rehearsal(flow, rank, CallStarted(at=MORNING, call_id="c", **started))
    talk.opening()
    return talk
