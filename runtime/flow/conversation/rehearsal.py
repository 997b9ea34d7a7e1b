"""A call without sound, on a virtual clock: what `chat` and conversation tests run a flow in."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from runtime.flow import engine
from runtime.flow.conversation.stand_ins import (
    AnswerModel,
    AnswerRequest,
    AnyEnvironment,
    no_model,
    no_web,
)
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Entered,
    Failed,
    Finished,
    HangUp,
    Say,
    SendRequest,
    StartRecording,
    StartTimer,
    StopErrand,
    StopSpeaking,
    StopTimer,
    Took,
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
    Recorded,
    RequestFailed,
    SpeechCut,
    SpeechStarted,
    SpeechSustained,
    TimerFired,
)
from runtime.flow.engine.requesting import rendered
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import Flow
from runtime.flow.template import TemplateProblem

Rank = Callable[[str, tuple[str, ...]], tuple[tuple[str, float], ...]]
"""The classifier: utterance and intents in reach to (intent, score), best first."""

DOWN = "is down"

SPOKEN_SECOND = 15
"""Letters of a message: so long it takes to say."""


@dataclass(frozen=True, slots=True)
class Midway:
    """Where a call stands that has been led by others so far."""

    state: CallState
    at: float
    timers: Mapping[str, tuple[float, int]]
    """Those that run: when they run out, and their turn."""
    asked: tuple[Effect, ...] = ()
    """What has not been answered yet."""


Watch = Callable[[CallState, Event, tuple[Effect, ...], CallState], None]
"""Is told of every step: the state before, the event, what came of it, the state after."""


@dataclass(slots=True)
class Rehearsal:
    """Plays the telephone for a flow: everything said is heard at once and to its end.

    Each method returns what came of it, in order. After the end they return nothing.
    """

    flow: Flow
    rank: Rank
    started: CallStarted
    answer_request: AnswerRequest = no_web
    answer_model: AnswerModel = no_model
    env: Mapping[str, str] = field(default_factory=AnyEnvironment)
    """What requests put in as `env`."""
    is_about_to_interrupt: bool = False
    """The caller's next words come while the bot's last line is being said."""
    midway: Midway | None = None
    """Takes a call over there, instead of starting one."""
    watch: Watch | None = None
    trail: list[Entered | Took] = field(init=False, default_factory=list)
    """The states that were entered and the ways that were taken."""
    now: float = field(init=False)
    state: CallState = field(init=False)
    _timers: dict[str, tuple[float, int]] = field(init=False, default_factory=dict)
    _events: deque[Event] = field(init=False, default_factory=deque)
    _coming: list[tuple[float, int, Event]] = field(init=False, default_factory=list)
    """Answers that take their time: when, of which errand, and what."""
    _shown: list[Shown] = field(init=False, default_factory=list)
    _down: set[str] = field(init=False, default_factory=set)
    _unheard: list[Say] = field(init=False, default_factory=list)
    _recording: int = field(init=False, default=0)
    _messages: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.midway is not None:
            self._take_over(self.midway)
            return
        self.now = self.started.at
        self.state, effects = engine.start(self.flow, self.started)
        if self.watch is not None:
            self.watch(self.state, self.started, effects, self.state)
        self._events.append(Answered(at=self.now))
        self._take(effects)

    def _take_over(self, call: Midway) -> None:
        self.now, self.state = call.at, call.state
        self._timers.update(call.timers)
        self._events.append(PlayedOut(at=self.now, say=call.state.said))
        self._take(call.asked)

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return self.state.phase in (Phase.AFTER, Phase.OVER)

    def opening(self) -> tuple[Shown, ...]:
        """Return what is heard before the caller does anything."""
        return self._run()

    def caller(self, text: str, confidence: float = 1.0) -> tuple[Shown, ...]:
        """Say something to the bot; where it records, that is the message."""
        if self._recording:
            self._messages += 1
            self._end_recording(f"message-{self._messages}", len(text) / SPOKEN_SECOND)
            return self._run()
        into = len(self._unheard)
        self._events += [SpeechStarted(at=self.now), SpeechSustained(at=self.now)]
        self._settle()
        if "stt" in self._down:
            self._events.append(ProviderFailed(at=self.now, kind="stt", reason=DOWN))
        else:
            self._events.append(Heard(at=self.now, text=text, confidence=confidence))
        self._settle()
        # What the caller could not stop goes on under his words.
        self._hear_out(but=max(0, len(self._unheard) - into))
        return self._run()

    def press(self, digits: str) -> tuple[Shown, ...]:
        """Press keys, one after the other."""
        shown: list[Shown] = []
        for digit in digits:
            self._hear_out()
            self._events.append(Pressed(at=self.now, digit=digit))
            shown += self._run()
        return tuple(shown)

    def silence(self) -> tuple[Shown, ...]:
        """Say nothing until the bot does something."""
        self._hear_out()
        self._end_recording("", 0.0)
        shown = self._run()
        while self._timers and not shown and not self.ended:
            shown = self._fire(self._next_timer())
        return shown

    def wait(self, seconds: float) -> tuple[Shown, ...]:
        """Say nothing for that long, whatever the bot does meanwhile."""
        until = self.now + seconds
        self._hear_out()
        self._end_recording("", 0.0)
        shown = list(self._run())
        while self._timers and self._timers[self._next_timer()][0] <= until and not self.ended:
            shown += self._fire(self._next_timer())
        if not self.ended:
            self.now = max(self.now, until)
        return tuple(shown)

    def take_down(self, kind: str) -> None:
        """From here on nothing is recognised ("stt"), spoken ("tts") or answered ("llm").

        Recordings still play.
        """
        self._down.add(kind)

    def hang_up(self) -> tuple[Shown, ...]:
        """End the call from the caller's side."""
        self._events.append(CallerHungUp(at=self.now))
        return self._run()

    # -- time --------------------------------------------------------------------------------------

    def _next_timer(self) -> str:
        return min(self._timers, key=lambda timer: self._timers[timer][0])

    def _fire(self, name: str) -> tuple[Shown, ...]:
        self._ring(name)
        return self._run()

    def _ring(self, name: str) -> None:
        self.now, turn = self._timers.pop(name)
        self._events.append(TimerFired(at=self.now, timer=name, turn=turn))

    def _run(self) -> tuple[Shown, ...]:
        """Go on until the call waits for the caller; answers that are under way are waited for."""
        self._settle()
        while self._coming or len(self._unheard) > 1:
            if self._coming:
                self._next_answer()
            else:
                self._hear_out(but=1)
            self._settle()
        if not self.is_about_to_interrupt and self._unheard:
            self._hear_out()
            return self._run()
        shown, self._shown = tuple(self._shown), []
        return shown

    def _settle(self) -> None:
        while self._events:
            before, event = self.state, self._events.popleft()
            self.state, effects = engine.step(self.flow, before, event)
            if self.watch is not None:
                self.watch(before, event, effects, self.state)
            self._take(effects)

    def _next_answer(self) -> None:
        """Let time go on to the next answer, or to a timer before it (`hold`, a deadline)."""
        due, errand, event = min(self._coming, key=lambda coming: coming[0])
        if self._timers and self._timers[self._next_timer()][0] < due:
            self._ring(self._next_timer())
            return
        self._coming.remove((due, errand, event))
        self.now = max(self.now, due)
        self._events.append(event)

    def _hear_out(self, *, but: int = 0) -> None:
        """Hear what is being said to its end, the last `but` lines left out."""
        heard = self._unheard[: len(self._unheard) - but]
        del self._unheard[: len(heard)]
        self._events += [PlayedOut(at=self.now, say=line.number) for line in heard]

    def _end_recording(self, name: str, seconds: float) -> None:
        errand, self._recording = self._recording, 0
        if errand:
            event = Recorded(at=self.now, errand=errand, name=name, seconds=seconds)
            self._events.append(event)

    # -- effects -----------------------------------------------------------------------------------

    def _take(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one row an effect
        match effect:
            case Say(number=number, sound=None) if "tts" in self._down:
                self._events += (
                    SpeechCut(at=self.now, say=number, heard=""),
                    ProviderFailed(at=self.now, kind="tts", reason=DOWN),
                )
            case Say(number=number):
                self._shown.append(effect)
                if self.is_about_to_interrupt:
                    self._unheard.append(effect)
                else:
                    self._events.append(PlayedOut(at=self.now, say=number))
            case StopSpeaking():
                self._cut_off()
            case Classify(turn=turn, text=text, intents=intents):
                ranking = self.rank(text, intents)
                self._events.append(Classified(at=self.now, turn=turn, ranking=ranking))
            case SendRequest():
                self._send(effect)
            case AskModel():
                self._ask(effect)
            case StartRecording(errand=errand):
                self._recording = errand
            case StopErrand(errand=errand):
                self._coming = [coming for coming in self._coming if coming[1] != errand]
                if self._recording == errand:
                    self._end_recording("", 0.0)
            case StartTimer(timer=timer, turn=turn, seconds=seconds):
                self._timers[timer] = (self.now + seconds, turn)
            case StopTimer(timer=timer):
                self._timers.pop(timer, None)
            case Understood() | Failed() | HangUp():
                self._shown.append(effect)
            case Entered() | Took():
                self.trail.append(effect)
            case Finished():
                self._timers.clear()
                self._coming.clear()
            case _:
                # What is expected changes nothing where nothing sounds.
                pass

    def _cut_off(self) -> None:
        """The caller has interrupted: half of the line was heard, and none of what comes after."""
        for line in self._unheard:
            words = line.text.split()
            heard = " ".join(words[: len(words) // 2])
            self._events.append(SpeechCut(at=self.now, say=line.number, heard=heard))
        self._unheard.clear()

    def _send(self, effect: SendRequest) -> None:
        try:
            sent = rendered(effect.request, effect.values, self.env)
        except TemplateProblem as problem:
            failed = RequestFailed(at=self.now, errand=effect.errand, reason=problem.message)
            self._events.append(failed)
            return
        reply = self.answer_request(effect.request, sent)
        due = self.now + reply.delay
        self._coming.append((due, effect.errand, reply.event(due, effect.errand)))

    def _ask(self, effect: AskModel) -> None:
        if "llm" in self._down:
            failed = ProviderFailed(at=self.now, kind="llm", reason=DOWN, errand=effect.errand)
            self._events.append(failed)
            return
        reply = self.answer_model(effect)
        due = self.now + reply.delay
        self._coming += [(due, effect.errand, event) for event in reply.events(due, effect)]
