"""Plays the events of a kept call to a flow that may be another version, as long as they fit it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from runtime.flow import engine
from runtime.flow.conversation.rehearsal import SPOKEN_SECOND
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Say,
    SendRequest,
    StartRecording,
    StartTimer,
    StopTimer,
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
    Pressed,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    SpeechCut,
    TimerFired,
)
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay.coding import Json, encode_event
from runtime.flow.replay.keeping import shown_effects
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.path import Row, details_of

Rank: TypeAlias = Callable[[str, tuple[str, ...]], tuple[tuple[str, float], ...]]
"""The classifier: utterance and intents in reach to (intent, score), best first."""

Errand: TypeAlias = SendRequest | AskModel | StartRecording

OF_ERRANDS = (RequestAnswered, RequestFailed, ModelSaid, ModelCalled, ModelDone, Recorded)


@dataclass(frozen=True, slots=True)
class Played:
    """An event that the flow was given, and what came of it."""

    event: Json
    effects: tuple[Json, ...]
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A timer of the flow's."""

    turn: int
    due: float
    is_kept: bool
    """The kept call had the same: that tells when it fires."""


class Follower:
    """The call, as it goes in the flow that is tried."""

    def __init__(self, flow: Flow, rank: Rank | None) -> None:
        self.flow = flow
        self.state: CallState
        """Set by the first event, which starts the call."""
        self.at = 0.0
        self.timers: dict[str, Running] = {}
        self.is_exact = True
        """Nothing has differed so far: what was kept fits as it is."""
        self.played: list[Played] = []
        self.errand: Errand | None = None
        """The newest that is under way."""
        self.deciding: Classify | None = None
        """What the classifier has been asked and has not answered."""
        self._rank = rank
        self._kept_said = self._kept_heard = 0
        self._speaks_until = 0.0
        self._kept_decides = False
        self._says: dict[int, int] = {}
        """Lines of the kept call: what has been said here by then."""
        self._errands: dict[int, int] = {}
        self._asked_alike = True
        """The kept call's classifier was asked about the same intents."""

    def follow(self, step: KeptStep, event: Event) -> None:
        """Play the event of a kept step, if it fits."""
        before = len(self.played)
        if not self.is_exact:
            self._hear_out(event)
            self._let_pass(event.at)
        fitting = event if self.is_exact else self._fitting(event)
        if fitting is not None:
            self._step(fitting, step.effects, replaced=step.replaced)
        self._keep_up(event, step.effects)
        if self.deciding is not None and not self._kept_decides:
            self._decide(self.deciding)
        here = [row for x in self.played[before:] for row in x.effects]
        self._match(step.effects, here)
        self.is_exact = self.is_exact and details_of(step.effects) == details_of(here)

    def _keep_up(self, event: Event, effects: Sequence[Row]) -> None:
        """Note whether the kept call speaks, and waits for its classifier."""
        match event:
            case PlayedOut(say=say) | SpeechCut(say=say):
                self._kept_heard = max(self._kept_heard, say)
            case Classified():
                self._kept_decides = False
            case _:
                pass
        for effect in effects:
            match effect["effect"]:
                case "say":
                    self._kept_said = effect["number"]
                case "stop_speaking":
                    self._kept_heard = self._kept_said
                case "classify":
                    self._kept_decides = True

    def _hear_out(self, event: Event) -> None:
        """What is said here only is heard to its end, where the kept call is silent."""
        is_silent = self._kept_heard >= self._kept_said and not self._kept_decides
        if self.state.speaking and is_silent:
            at = min(self._speaks_until, event.at)
            if at < event.at or isinstance(event, Heard | Pressed | TimerFired):
                self._step(PlayedOut(at=at, say=self.state.said), ())

    def _decide(self, question: Classify) -> None:
        """Have the classifier answer what it was asked here only."""
        if self._rank is not None and question.turn == self.state.turn:
            ranking = self._rank(question.text, question.intents)
            self._step(Classified(at=self.at, turn=question.turn, ranking=ranking), ())

    # -- what fits ---------------------------------------------------------------------------------

    def _fitting(self, event: Event) -> Event | None:
        """Return the event with this call's own numbers; None: nobody here waits for it."""
        match event:
            case PlayedOut(say=say) | SpeechCut(say=say):
                return replace(event, say=self._says[say]) if say in self._says else None
            case TimerFired(timer=timer):
                running = self.timers.get(timer)
                fits = running is not None and running.is_kept
                return replace(event, turn=running.turn) if running and fits else None
            case Classified():
                return self._ranking(event)
            case ProviderFailed(errand=errand) if errand:
                own = self._errands.get(errand)
                return None if own is None else replace(event, errand=own)
            case _ if isinstance(event, OF_ERRANDS):
                own = self._errands.get(event.errand)
                return None if own is None else replace(event, errand=own)
            case _:
                return event

    def _ranking(self, event: Classified) -> Event | None:
        if self.deciding is None:
            return None
        ranking = event.ranking
        if not self._asked_alike and self._rank is not None:
            ranking = self._rank(self.deciding.text, self.deciding.intents)
        elif not self._asked_alike:
            ranking = tuple(pair for pair in ranking if pair[0] in self.deciding.intents)
        return replace(event, turn=self.deciding.turn, ranking=ranking)

    def _let_pass(self, until: float) -> None:
        """Let timers run out that the kept call did not have, or had with other times."""
        while True:
            own = [(x.due, name) for name, x in self.timers.items() if not x.is_kept]
            due, name = min(own, default=(until, ""))
            if not name or due > until:
                break
            turn = self.timers.pop(name).turn
            self._step(TimerFired(at=due, timer=name, turn=turn), ())
        self.at = until

    # -- the engine --------------------------------------------------------------------------------

    def _step(self, event: Event, kept: Sequence[Row], *, replaced: bool = False) -> None:
        if isinstance(event, CallStarted):
            self.state, effects = engine.start(self.flow, event)
            before = self.state
        else:
            before = self.state
            self.state, effects = engine.step(self.flow, before, event)
        if isinstance(event, Classified):
            self.deciding = None
        if isinstance(event, TimerFired):
            self.timers.pop(event.timer, None)
        self.at = event.at
        times = {x["timer"]: x["seconds"] for x in kept if x["effect"] == "start_timer"}
        for effect in effects:
            self._note(effect, times)
        shown = shown_effects(self.flow, before, effects, self.state)
        self.played.append(Played(encode_event(event), shown, replaced))

    def _note(self, effect: Effect, times: dict[str, float]) -> None:
        match effect:
            case Say(text=text):
                seconds = len(text) / SPOKEN_SECOND
                self._speaks_until = max(self._speaks_until, self.at) + seconds
            case StartTimer(timer=timer, turn=turn, seconds=seconds):
                is_kept = times.get(timer) == seconds
                self.timers[timer] = Running(turn, self.at + seconds, is_kept)
            case StopTimer(timer=timer):
                self.timers.pop(timer, None)
            case SendRequest() | AskModel() | StartRecording():
                self.errand = effect
            case Classify():
                self.deciding = effect
            case _:
                pass

    def _match(self, kept: Sequence[Row], here: Sequence[Row]) -> None:
        """Note which numbers of the kept call are which here."""
        said, heard = _numbers(kept, "say", "number"), _numbers(here, "say", "number")
        for place, number in enumerate(said):
            is_last = place == len(said) - 1
            own = heard[-1] if is_last and heard else next(iter(heard[place : place + 1]), None)
            self._says[number] = own or self.state.said
        for kind in ("send_request", "ask_model", "start_recording"):
            pairs = zip(_named(kept, kind), _named(here, kind), strict=False)
            self._errands |= {old: new for (old, name), (new, same) in pairs if name == same}
        asked = [x["intents"] for x in kept if x["effect"] == "classify"]
        own_asked = [x["intents"] for x in here if x["effect"] == "classify"]
        if asked or own_asked:
            self._asked_alike = asked == own_asked


def _numbers(effects: Iterable[Row], kind: str, name: str) -> list[int]:
    return [x[name] for x in effects if x["effect"] == kind]


def _named(effects: Iterable[Row], kind: str) -> Iterator[tuple[int, str]]:
    """Yield the errands of a kind: the number, and what is asked for."""
    return ((x["errand"], x.get("request", "")) for x in effects if x["effect"] == kind)
