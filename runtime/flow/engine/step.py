"""The engine: `step(flow, state, event) -> (state, effects)`, pure.

It reads no clock, does no I/O and draws no random number: the same events give the same effects.
How long a second of speech takes, who recognised it and what becomes of a `Say` is the caller's
of `step` (`runtime.call`, a conversation test, `chat`, a replay).
"""

from typing import assert_never

from runtime.flow.engine.effects import Classify, Effect, Failed, StartTimer, StopTimer, Understood
from runtime.flow.engine.events import (
    Answered,
    CallerHungUp,
    CallStarted,
    Classified,
    EndAsked,
    Event,
    Heard,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    SpeechCut,
    SpeechStarted,
    TimerFired,
)
from runtime.flow.engine.passage import CLOSING, NO_INPUT, Passage, nth, starting_variables
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import BargeIn, Flow
from runtime.flow.template import TemplateProblem
from runtime.flow.understanding.matching import (
    Match,
    best_match,
    intent_of_digit,
    left_to_the_classifier,
    understand_by_rules,
)

OVER_LIMIT = "over_limit"
CUT_OFF = "cut_off"
AFTER = "after:"

FAREWELL_SECONDS = 10.0
"""So long before the limit of its duration a call takes its leave, to end within the limit."""

CLOSE_RANGE = 0.1
"""Two intents whose scores differ by less are offered together: "Did you mean … or …?"."""

WAIT_SECONDS = 30.0
"""Silence granted by "hold on a second" (FLOWS.md, "Meaning, exactly")."""

MAX_FAILURES = 10
"""Failures of providers without hearing the caller: what follows them fails too, and at once."""


def start(flow: Flow, started: CallStarted) -> tuple[CallState, tuple[Effect, ...]]:
    """Begin a call: its limits, its greeting and its first state."""
    state = CallState(started, variables=starting_variables(flow, started))
    passage = Passage(flow, state, started.at)
    limit = flow.limits.duration
    farewell = limit - min(FAREWELL_SECONDS, limit / 4)
    passage.effects += [StartTimer(OVER_LIMIT, 0, farewell), StartTimer(CUT_OFF, 0, limit)]
    passage.effects += [StartTimer(f"{AFTER}{at:g}:{to}", 0, at) for at, to in flow.after]
    first: str | None = flow.start
    try:
        if flow.greeting is not None:
            passage.say(flow.greeting.text, flow.greeting.barge_in, greeting=True)
    except TemplateProblem as problem:
        first = passage.fail(problem.message)
    passage.go(first)
    return passage.state, tuple(passage.effects)


def step(flow: Flow, state: CallState, event: Event) -> tuple[CallState, tuple[Effect, ...]]:
    """Return what `event` makes of the call: its new state, and what is to be done, in order.

    After the call is over nothing changes any more. A stale event (an answer or a timer of an
    earlier turn, the end of a line that was cut) changes nothing.
    """
    if state.phase is Phase.OVER:
        return state, ()
    passage = Passage(flow, state, event.at)
    try:
        _dispatch(passage, event)
    except TemplateProblem as problem:
        passage.go(passage.fail(problem.message))
    return passage.state, tuple(passage.effects)


def _dispatch(passage: Passage, event: Event) -> None:  # noqa: C901, PLR0912 - one row an event
    match event:
        case CallStarted() | Answered():
            pass
        case SpeechStarted():
            _speech_started(passage)
        case Heard(text=text):
            _heard(passage, text)
        case NothingHeard():
            passage.change(hearing=False)
            passage.await_input()
        case Pressed(digit=digit):
            _pressed(passage, digit)
        case PlayedOut(say=number):
            _played_out(passage, number)
        case SpeechCut(say=number):
            _forget_lines(passage, number, number)
        case TimerFired(timer=timer, turn=turn):
            _timer_fired(passage, timer, turn)
        case Classified(turn=turn, ranking=ranking):
            _classified(passage, turn, ranking)
        case ProviderFailed(kind=kind, reason=reason):
            _provider_failed(passage, kind, reason)
        case CallerHungUp():
            _caller_hung_up(passage)
        case EndAsked(reason=reason):
            passage.end(reason)
        case _:
            assert_never(event)


# -- sound ---------------------------------------------------------------------------------------


def _speech_started(passage: Passage) -> None:
    passage.change(hearing=True)
    passage.effects.append(StopTimer(NO_INPUT))
    lines = passage.state.speaking
    if passage.state.phase is Phase.LIVE and all(x.barge_in is BargeIn.SPEECH for x in lines):
        passage.stop_speaking()


def _played_out(passage: Passage, number: int) -> None:
    if _forget_lines(passage, 0, number) and not passage.state.speaking:
        if passage.state.phase is Phase.CLOSING:
            passage.end(passage.state.end_reason)
        else:
            passage.await_input()


def _forget_lines(passage: Passage, first: int, last: int) -> bool:
    kept = tuple(line for line in passage.state.speaking if not first <= line.number <= last)
    changed = len(kept) != len(passage.state.speaking)
    passage.change(speaking=kept)
    return changed


def _provider_failed(passage: Passage, kind: str, reason: str) -> None:
    if passage.state.phase is Phase.CLOSING:
        # Last words that cannot be said need not be waited for; those under way are.
        if kind == "tts" and not passage.state.speaking:
            passage.end(passage.state.end_reason)
        return
    passage.change(failures=passage.state.failures + 1)
    if kind == "stt":
        passage.change(hearing=False)
    target = passage.flow.provider_down.get(kind)
    if passage.state.failures > MAX_FAILURES:
        passage.effects.append(Failed(passage.state.state, f"{kind} failed: {reason}"))
        passage.close("error", "error")
    elif target is not None and target != passage.state.state:
        passage.leave(target)
    elif kind == "stt":
        # The caller has spoken and cannot know why we do not answer: ask him again.
        if _is_answer(passage) and _new_turn(passage):
            _missed(passage, "no_match", "")
    elif target is not None:
        # What the state had to say is lost; its caller may still answer, or be given up.
        passage.effects.append(Failed(target, f"{kind} failed: {reason}"))
        passage.await_input()
    else:
        passage.go(passage.fail(f"{kind} failed: {reason}"))


# -- the caller's input ----------------------------------------------------------------------------


def _new_turn(passage: Passage, *, text: str = "", digit: str = "") -> bool:
    """Begin a turn; False where it is one too many for the flow's limits."""
    turn = passage.state.turn + 1
    passage.change(turn=turn, deciding=None, offered=(), patience=None, text=text, digit=digit)
    passage.effects.append(StopTimer(NO_INPUT))
    if turn > passage.flow.limits.turns:
        _over_limit(passage)
        return False
    return True


def _heard(passage: Passage, text: str) -> None:
    passage.change(hearing=False)
    if not text.strip():
        passage.await_input()
        return
    if not _is_answer(passage):
        return
    offered = passage.state.offered
    passage.change(failures=0)
    if not _new_turn(passage, text=text):
        return
    if offered and _answered_offer(passage, offered, text):
        return
    match = understand_by_rules(passage.flow, passage.here, text)
    if match is not None:
        _understood(passage, match, text, 1.0)
        return
    intents = left_to_the_classifier(passage.flow, passage.here, text)
    if intents:
        passage.change(deciding=text)
        passage.effects.append(Classify(passage.state.turn, text, intents))
    else:
        _missed(passage, "no_match", text)


def _is_answer(passage: Passage) -> bool:
    # Speech stops a line that may be interrupted: what is heard during a line was said into
    # another one, or before this one began.
    return passage.state.phase is Phase.LIVE and not passage.state.speaking


def _answered_offer(passage: Passage, offered: tuple[str, ...], text: str) -> bool:
    named = best_match((passage.flow.intents[name] for name in offered), text)
    if named is not None:
        _understood(passage, named, text, 1.0)
        return True
    answer = best_match((passage.flow.intents[name] for name in ("yes", "no")), text)
    if answer is None:
        return False
    if answer.key == "yes" and len(offered) == 1:
        _understood(passage, Match(offered[0], "asked", answer.strength), text, 1.0)
    else:
        _missed(passage, "no_match", text)
    return True


def _pressed(passage: Passage, digit: str) -> None:
    lines = passage.state.speaking
    if passage.state.phase is not Phase.LIVE or any(x.barge_in is BargeIn.NEVER for x in lines):
        return
    passage.stop_speaking()
    passage.change(failures=0)
    if not _new_turn(passage, digit=digit):
        return
    key = intent_of_digit(passage.flow, passage.here, digit)
    if key is None:
        _missed(passage, "no_match", digit)
    else:
        _understood(passage, Match(key, "digit", 1), digit, 1.0)


def _classified(passage: Passage, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
    text = passage.state.deciding
    if turn != passage.state.turn or text is None:
        return
    passage.change(deciding=None)
    best, score = ranking[0] if ranking else ("", 0.0)
    if score >= passage.flow.accept:
        _understood(passage, Match(best, "classifier", len(text)), text, score)
    elif score >= passage.flow.confirm:
        near = [name for name, s in ranking[:2] if score - s < CLOSE_RANGE]
        _offer(passage, tuple(near), text, score)
    else:
        _missed(passage, "no_match", text)


def _offer(passage: Passage, intents: tuple[str, ...], text: str, score: float) -> None:
    here = passage.here.name
    passage.effects.append(Understood(text, here, intents[0], score, "asked"))
    names = [name.replace("_", " ") for name in intents]
    passage.change(offered=intents)
    if len(names) == 1:
        passage.say_phrase("did_you_mean", first=names[0])
    else:
        passage.say_phrase("did_you_mean_either", first=names[0], second=names[1])
    passage.listen()


def _understood(passage: Passage, match: Match, text: str, confidence: float) -> None:
    """Act on an understood input: the state's handler, then `always`, an answer, the built-in."""
    here = passage.here
    flow = passage.flow
    is_intent = match.key in flow.intents
    done = Understood(text, here.name, match.key if is_intent else None, confidence, match.how)
    passage.change(intent=match.key if is_intent else passage.state.intent)
    passage.effects.append(done)
    misses = passage.state.misses
    passage.change(misses=0)
    if passage.take(match.key, here.on, leaving=False):
        return
    if passage.take(match.key, flow.always, leaving=True):
        return
    intent = flow.intents.get(match.key)
    if intent is not None and intent.answer is not None:
        passage.say(intent.answer)
        passage.ask_again()
        return
    if not _act(passage, match.key):
        passage.change(misses=misses)
        _missed(passage, "no_match", text, recorded=True)


def _act(passage: Passage, intent: str) -> bool:
    """Do what a built-in intent does by itself; False where it does nothing."""
    match intent:
        case "repeat":
            passage.ask_again()
        case "help":
            if passage.here.help is not None:
                passage.say(passage.here.help)
            else:
                passage.say_phrase("help")
            passage.ask_again()
        case "wait":
            passage.change(patience=WAIT_SECONDS)
            passage.say_phrase("wait")
            passage.listen()
        case "stop":
            passage.listen()
        case "goodbye":
            passage.close("hangup", "goodbye")
        case _:
            return False
    return True


# -- silence, misunderstanding, limits -----------------------------------------------------------


def _missed(passage: Passage, kind: str, text: str, *, recorded: bool = False) -> None:
    """Count a misunderstanding or silence; ask again, or give up."""
    state = passage.here
    if not recorded:
        passage.effects.append(Understood(text, state.name, None, 0.0, kind))
    misses = passage.state.misses + 1
    passage.change(misses=misses)
    if misses >= state.tries:
        _give_up(passage)
        return
    lines = state.no_match if kind == "no_match" else state.no_input
    if lines:
        passage.say(nth(lines, misses))
    else:
        passage.say_phrase(kind)
    passage.ask_again(misses)


def _give_up(passage: Passage) -> None:
    if passage.here.give_up is not None:
        passage.go(passage.here.give_up)
    elif not passage.take("give_up", passage.flow.always, leaving=True):
        passage.close("gave_up", "give_up")


def _timer_fired(passage: Passage, timer: str, turn: int) -> None:
    live = passage.state.phase is Phase.LIVE
    if timer == CUT_OFF:
        passage.end(OVER_LIMIT if live else passage.state.end_reason)
    elif timer == CLOSING and not live:
        passage.end(passage.state.end_reason)
    elif timer == OVER_LIMIT and live:
        _over_limit(passage)
    elif timer.startswith(AFTER) and live:
        passage.leave(timer.split(":", 2)[2])
    elif timer == NO_INPUT and live and _is_silent(passage, turn) and _new_turn(passage):
        _missed(passage, "no_input", "")


def _is_silent(passage: Passage, turn: int) -> bool:
    # A line that began meanwhile is waited for, and so is a caller who speaks.
    state = passage.state
    return turn == state.turn and not state.speaking and not state.hearing


def _over_limit(passage: Passage) -> None:
    passage.stop_speaking()
    handlers = passage.flow.always.get(OVER_LIMIT, ())
    # Whoever goes on talking after the limit of turns comes here again, to be taken leave of.
    handler = passage.first_that_holds(handlers) if not passage.state.over_limit else None
    passage.change(over_limit=True)
    if handler is None:
        passage.close(OVER_LIMIT, "over_limit")
        return
    target = passage.follow(handler)
    if target is None:
        passage.close(OVER_LIMIT, "goodbye")
    else:
        passage.leave(target)


def _caller_hung_up(passage: Passage) -> None:
    try:
        handler = passage.first_that_holds(passage.flow.always.get("caller_hung_up", ()))
        if handler is not None:
            passage.assign(handler.set)
    except TemplateProblem as problem:
        passage.effects.append(Failed(passage.state.state, problem.message))
    passage.end("caller_hung_up")
