"""Calls played through the engine, and what is kept of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from runtime.flow import engine
from runtime.flow.engine.effects import Effect
from runtime.flow.engine.events import CallStarted, Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay import KeptStep, kept_step


@dataclass
class Keeping:
    """A call of which every step is kept, as the store does."""

    flow: Flow
    state: CallState
    effects: tuple[Effect, ...]
    steps: list[KeptStep]

    def gets(self, event: Event) -> KeptStep:
        before = self.state
        self.state, self.effects = engine.step(self.flow, before, event)
        replayed = self.steps[-1].replayed
        step = kept_step(self.flow, before, event, self.effects, self.state, replayed)
        self.steps.append(step)
        return step


def keeping(flow: Flow, started: CallStarted) -> Keeping:
    state, effects = engine.start(flow, started)
    return Keeping(flow, state, effects, [kept_step(flow, None, started, effects, state)])


def kept(flow: Flow, started: CallStarted, events: Iterable[Event]) -> Keeping:
    call = keeping(flow, started)
    for event in events:
        call.gets(event)
    return call
