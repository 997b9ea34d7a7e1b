"""Flows written in a test, and calls to them: event by event, or rehearsed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.effects import Effect, Finished, HangUp, Say, StartTimer, Took, Understood
from runtime.flow.engine.events import CallStarted, Event, PlayedOut
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
MORNING = 1_795_319_100.0
"""2026-11-22 09:15 in India."""


def flow_of(text: str, **changes: Any) -> Flow:
    """Read a flow; `changes` puts in what no file can say yet."""
    reading = read_flow(text, "talk.yaml", open_file=lambda _: WAV)
    assert reading.flow is not None, [str(problem) for problem in reading.problems]
    return replace(reading.flow, **changes)


class Call:
    """A call whose every event the test sends; `effects` is what came of the last."""

    def __init__(self, flow: Flow | str, **started: Any) -> None:
        self.flow = flow_of(flow) if isinstance(flow, str) else flow
        self.now = MORNING
        self.state, self.effects = engine.start(
            self.flow, CallStarted(at=self.now, call_id="c", **started)
        )

    def gets(self, event: type[Event], **fields: Any) -> tuple[Effect, ...]:
        """Send an event; return what is to be done, without the notes of ways taken."""
        self.state, effects = engine.step(self.flow, self.state, event(at=self.now, **fields))
        self.effects = tuple(x for x in effects if not isinstance(x, Took | Finished))
        return self.effects

    def hears_all(self) -> tuple[Effect, ...]:
        """Everything said so far has been heard."""
        return self.gets(PlayedOut, say=self.state.said)

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
