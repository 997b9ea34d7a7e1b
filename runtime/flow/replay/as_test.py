"""A kept call, written down as a conversation test that passes on the same flow.

The caller's moves and what was answered from far away are the kept ones; the bot's lines are those
that a rehearsal of them gives, for that is what the test will be held against.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.flow.conversation.rehearsal import Rank, Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.conversation.step_reading import ENDINGS
from runtime.flow.conversation.talk import Shown
from runtime.flow.conversation.writing import Script, Written, as_test, file_of
from runtime.flow.engine.effects import AskModel, Effect, Entered, HangUp, Say
from runtime.flow.engine.events import (
    CallStarted,
    Event,
    ModelCalled,
    ModelDone,
    ModelSaid,
    ProviderFailed,
)
from runtime.flow.engine.prompting import FILL, LEAVE
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay.acting import Act, acts_of, do
from runtime.flow.replay.coding import decode_event
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.moves import web_replies
from runtime.flow.request import Request
from runtime.flow.web import WebRequest


def call_as_test(
    flow: Flow, steps: Sequence[KeptStep], name: str, *, rank: Rank, flow_file: str = ""
) -> str:
    """Return a file of tests with this one call; sensitive values are their stand-ins.

    `rank` is the classifier that the test will be run with; `flow_file` is the flow's, relative to
    the test's. What a test cannot say is told in comments above it. Raises `KeptProblem`.
    """
    started = decode_event(steps[0].event) if steps else None
    acts = tuple(acts_of(steps))
    assert isinstance(started, CallStarted), "acts_of has refused all else"
    rewriting = _Rewriting(flow, steps, started, rank)
    script = rewriting.script(name, acts)
    comments = [f"# {line}\n" for line in rewriting.notes(acts)]
    return "".join(comments) + file_of(flow_file or flow.file, [as_test(flow, script)])


class _Rewriting:
    """Plays the call in a rehearsal, and writes down what is seen."""

    def __init__(
        self, flow: Flow, steps: Sequence[KeptStep], started: CallStarted, rank: Rank
    ) -> None:
        self._web = {name: list(replies) for name, replies in web_replies(steps).items()}
        self._model = model_replies(steps)
        self._made: dict[str, int] = {}
        self._asked = 0
        self._unanswered: list[str] = []
        self._states: list[str] = []
        self._steps = steps
        self._flow = flow
        self._written: list[Written] = []
        # A test begins on a whole second, and is nobody's call.
        self._started = CallStarted(
            at=float(int(started.at)), call_id="test", variables=started.variables
        )
        self._rank = rank

    def script(self, name: str, acts: Sequence[Act]) -> Script:
        """Play it; return the test."""
        talk = Rehearsal(
            self._flow, self._rank, self._started, self._request, self._reply, watch=self._watch
        )
        moves = [act for act in acts if act.had_effect and act.kind != "unsayable"]
        talk.is_about_to_interrupt = bool(moves) and moves[0].interrupting
        self._note(talk.opening())
        for number, act in enumerate(moves):
            if talk.ended:
                break
            following = moves[number + 1 : number + 2]
            talk.is_about_to_interrupt = any(each.interrupting for each in following)
            self._write(act)
            self._note(do(talk, act))
        if not talk.ended and talk.state.state:
            self._written.append(Written("state", talk.state.state))
        # An answer that is there twice is told once: the last repeats.
        requests = {name: self._web[name][:made] for name, made in self._made.items()}
        return Script(
            name=name,
            at=self._started.at,
            steps=self._written,
            variables=self._started.variables,
            requests={name: replies for name, replies in requests.items() if replies},
            model=self._model[: self._asked],
        )

    def notes(self, acts: Sequence[Act]) -> list[str]:
        """Return what the test does not have of the call."""
        missing = (act.text for act in acts if act.kind == "unsayable" and act.had_effect)
        notes = [f"A test cannot say what happened here: {x}." for x in dict.fromkeys(missing)]
        notes += [f"The kept call has no answer to {x}." for x in self._unanswered]
        rows = (row for step in self._steps for row in step.effects)
        states = [row["state"] for row in rows if row["effect"] == "entered"]
        if states != self._states:
            notes.append("This test does not go all the way that the call went:")
            notes.append(f"  the call: {', '.join(states)}")
            notes.append(f"  the test: {', '.join(self._states)}")
        return notes

    def _write(self, act: Act) -> None:
        match act.kind:
            case "caller" if act.interrupting or act.confidence != 1.0:
                said: dict[str, Any] = {"text": act.text}
                if act.confidence != 1.0:
                    said["confidence"] = round(act.confidence, 3)
                if act.interrupting:
                    said["interrupting"] = True
                self._written.append(Written("caller", said))
            case "press" if self._written and self._written[-1].key == "press":
                self._written[-1] = Written("press", f"{self._written[-1].value}{act.text}")
            case "caller" | "press":
                self._written.append(Written(act.kind, act.text))
            case _:
                self._written.append(Written(act.kind, True))

    def _note(self, shown: tuple[Shown, ...]) -> None:
        for each in shown:
            match each:
                case Say(text="", sound=str(sound)):
                    self._written.append(Written("bot", f"*{sound.rsplit('/', 1)[-1]}"))
                case Say(text=text):
                    self._written.append(Written("bot", text))
                case HangUp(reason=reason) if reason in ENDINGS:
                    self._written.append(Written("ended", reason))
                case _:
                    pass

    def _watch(
        self, before: CallState, event: Event, effects: tuple[Effect, ...], after: CallState
    ) -> None:
        self._states += [effect.state for effect in effects if isinstance(effect, Entered)]

    # -- who is far away ---------------------------------------------------------------------------

    def _request(self, request: Request, sent: WebRequest) -> WebReply:
        replies = self._web.setdefault(request.name, [])
        made = self._made[request.name] = self._made.get(request.name, 0) + 1
        if not replies:
            self._unanswered.append(f"the request '{request.name}'")
            replies.append(WebReply(fault="error"))
        return replies[min(made, len(replies)) - 1]

    def _reply(self, question: AskModel) -> ModelReply:
        if self._asked == len(self._model):
            self._unanswered.append("a question to the language model")
            self._model.append(ModelReply(is_down=True))
        self._asked += 1
        return self._model[self._asked - 1]


# -- what a model has answered ---------------------------------------------------------------------


def model_replies(steps: Sequence[KeptStep]) -> list[ModelReply]:
    """Return what the language model answered, in the order of asking."""
    whole: dict[int, bool] = {}
    answers: dict[int, list[Event]] = {}
    for step in steps:
        event = decode_event(step.event)
        match event:
            case ModelSaid(errand=errand) | ModelCalled(errand=errand) | ModelDone(errand=errand):
                answers.setdefault(errand, []).append(event)
            case ProviderFailed(kind="llm", errand=errand):
                answers.setdefault(errand, []).append(event)
            case _:
                pass
        for effect in step.effects:
            if effect["effect"] == "ask_model":
                whole[effect["errand"]] = bool(effect.get("schema"))
    return [_model_reply(answers.get(errand, []), whole[errand]) for errand in whole]


def _model_reply(answer: Sequence[Event], is_data: bool) -> ModelReply:
    if not any(isinstance(each, ModelDone) for each in answer) and (
        not answer or isinstance(answer[-1], ProviderFailed)
    ):
        return ModelReply(is_down=True)
    reply = " ".join(each.text.strip() for each in answer if isinstance(each, ModelSaid))
    if is_data:
        return _as_data(reply)
    calls = [each.call for each in answer if isinstance(each, ModelCalled)]
    ways = [str(call.arguments.get("way", "")) for call in calls if call.tool == LEAVE]
    slots = [call.arguments for call in calls if call.tool == FILL]
    return ModelReply(
        reply=reply,
        intent=ways[0] if ways else "",
        slots={name: str(value) for each in slots for name, value in each.items()},
        calls=tuple(
            (call.tool, call.arguments) for call in calls if call.tool not in (FILL, LEAVE)
        ),
    )


def _as_data(reply: str) -> ModelReply:
    """Return what a model has understood, as a test says it."""
    try:
        data: Any = json.loads(reply)
    except ValueError:
        return ModelReply(reply=reply)
    slots = data.get("slots") if isinstance(data, Mapping) else None
    if not isinstance(slots, Mapping) or not all(isinstance(x, str) for x in slots.values()):
        return ModelReply(reply=reply)
    return ModelReply(intent=str(data.get("intent") or "none"), slots=dict(slots))
