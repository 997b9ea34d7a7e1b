"""Runs a conversation test: plays the caller, and holds the bot against what is expected."""

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import assert_never

from runtime.flow.conversation.alignment import likely_line
from runtime.flow.conversation.comparing import Comparable, Seen, differences
from runtime.flow.conversation.rehearsal import Rank, Rehearsal
from runtime.flow.conversation.result import Correction, Failure, Result, Turn
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
    ProviderGoesDown,
    Step,
)
from runtime.flow.conversation.talk import Shown, Talk
from runtime.flow.engine.effects import Entered, Failed, HangUp, Say, Took, Understood
from runtime.flow.engine.events import CallStarted
from runtime.flow.place import Place

LAST_TURNS = 6
"""So many are shown with a failure."""


Begin = Callable[[Conversation, AnswerRequest, AnswerModel], Talk]
"""Begins a test's call, with those who answer from far away."""


def run(conversation: Conversation, rank: Rank) -> Result:
    """Run one test on its own virtual clock, up to the first step that is not met."""
    return run_by(conversation, rehearsed(rank))


def rehearsed(rank: Rank) -> Begin:
    """Return what begins calls in text, on a virtual clock."""

    def begin(of: Conversation, web: AnswerRequest, model: AnswerModel) -> Talk:
        return Rehearsal(of.flow, rank, started(of), web, model)

    return begin


def run_by(conversation: Conversation, begin: Begin) -> Result:
    """Run one test on whatever `begin` begins, up to the first step that is not met."""
    run = _Run(conversation, begin)
    failure = run.failure()
    return Result(conversation, failure, run.trail)


def corrections(conversation: Conversation, begin: Begin) -> tuple[Correction, ...]:
    """Return what the steps would have to expect, up to one that nothing can be written for."""
    run = _Run(conversation, begin, is_learning=True)
    run.failure()
    return tuple(run.corrections)


def started(conversation: Conversation) -> CallStarted:
    """Return how the test's call begins."""
    return CallStarted(at=conversation.at, call_id="test", variables=conversation.variables)


class _Run:
    """One call to the flow, and how far the test has come in it."""

    def __init__(
        self, conversation: Conversation, begin: Begin, *, is_learning: bool = False
    ) -> None:
        self._conversation = conversation
        self._is_learning = is_learning
        self.corrections: list[Correction] = []
        """What was seen instead, where it is learnt from; then the call goes on."""
        self._script = Script(conversation)
        self._talk = begin(conversation, self._script.request, self._script.model)
        self._unnamed: list[str] = []
        """Lines since the caller's last move that come after the last one a step has named."""
        self._recordings: set[str] = set()
        """Lines that have no words, and are named by the path of their sound."""
        self._forbidden: list[BotNeverSays] = []
        self._turns: list[Turn] = []
        self._intent: str | None = None
        self._reason: str | None = None

    def failure(self) -> Failure | None:
        """Play the call; return the first failure."""
        steps = self._conversation.talk
        self._look_ahead(steps)
        failure = self._hear(self._talk.opening()) or self._unanswered(steps[0].place)
        for index, step in enumerate(steps):
            if failure is not None:
                return failure
            self._look_ahead(steps[index + 1 :])
            match step:
                case BotSays():
                    failure = self._bot_says(step, _same_stretch(steps[index + 1 :]))
                case BotNeverSays():
                    failure = self._never(step)
                case (
                    CallerSays()
                    | CallerPresses()
                    | CallerIsSilent()
                    | CallerHangsUp()
                    | ProviderGoesDown()
                ):
                    failure = self._act(step) or self._unanswered(step.place)
                case _:
                    failure = self._compare(step)
        return failure

    @property
    def trail(self) -> tuple[Entered | Took, ...]:
        """Where the call has been."""
        return tuple(self._talk.trail)

    @property
    def _seen(self) -> Seen:
        return Seen(self._talk.state, self._intent, self._reason, self._script.sent)

    def _look_ahead(self, steps: Sequence[Step]) -> None:
        """Let the call know whether the caller's next move comes into the bot's last line."""
        moves = (x for x in steps if isinstance(x, Act) and not isinstance(x, ProviderGoesDown))
        following = next(moves, None)
        interrupts = isinstance(following, CallerSays) and following.interrupting
        self._talk.is_about_to_interrupt = interrupts

    def _unanswered(self, place: Place) -> Failure | None:
        """Return the failure of a request or question that the test does not answer."""
        missing = self._script.missing
        return self._failed(place, missing[0]) if missing else None

    # -- the caller's side -------------------------------------------------------------------------

    def _act(self, step: Act) -> Failure | None:
        if self._talk.ended:
            return self._failed(step.place, f"the call had already ended: {self._reason}.")
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
                    if not text:
                        self._recordings.add(line)
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
        failure = self._is_said(step, others)
        if failure is None or not self._is_learning:
            return failure
        line = likely_line([x.pattern for x in (step, *others)], self._unnamed)
        if line is None:
            return failure
        meant = self._unnamed[line]
        # Where a recording lies is not the same on every machine.
        said = f"*{PurePath(meant).name}" if meant in self._recordings else meant
        self.corrections.append(Correction(step.place, ("bot",), said))
        del self._unnamed[: line + 1]
        return None

    def _is_said(self, step: BotSays, others: Sequence[BotSays]) -> Failure | None:
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
                return self._failed(step.place, message)
        return self._failed(step.place, f"'{step.pattern.text}' was not said.")

    def _never(self, step: BotNeverSays) -> Failure | None:
        self._forbidden.append(step)
        return next(filter(None, map(self._broken, self._unnamed)), None)

    def _compare(self, step: Comparable) -> Failure | None:
        for wrong in differences(step, self._seen):
            if not (self._is_learning and wrong.is_writable):
                return self._failed(step.place, wrong.message)
            self.corrections.append(Correction(step.place, wrong.path, wrong.instead))
        return None

    def _broken(self, line: str) -> Failure | None:
        """Return the failure of a `never` that this line breaks."""
        for never in self._forbidden:
            if never.pattern.matches(line):
                return self._failed(never.place, f"'{line}' was said.")
        return None

    def _failed(self, place: Place, message: str) -> Failure:
        call = self._talk.state
        state = call.flow_of(self._conversation.flow).states.get(call.state)
        return Failure(
            place,
            message,
            tuple(self._unnamed),
            call.state,
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
