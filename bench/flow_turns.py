"""The flow's own part of a turn: from what was heard to the first effect that the caller notices.

In this process, without sound: a flow of a thousand states (`large_flow`) is led by the engine
as a call leads it. A turn begins with what the recogniser gave. It holds both steps of the engine,
the understanding of what was said (its examples ranked by the server's own classifier), and
ends when there is something to say, to send, or a call to end. Left out are the queue between a
call and its threads, the recogniser, the voice and the web service.
"""

import cProfile
import gc
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.answers import percentile
from bench.check import DEEDS, GROUP, THINGS, large_flow
from runtime.call.classifiers import Classifiers
from runtime.flow import engine
from runtime.flow.engine.effects import AskModel, Classify, Effect, HangUp, Say, SendRequest
from runtime.flow.engine.events import (
    CallStarted,
    Classified,
    Event,
    Heard,
    PlayedOut,
    RequestAnswered,
    SpeechStarted,
)
from runtime.flow.engine.state import Phase
from runtime.flow.model import Collect, Flow
from runtime.flow.reading import read_flow
from runtime.flow.understanding.classifier import Classifier

STATES = 1000
Grade = Literal["light", "local"]
NOTICED = (Say, SendRequest, AskModel, HangUp)
TURNS_A_CALL = 30
NOW = 1_800_000_000.0
"""POSIX seconds at which all calls are led: the engine reads no clock."""
TIMES = ({"times": ["10:00"]}, {"times": []})


@dataclass(frozen=True, slots=True)
class FlowTurns:
    """How long the turns took, in milliseconds."""

    grade: Grade
    turns: int
    classified: int
    """Turns for which the classifier was asked; the others were understood by words."""
    p50: float
    p99: float
    longest: float
    engine_p99: float
    """Without the classifier: the engine's steps alone."""
    processor_p99: float
    """By the processor's time: what others on the machine took is not in it."""


@dataclass(frozen=True, slots=True)
class Took:
    """One turn, in seconds."""

    whole: float
    ranking: float
    """Of it, the classifier; 0 where it was not asked."""
    processor: float


class Talk:
    """One call: tells the engine what happens and takes the time."""

    def __init__(self, flow: Flow, classifier: Classifier, number: int) -> None:
        self._flow = flow
        self._classifier = classifier
        self._number = number
        started = CallStarted(at=NOW, call_id=f"call-{number}", seed=number)
        self._state, self._last = engine.start(flow, started)

    @property
    def is_over(self) -> bool:
        """Whether the call has ended, or a model would have the word."""
        asks_model = any(isinstance(effect, AskModel) for effect in self._last)
        return asks_model or self._state.phase is not Phase.LIVE

    @property
    def is_collecting(self) -> bool:
        """Whether a date is waited for."""
        return isinstance(self._flow.states[self._state.state].verb, Collect)

    def let_finish(self) -> None:
        """Answer requests, hear all that the bot says, as a patient caller does, and speak."""
        pending = list(self._last)
        while pending:
            effect = pending.pop(0)
            if isinstance(effect, Say):
                pending += self._put(PlayedOut(at=NOW, say=effect.number))
            elif isinstance(effect, SendRequest):
                body = TIMES[self._number % len(TIMES)]
                pending += self._put(
                    RequestAnswered(at=NOW, errand=effect.errand, status=200, body=body)
                )
        if not self.is_over:
            self._put(SpeechStarted(at=NOW))

    def hear(self, text: str) -> Took:
        """Take the time from these words to the first effect that is noticed."""
        ranking_seconds = 0.0
        began, worked = time.perf_counter(), time.process_time()
        effects = self._put(Heard(at=NOW, text=text))
        while not any(isinstance(effect, NOTICED) for effect in effects):
            question = next((e for e in effects if isinstance(e, Classify)), None)
            if question is None:
                break
            asked = time.perf_counter()
            found = self._classifier.rank(question.text, question.intents)
            ranking_seconds += time.perf_counter() - asked
            ranking = tuple((each.intent, each.score) for each in found)
            effects = self._put(Classified(at=NOW, turn=question.turn, ranking=ranking))
        took = Took(time.perf_counter() - began, ranking_seconds, time.process_time() - worked)
        self._last = effects
        return took

    def _put(self, event: Event) -> tuple[Effect, ...]:
        self._state, effects = engine.step(self._flow, self._state, event)
        return effects


def words(chance: random.Random, *, is_collecting: bool) -> str:
    """Return what a caller says: a date where one is asked for, a wish, yes, no, or anything."""
    if is_collecting and chance.random() < 0.8:
        return chance.choice(("tomorrow", "on the third of March", "next Friday please"))
    deed, thing = chance.choice(DEEDS), chance.choice(THINGS)
    at = chance.randrange(STATES)
    return chance.choice(
        (
            f"I would like to {deed} my {thing} number {at}",
            f"well hello it is about a {thing} that somebody should {deed}",
            f"could I {deed} something",
            f"{deed} {thing} {at}",
            "yes",
            "no thanks",
        )
    )


def large(states: int = STATES) -> Flow:
    """Return the flow; it has no mistakes."""
    reading = read_flow(large_flow(states, "turns"), "large.yaml", open_file=lambda _: None)
    assert reading.flow is not None, reading.problems
    return reading.flow


def measure(flow: Flow, grade: Grade, turns: int) -> FlowTurns:
    """Talk for so many turns; calls begin anywhere in the flow, as the callers' wishes lead."""
    classifier = Classifiers(grade).prepared(flow)
    chance = random.Random(GROUP)
    _play(flow, classifier, turns // 10, chance)  # Templates are compiled at their first use.
    gc.collect()
    gc.freeze()
    try:
        took = _play(flow, classifier, turns, chance)
    finally:
        gc.unfreeze()
    return FlowTurns(
        grade,
        len(took),
        sum(each.ranking > 0 for each in took),
        _ms([each.whole for each in took], 50),
        _ms([each.whole for each in took], 99),
        _ms([each.whole for each in took], 100),
        _ms([each.whole - each.ranking for each in took], 99),
        _ms([each.processor for each in took], 99),
    )


def profile(flow: Flow, grade: Grade, turns: int) -> cProfile.Profile:
    """Return where the time goes."""
    classifier = Classifiers(grade).prepared(flow)
    with cProfile.Profile() as profiler:
        _play(flow, classifier, turns, random.Random(GROUP))
    return profiler


def _play(flow: Flow, classifier: Classifier, turns: int, chance: random.Random) -> list[Took]:
    took: list[Took] = []
    number = 0
    while len(took) < turns:
        # Callers are everywhere in the flow.
        begun = replace(flow, start=f"ask_{chance.randrange(len(flow.states) // GROUP)}")
        talk = Talk(begun, classifier, number)
        number += 1
        for _ in range(TURNS_A_CALL):
            talk.let_finish()
            if talk.is_over:
                break
            took.append(talk.hear(words(chance, is_collecting=talk.is_collecting)))
    return took


def _ms(seconds: Sequence[float], share: float) -> float:
    return round(1000 * (percentile(seconds, share) or 0.0), 2)
