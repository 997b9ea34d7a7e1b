"""A call without sound, on a virtual clock: what `chat` and conversation tests run a flow in."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from runtime.flow import engine
from runtime.flow.engine.effects import (
    Classify,
    Effect,
    Failed,
    HangUp,
    Say,
    StartTimer,
    StopTimer,
    Understood,
)
from runtime.flow.engine.events import (
    Answered,
    CallerHungUp,
    CallStarted,
    Classified,
    Event,
    Heard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    SpeechCut,
    SpeechStarted,
    TimerFired,
)
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import Flow

Rank = Callable[[str, tuple[str, ...]], tuple[tuple[str, float], ...]]
"""The classifier: utterance and intents in reach to (intent, score), best first."""

Shown = Say | Understood | Failed | HangUp
"""What whoever watches a rehearsal wants to see."""

DOWN = "is down"


@dataclass(slots=True)
class Rehearsal:
    """Plays the telephone for a flow: everything said is heard at once and to its end.

    Each method returns what came of it, in order. After the end they return nothing.
    """

    flow: Flow
    rank: Rank
    started: CallStarted
    now: float = field(init=False)
    state: CallState = field(init=False)
    _timers: dict[str, tuple[float, int]] = field(init=False, default_factory=dict)
    _events: deque[Event] = field(init=False, default_factory=deque)
    _shown: list[Shown] = field(init=False, default_factory=list)
    _down: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self.now = self.started.at
        self.state, effects = engine.start(self.flow, self.started)
        self._events.append(Answered(at=self.now))
        self._take(effects)

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.state.phase is Phase.OVER

    def opening(self) -> tuple[Shown, ...]:
        """Return what is heard before the caller does anything."""
        return self._run()

    def caller(self, text: str, confidence: float = 1.0) -> tuple[Shown, ...]:
        """Say something to the bot."""
        self._events.append(SpeechStarted(at=self.now))
        if "stt" in self._down:
            self._events.append(ProviderFailed(at=self.now, kind="stt", reason=DOWN))
        else:
            self._events.append(Heard(at=self.now, text=text, confidence=confidence))
        return self._run()

    def press(self, digits: str) -> tuple[Shown, ...]:
        """Press keys, one after the other."""
        shown: list[Shown] = []
        for digit in digits:
            self._events.append(Pressed(at=self.now, digit=digit))
            shown += self._run()
        return tuple(shown)

    def silence(self) -> tuple[Shown, ...]:
        """Say nothing until the bot does something."""
        shown: tuple[Shown, ...] = ()
        while self._timers and not shown:
            shown = self._fire(self._next_timer())
        return shown

    def wait(self, seconds: float) -> tuple[Shown, ...]:
        """Say nothing for that long, whatever the bot does meanwhile."""
        until = self.now + seconds
        shown: list[Shown] = []
        while self._timers and self._timers[self._next_timer()][0] <= until:
            shown += self._fire(self._next_timer())
        if not self.ended:
            self.now = until
        return tuple(shown)

    def take_down(self, kind: str) -> None:
        """From here on nothing is recognised ("stt") or spoken ("tts"); recordings still play."""
        self._down.add(kind)

    def hang_up(self) -> tuple[Shown, ...]:
        """End the call from the caller's side."""
        self._events.append(CallerHungUp(at=self.now))
        return self._run()

    def _next_timer(self) -> str:
        return min(self._timers, key=lambda timer: self._timers[timer][0])

    def _fire(self, name: str) -> tuple[Shown, ...]:
        self.now, turn = self._timers.pop(name)
        self._events.append(TimerFired(at=self.now, timer=name, turn=turn))
        return self._run()

    def _run(self) -> tuple[Shown, ...]:
        while self._events:
            self.state, effects = engine.step(self.flow, self.state, self._events.popleft())
            self._take(effects)
        shown, self._shown = tuple(self._shown), []
        return shown

    def _take(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Say(number=number, sound=None) if "tts" in self._down:
                    self._events += (
                        SpeechCut(at=self.now, say=number, heard=""),
                        ProviderFailed(at=self.now, kind="tts", reason=DOWN),
                    )
                case Say(number=number):
                    self._events.append(PlayedOut(at=self.now, say=number))
                    self._shown.append(effect)
                case Classify(turn=turn, text=text, intents=intents):
                    ranking = self.rank(text, intents)
                    self._events.append(Classified(at=self.now, turn=turn, ranking=ranking))
                case StartTimer(timer=timer, turn=turn, seconds=seconds):
                    self._timers[timer] = (self.now + seconds, turn)
                case StopTimer(timer=timer):
                    self._timers.pop(timer, None)
                case Understood() | Failed():
                    self._shown.append(effect)
                case HangUp():
                    self._timers.clear()
                    self._shown.append(effect)
                case _:
                    # What is expected, entered or stopped changes nothing where nothing sounds.
                    pass
