"""`start` and `step`: one event into the call's next state and its effects.

They read no clock, do no I/O and draw no random number: the same events give the same effects. How
long a second of speech takes, who recognised it and what becomes of a `Say` is the caller's of
`step` (`runtime.call`, a conversation test, `chat`, a replay).
"""

from typing import assert_never

from runtime.flow import ways
from runtime.flow.engine import (
    afterwards,
    answering,
    hearing,
    interrupting,
    meaning,
    pressing,
    recording,
)
from runtime.flow.engine.effects import Effect, Failed, StartTimer, StopTimer
from runtime.flow.engine.events import (
    Answered,
    CallerHungUp,
    CallStarted,
    Classified,
    EndAsked,
    Event,
    Heard,
    ModelCalled,
    ModelDone,
    ModelSaid,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    ServerLeaves,
    SpeechCut,
    SpeechStarted,
    SpeechSustained,
    Spent,
    TimerFired,
    VoicemailMet,
)
from runtime.flow.engine.passage import CALLER_HUNG_UP, NO_INPUT, SERVER_SHUTDOWN, Passage
from runtime.flow.engine.state import CallState, Line, Phase, Spot, starting_variables
from runtime.flow.engine.subroutine import return_to, unwind
from runtime.flow.engine.turn import is_answer, listens, new_turn
from runtime.flow.engine.waiting import (
    OVER_LIMIT,
    entry_paused,
    is_silent,
    missed,
    over_limit,
    provider_down,
    spent,
)
from runtime.flow.engine.walking import Walk
from runtime.flow.model import Flow, Record
from runtime.flow.template import TemplateProblem

CUT_OFF = "cut_off"
AFTER = "after:"

FAREWELL_SECONDS = 10.0
"""So long before the limit of its duration a call takes its leave, to end within the limit."""

MAX_FAILURES = 10
"""Failures of providers without hearing the caller: what follows them fails too, and at once."""


def start(flow: Flow, started: CallStarted) -> tuple[CallState, tuple[Effect, ...]]:
    """Begin a call: its limits, its greeting and its first state."""
    state = CallState(started, variables=starting_variables(flow, started))
    passage = Passage(flow, state, started.at)
    walk = Walk(passage)
    limit = flow.limits.duration
    farewell = limit - min(FAREWELL_SECONDS, limit / 4)
    passage.effects += [StartTimer(OVER_LIMIT, 0, farewell), StartTimer(CUT_OFF, 0, limit)]
    passage.effects += [StartTimer(f"{AFTER}{at:g}:{to}", 0, at) for at, to in flow.after]
    first: str | None = flow.start
    try:
        if flow.greeting is not None:
            passage.say(flow.greeting.text, flow.greeting.barge_in, greeting=True)
    except TemplateProblem as problem:
        first = walk.fail(problem.message)
    walk.go(first)
    return _done(passage)


def step(flow: Flow, state: CallState, event: Event) -> tuple[CallState, tuple[Effect, ...]]:
    """Return what `event` makes of the call: its new state, and what is to be done, in order.

    After the call is over nothing changes any more. A stale event (an answer or a timer of an
    earlier turn, the end of a line that was cut) changes nothing.
    """
    if state.phase is Phase.OVER:
        return state, ()
    passage = Passage(flow, state, event.at)
    walk = Walk(passage)
    try:
        _dispatch(walk, event)
    except TemplateProblem as problem:
        if passage.state.phase is Phase.AFTER:
            passage.effects.append(Failed("", problem.message))
        else:
            walk.go(walk.fail(problem.message))
    return _done(passage)


def _done(passage: Passage) -> tuple[CallState, tuple[Effect, ...]]:
    if passage.state.phase is Phase.AFTER and not passage.state.errand:
        afterwards.go_on(passage)
    return passage.state, tuple(passage.effects)


def _dispatch(walk: Walk, event: Event) -> None:  # noqa: C901, PLR0912 - one row an event
    passage = walk.passage
    match event:
        case CallStarted() | Answered():
            pass
        case RequestAnswered() | RequestFailed() | ModelSaid() | ModelCalled() | ModelDone():
            answering.take(walk, event)
        case Recorded():
            answering.recorded(walk, event)
        case ProviderFailed(kind="llm"):
            answering.model_failed(walk, event)
        case TimerFired(timer=timer, turn=turn):
            _timer_fired(walk, timer, turn)
        case Spent(cost=cost):
            spent(walk, cost)
        case _ if passage.state.phase is Phase.AFTER:
            # The caller has gone.
            pass
        case SpeechStarted():
            _speech_started(passage)
        case SpeechSustained():
            # What was said before may have been understood since this began.
            _speech_started(passage)
            interrupting.pause(passage)
        case Heard(text=text, confidence=confidence, goes_on=goes_on):
            _heard(walk, text, confidence, goes_on=goes_on)
        case NothingHeard():
            hearing.nothing(passage)
        case Pressed(digit=digit):
            pressing.pressed(walk, digit)
        case PlayedOut(say=number):
            _played_out(passage, number)
        case SpeechCut(say=number, heard=words):
            _speech_cut(passage, number, words)
        case Classified(turn=turn, ranking=ranking):
            _classified(walk, turn, ranking)
        case ProviderFailed(kind=kind, reason=reason):
            _provider_failed(walk, kind, reason)
        case VoicemailMet() if passage.state.phase is Phase.CLOSING:
            pass
        case VoicemailMet():
            _met_a_machine(walk)
        case CallerHungUp():
            _caller_hung_up(walk)
        case EndAsked(reason=reason):
            passage.end(reason)
        case ServerLeaves() if passage.state.phase is Phase.CLOSING:
            # Its last words are being said already.
            pass
        case ServerLeaves():
            passage.stop_speaking()
            passage.close(SERVER_SHUTDOWN, SERVER_SHUTDOWN)
        case _:
            assert_never(event)


# -- sound ---------------------------------------------------------------------------------------


def _speech_started(passage: Passage) -> None:
    passage.change(hearing=True)
    passage.effects.append(StopTimer(NO_INPUT))


def _heard(walk: Walk, text: str, confidence: float, *, goes_on: bool) -> None:
    passage, said = walk.passage, walk.passage.state.said
    # What is held waits on while he speaks on.
    if not (goes_on and passage.state.is_held):
        hearing.heard(walk, text, confidence)
    if goes_on:
        _speech_started(passage)
        interrupting.hold(passage, said)


def _classified(walk: Walk, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
    passage, said = walk.passage, walk.passage.state.said
    meaning.classified(walk, turn, ranking)
    if passage.state.hearing:
        interrupting.hold(passage, said)


def _played_out(passage: Passage, number: int) -> None:
    if _forget_lines(passage, 0, number) and not passage.state.speaking:
        if passage.state.phase is Phase.CLOSING:
            passage.end(passage.state.end_reason)
        elif passage.state.state and isinstance(passage.here.verb, Record):
            recording.start_if_heard(passage, passage.here.verb)
        else:
            passage.await_input()


def _forget_lines(passage: Passage, first: int, last: int) -> bool:
    def is_meant(line: Line) -> bool:
        return first <= line.number <= last

    kept = tuple(line for line in passage.state.speaking if not is_meant(line))
    changed = len(kept) != len(passage.state.speaking)
    passage.change(speaking=kept)
    return changed


def _speech_cut(passage: Passage, number: int, words: str) -> None:
    """Remember of a line only what the caller has heard."""
    _forget_lines(passage, number, number)
    answering.heard_only(passage, number, words)


def _provider_failed(walk: Walk, kind: str, reason: str) -> None:
    passage = walk.passage
    if passage.state.phase is Phase.CLOSING:
        # Last words that cannot be said need not be waited for; those under way are.
        if kind == "tts" and not passage.state.speaking:
            passage.end(passage.state.end_reason)
        return
    passage.change(failures=passage.state.failures + 1)
    if kind == "stt":
        passage.change(hearing=False)
        interrupting.stop(passage)
    found = provider_down(passage, kind)
    if passage.state.failures > MAX_FAILURES:
        passage.effects.append(Failed(passage.state.state, f"{kind} failed: {reason}"))
        passage.close("error", "error")
    elif found is not None and found[0] != passage.state.state:
        walk.leave_for(*found, ways.provider_down(kind))
    elif kind == "stt":
        # The caller has spoken and cannot know why we do not answer: ask him again.
        if is_answer(passage) and listens(passage) and new_turn(walk):
            missed(walk, "no_match")
    elif found is not None:
        # What the state had to say is lost; its caller may still answer, or be given up.
        passage.effects.append(Failed(found[0], f"{kind} failed: {reason}"))
        if isinstance(passage.here.verb, Record):
            recording.start_if_heard(passage, passage.here.verb)
        passage.await_input()
    else:
        walk.go(walk.fail(f"{kind} failed: {reason}"))


# -- timers and ends -------------------------------------------------------------------------------


def _timer_fired(walk: Walk, timer: str, turn: int) -> None:  # noqa: C901 - one row a timer
    passage = walk.passage
    state, live = passage.state, passage.state.phase is Phase.LIVE
    match timer:
        case "cut_off" if state.phase is not Phase.AFTER:
            passage.end(OVER_LIMIT if live else state.end_reason)
        case "errand" if turn == state.errand:
            answering.too_late(walk)
        case "closing" if state.phase is Phase.CLOSING:
            passage.end(state.end_reason)
        case "over_limit" if live:
            over_limit(walk)
        case "hold" if live and state.errand and turn == state.errand:
            answering.hold_on(passage)
        case "held" if live:
            interrupting.hold_no_more(passage, turn)
        case "keys" if live:
            keys = entry_paused(passage, turn)
            if keys is not None:
                pressing.keyed(walk, keys)
        case "no_input" if live and is_silent(passage, turn) and new_turn(walk):
            missed(walk, "no_input")
        case _ if timer.startswith(AFTER) and live:
            _, seconds, target = timer.split(":", 2)
            walk.leave_for(target, passage.root, ways.after(float(seconds)))


def _met_a_machine(walk: Walk) -> None:
    """Leave a message, as `always` says; nobody talks to a machine otherwise."""
    passage = walk.passage
    passage.change(hearing=False)
    passage.stop_speaking()
    if not walk.take_anywhere("voicemail"):
        passage.end("voicemail")


def _caller_hung_up(walk: Walk) -> None:
    """What `always.on.caller_hung_up` sets is set; nothing can be said any more."""
    passage = walk.passage
    try:
        found = walk.find_anywhere(CALLER_HUNG_UP)
        if found is not None:
            depth, row, handler = found
            inner = () if depth is None else unwind(passage, depth)
            way = ways.numbered(ways.on(CALLER_HUNG_UP), row, handler)
            walk.took(way, anywhere=True)
            passage.assign(handler.set)
            # A message may still be on its way to the flow that was left.
            return_to(passage, Spot(passage.state.state, inner))
    except TemplateProblem as problem:
        passage.effects.append(Failed(passage.state.state, problem.message))
    passage.end(CALLER_HUNG_UP)
