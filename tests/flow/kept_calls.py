"""Calls played through the engine, and what is kept of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scripted_calls import MORNING, flow_of, no_rank

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import Rank, Rehearsal
from runtime.flow.conversation.stand_ins import (
    AnswerModel,
    AnswerRequest,
    ModelReply,
    WebReply,
)
from runtime.flow.engine.effects import AskModel, Effect
from runtime.flow.engine.events import CallStarted, Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay import KeptStep, kept_step
from runtime.flow.request import Request
from runtime.flow.web import WebRequest

FLOW = """
intents:
  book: {words: [book], examples: [I want a visit]}
  cancel: {words: [cancel]}
slots:
  day: {type: date, ask: Which day?}
requests:
  free: {get: 'https://example.com/{{ day }}', save: {times: body.times}}
variables: {times: []}
greeting: Welcome.
states:
  menu: {ask: Book or cancel?, on: {book: visit, cancel: gone}}
  visit: {collect: [day], next: find}
  find: {request: free, on: {ok: offer, error: sorry}}
  offer: {ask: 'At {{ times[0] }}?', on: {yes: done, no: menu}}
  sorry: {say: Sorry., next: done}
  gone: {say: It is cancelled., next: done}
  done: {hangup: Bye.}
"""


def edited(old: str, new: str, flow: str = FLOW):
    """Return that flow with one thing written otherwise."""
    assert old in flow
    return flow_of(flow.replace(old, new))


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


class Recording:
    """Keeps the steps of a rehearsal, as the store writes and reads them."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._steps: list[KeptStep] = []

    def watch(
        self, before: CallState, event: Event, effects: tuple[Effect, ...], after: CallState
    ) -> None:
        start = None if isinstance(event, CallStarted) else before
        replayed = self._steps[-1].replayed if self._steps else None
        self._steps.append(kept_step(self._flow, start, event, effects, after, replayed))

    @property
    def steps(self) -> list[KeptStep]:
        written = (json.loads(json.dumps(step.as_json())) for step in self._steps)
        return [KeptStep.from_json(step) for step in written]


def no_reply(asked: AskModel) -> ModelReply:
    return ModelReply("Sure.")


def nine(request: Request, sent: WebRequest) -> WebReply:
    return WebReply(body={"times": ["nine"]}, delay=0.5)


def a_call(
    flow: str,
    acts: Iterable[str] = ("book", "tomorrow", "yes"),
    rank: Rank = no_rank,
    web: AnswerRequest = nine,
    model: AnswerModel = no_reply,
    end: bool = True,
    **started: Any,
) -> list[KeptStep]:
    """A rehearsed call: what the caller says; "-" is silence, "~…" said into the bot's words."""
    made = flow_of(flow)
    recording = Recording(made)
    call = CallStarted(at=MORNING, call_id="c", seed=3, **started)
    talk = Rehearsal(made, rank, call, web, model, watch=recording.watch)
    acts = list(acts)
    for number, act in enumerate(["", *acts]):
        talk.is_about_to_interrupt = "".join(acts[number : number + 1]).startswith("~")
        if not number:
            talk.opening()
        elif act == "-":
            talk.silence()
        elif act.isdigit():
            talk.press(act)
        else:
            talk.caller(act.removeprefix("~"))
    if end and not talk.ended:
        talk.hang_up()
    return recording.steps
