"""Runs a conversation test: plays the caller, and holds the bot against what is expected."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import assert_never

from runtime.flow.conversation.rehearsal import Rank, Rehearsal
from runtime.flow.conversation.result import Failure, Result, Turn
from runtime.flow.conversation.script import Script
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest
from runtime.flow.conversation.steps import (
    Act,
    BotNeverSays,
    BotSays,
    CallerHangsUp,
    CallerIsSilent,
    CallerPresses,
    CallerSays,
    Conversation,
    Expectation,
    HasEnded,
    HasIntent,
    HasSlots,
    HasVariables,
    InState,
    ProviderGoesDown,
    Step,
)
from runtime.flow.conversation.talk import Shown, Talk
from runtime.flow.engine.effects import Entered, Failed, HangUp, Say, Took, Understood
from runtime.flow.engine.events import CallStarted
from runtime.flow.problem import suggestion

LAST_TURNS = 6
"""So many are shown with a failure."""


Begin = Callable[[Conversation, AnswerRequest, AnswerModel], Talk]
"""Begins a test's call, with those who answer from far away."""


def run(conversation: Conversation, rank: Rank) -> Result:
    """Run one test on its own virtual clock, up to the first step that is not met."""

    def rehearse(of: Conversation, web: AnswerRequest, model: AnswerModel) -> Talk:
        return Rehearsal(of.flow, rank, started(of), web, model)

    return run_by(conversation, rehearse)


def run_by(conversation: Conversation, begin: Begin) -> Result:
    """Run one test on whatever `begin` begins, up to the first step that is not met."""
    run = _Run(conversation, begin)
    failure = run.failure()
    return Result(conversation, failure, run.trail)


def started(conversation: Conversation) -> CallStarted:
    """Return how the test's call begins."""
    return CallStarted(at=conversation.at, call_id="test", variables=conversation.variables)


class _Run:
    """One call to the flow, and how far the test has come in it."""

    def __init__(self, conversation: Conversation, begin: Begin) -> None:
        self._conversation = conversation
        self._script = Script(conversation.requests, conversation.model)
        self._talk = begin(conversation, self._script.request, self._script.model)
        self._unnamed: list[str] = []
        """Lines since the caller's last move that come after the last one a step has named."""
        self._forbidden: list[BotNeverSays] = []
        self._turns: list[Turn] = []
        self._intent: str | None = None
        self._reason: str | None = None

    def failure(self) -> Failure | None:
        """Play the call; return the first failure."""
        steps = self._conversation.talk
        self._look_ahead(steps)
        failure = self._hear(self._talk.opening())
        for index, step in enumerate(steps):
            failure = failure or self._unanswered(step)
            if failure is not None:
                return failure
            self._look_ahead(steps[index + 1 :])
            match step:
                case BotSays():
                    failure = self._bot_says(step, _same_stretch(steps[index + 1 :]))
                case (
                    CallerSays()
                    | CallerPresses()
                    | CallerIsSilent()
                    | CallerHangsUp()
                    | ProviderGoesDown()
                ):
                    failure = self._act(step)
                case _:
                    message = self._unmet(step)
                    failure = self._failed(step, message) if message else None
        return failure

    @property
    def trail(self) -> tuple[Entered | Took, ...]:
        """Where the call has been."""
        return tuple(self._talk.trail)

    def _look_ahead(self, steps: Sequence[Step]) -> None:
        """Let the call know whether the caller's next move comes into the bot's last line."""
        acts = (step for step in steps if isinstance(step, Act))
        following = next(acts, None)
        interrupts = isinstance(following, CallerSays) and following.interrupting
        self._talk.is_about_to_interrupt = interrupts

    def _unanswered(self, step: Step) -> Failure | None:
        """Return the failure of a request or question that the test does not answer."""
        missing = self._script.missing
        return self._failed(step, missing[0]) if missing else None

    # -- the caller's side -------------------------------------------------------------------------

    def _act(self, step: Act) -> Failure | None:
        if self._talk.ended:
            return self._failed(step, f"the call had already ended: {self._reason}.")
        if not isinstance(step, ProviderGoesDown):
            self._unnamed.clear()
        match step:
            case CallerSays(text=text, confidence=confidence):
                self._intent = None
                self._turns.append(Turn("caller", text))
                return self._hear(self._talk.caller(text, confidence))
            case CallerPresses(digits=digits):
                self._intent = None
                self._turns.append(Turn("keys", digits))
                return self._hear(self._talk.press(digits))
            case CallerIsSilent(seconds=seconds):
                self._turns.append(Turn("silence", "" if seconds is None else f"{seconds:g}s"))
                silent = self._talk.silence() if seconds is None else self._talk.wait(seconds)
                return self._hear(silent)
            case CallerHangsUp():
                self._turns.append(Turn("caller", "(hangs up)"))
                return self._hear(self._talk.hang_up())
            case ProviderGoesDown(kind=kind):
                self._turns.append(Turn(kind, "(is down from here on)"))
                self._talk.take_down(kind)
                return None
            case _:
                assert_never(step)

    def _hear(self, shown: Sequence[Shown]) -> Failure | None:
        failure: Failure | None = None
        for each in shown:
            match each:
                case Say(text=text, sound=sound):
                    line = text or str(sound)
                    self._unnamed.append(line)
                    self._turns.append(Turn("bot", line))
                    failure = failure or self._broken(line)
                case Understood(intent=intent):
                    self._intent = intent
                case Failed(message=message):
                    self._turns.append(Turn("error", message))
                case HangUp(reason=reason):
                    self._reason = reason
                    self._turns.append(Turn("ended", reason))
                case _:
                    assert_never(each)
        return failure

    # -- the bot's side ----------------------------------------------------------------------------

    def _bot_says(self, step: BotSays, others: Sequence[BotSays]) -> Failure | None:
        for index, line in enumerate(self._unnamed):
            if step.pattern.matches(line):
                del self._unnamed[: index + 1]
                return None
            other = next((x for x in others if x.pattern.matches(line)), None)
            if other is not None:
                message = (
                    f"'{step.pattern.text}' was not said before '{line}', "
                    f"which line {other.place.line} names."
                )
                return self._failed(step, message)
        return self._failed(step, f"'{step.pattern.text}' was not said.")

    def _broken(self, line: str) -> Failure | None:
        """Return the failure of a `never` that this line breaks."""
        for never in self._forbidden:
            if never.pattern.matches(line):
                return self._failed(never, f"'{line}' was said.")
        return None

    def _unmet(self, step: Expectation) -> str | None:
        """Return why the call is not as expected; None where it is."""
        match step:
            case BotSays():
                return None
            case BotNeverSays(pattern=pattern):
                self._forbidden.append(step)
                said = next((x for x in self._unnamed if pattern.matches(x)), None)
                return f"'{said}' was said." if said is not None else None
            case InState(state=state):
                here = self._talk.state.state
                return f"the call is in state '{here}', not '{state}'." if here != state else None
            case HasIntent(intent=intent):
                meant = f"'{self._intent}'" if self._intent else "nothing"
                wrong = f"{meant} was understood, not '{intent}'."
                return wrong if self._intent != intent else None
            case HasVariables(values=values):
                return next(filter(None, (self._differs(*each) for each in values.items())), None)
            case HasSlots(values=values):
                return next(filter(None, (self._slot(*each) for each in values.items())), None)
            case HasEnded(reason=reason):
                if self._reason is None:
                    return "the call has not ended."
                wrong = f"the call ended with '{self._reason}', not '{reason}'."
                return wrong if self._reason != reason else None
            case _:
                assert_never(step)

    def _differs(self, name: str, expected: str) -> str | None:
        variables = self._talk.state.variables
        if name not in variables:
            return f"there is no variable '{name}'. {suggestion(name, variables)}".rstrip()
        value = _as_text(variables[name])
        return f"'{name}' is '{value}', not '{expected}'." if value != expected else None

    def _slot(self, name: str, expected: str | None) -> str | None:
        value = self._talk.state.slots.get(name)
        found = None if value is None else _as_text(value)
        if found == expected:
            return None
        shown = "not filled" if found is None else f"'{found}'"
        wanted = "not filled" if expected is None else f"'{expected}'"
        return f"the slot '{name}' is {shown}, not {wanted}."

    def _failed(self, step: Step, message: str) -> Failure:
        name = self._talk.state.state
        state = self._conversation.flow.states.get(name)
        return Failure(
            step.place,
            message,
            tuple(self._unnamed),
            name,
            state.place if state is not None else None,
            tuple(self._turns[-LAST_TURNS:]),
        )


def _same_stretch(steps: Sequence[Step]) -> list[BotSays]:
    """Return the bot's lines up to the caller's next move."""
    lines: list[BotSays] = []
    for step in steps:
        match step:
            case BotSays():
                lines.append(step)
            case CallerSays() | CallerPresses() | CallerIsSilent() | CallerHangsUp():
                break
            case _:
                continue
    return lines


def _as_text(value: object) -> str:
    """Return the value as it is written in a file."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case dt.time():
            return f"{value:%H:%M}"
        case dt.timedelta():
            return f"{value.total_seconds():g}s"
        case _:
            return str(value)
