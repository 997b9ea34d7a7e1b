"""The caller of a kept call, acting once more in a rehearsal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.events import (
    CallerHungUp,
    EndAsked,
    Event,
    Heard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    Recorded,
    SpeechCut,
    TimerFired,
    VoicemailMet,
)
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.moves import stretches

MESSAGE = "a message"
"""Said where a message was recorded: its words are in the recording only."""

Kind = Literal["caller", "press", "silence", "hang_up", "unsayable"]


@dataclass(frozen=True, slots=True)
class Act:
    """What the caller does, in the order of the call."""

    kind: Kind
    text: str = ""
    """unsayable: why no rehearsal can do it."""
    confidence: float = 1.0
    interrupting: bool = False
    had_effect: bool = True
    """False: the bot took no notice, as with keys pressed into words that may not be stopped."""
    replaced: bool = False
    """It is a stand-in for something sensitive."""


def acts_of(steps: Sequence[KeptStep]) -> Iterable[Act]:
    """Yield what the caller did in a kept call; raises `KeptProblem`."""
    said = heard = 0
    for stretch in stretches(steps):
        kinds = {effect["effect"] for once in stretch for effect in once.step.effects}
        had_effect = bool(kinds & {"understood", "say", "entered", "hang_up", "start_timer"})
        for once in stretch:
            act = _act(once.event, into_speech=said > heard, had_effect=had_effect)
            if act is not None:
                yield replace(act, replaced=True) if once.step.replaced else act
            match once.event:
                case PlayedOut(say=say) | SpeechCut(say=say):
                    heard = max(heard, say)
                case _:
                    pass
            lines = [x["number"] for x in once.step.effects if x["effect"] == "say"]
            said = max([said, *lines])


def _act(event: Event, *, into_speech: bool, had_effect: bool) -> Act | None:  # noqa: C901 - rows
    match event:
        case Heard(text=text, confidence=confidence) if text.strip():
            return Act("caller", text, confidence, into_speech, had_effect)
        case Pressed(digit=digit):
            return Act("press", digit, had_effect=had_effect)
        case TimerFired(timer="no_input" | "keys"):
            return Act("silence", had_effect=had_effect)
        case Recorded(name=""):
            return Act("silence")
        case Recorded():
            return Act("caller", MESSAGE)
        case CallerHungUp():
            return Act("hang_up")
        case TimerFired(timer=timer) if timer.startswith("after:") or timer == "over_limit":
            return Act("unsayable", "the time that had passed", had_effect=had_effect)
        case ProviderFailed(kind=kind) if kind != "llm":
            return Act("unsayable", f"the failure of {kind}", had_effect=had_effect)
        case EndAsked(reason=reason):
            return Act("unsayable", f"the call was ended: {reason}")
        case VoicemailMet():
            return Act("unsayable", "the answering machine")
        case _:
            return None


def do(talk: Rehearsal, act: Act) -> tuple[Shown, ...]:
    """Do it in a rehearsal; return what came of it."""
    match act.kind:
        case "caller":
            return talk.caller(act.text, act.confidence)
        case "press":
            return talk.press(act.text)
        case "silence":
            return talk.silence()
        case "hang_up":
            return talk.hang_up()
        case "unsayable":
            return ()
