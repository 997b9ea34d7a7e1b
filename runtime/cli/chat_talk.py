"""A talk with a flow by text that can be taken back, and written down as a test."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from runtime.flow.conversation.stand_ins import (
    AnswerModel,
    AnswerRequest,
    ModelReply,
    WebReply,
)
from runtime.flow.conversation.talk import Shown, Talk
from runtime.flow.conversation.writing import Script, Written
from runtime.flow.engine.effects import AskModel, HangUp, Say
from runtime.flow.request import Request
from runtime.flow.web import WebRequest

Begin = Callable[[AnswerRequest, AnswerModel], Talk]
"""Begins the call anew, with those who answer from far away."""

Kind = Literal["caller", "press", "silence", "hang_up"]


@dataclass(frozen=True, slots=True)
class Move:
    """What the caller does."""

    kind: Kind
    text: str = ""


@dataclass(slots=True)
class Answers:
    """What web services and the model have answered, so that a talk can be played again."""

    ask_request: AnswerRequest
    ask_model: AnswerModel
    requests: list[tuple[str, WebReply]] = field(default_factory=list)
    model: list[ModelReply] = field(default_factory=list)
    requests_played: int = 0
    model_played: int = 0

    def rewind(self) -> None:
        """Answer the same again, from the first on."""
        self.requests_played = self.model_played = 0

    def forget_rest(self) -> None:
        """Forget what was not asked for this time."""
        del self.requests[self.requests_played :]
        del self.model[self.model_played :]

    def request(self, request: Request, sent: WebRequest) -> WebReply:
        """Answer as before, or ask."""
        if self.requests_played == len(self.requests):
            self.requests.append((request.name, self.ask_request(request, sent)))
        self.requests_played += 1
        return self.requests[self.requests_played - 1][1]

    def reply(self, question: AskModel) -> ModelReply:
        """Answer as before, or ask."""
        if self.model_played == len(self.model):
            self.model.append(self.ask_model(question))
        self.model_played += 1
        return self.model[self.model_played - 1]


class ChatTalk:
    """One talk; its moves are kept."""

    def __init__(self, begin: Begin, answers: Answers) -> None:
        self._begin = begin
        self._answers = answers
        self.moves: list[Move] = []
        self.talk, self.heard = self._from_the_beginning()

    def _from_the_beginning(self) -> tuple[Talk, list[tuple[Shown, ...]]]:
        talk = self._begin(self._answers.request, self._answers.reply)
        return talk, [talk.opening()]

    def do(self, move: Move) -> tuple[Shown, ...]:
        """Make a move; return what came of it."""
        self.moves.append(move)
        shown = self._do(move)
        self.heard.append(shown)
        return shown

    def _do(self, move: Move) -> tuple[Shown, ...]:
        match move.kind:
            case "caller":
                return self.talk.caller(move.text)
            case "press":
                return self.talk.press(move.text)
            case "silence":
                return self.talk.silence()
            case "hang_up":
                return self.talk.hang_up()

    def undo(self) -> bool:
        """Take the last move back; False where there is none."""
        if not self.moves:
            return False
        moves, self.moves = self.moves[:-1], []
        self._answers.rewind()
        self.talk, self.heard = self._from_the_beginning()
        for move in moves:
            self.do(move)
        self._answers.forget_rest()
        return True

    def script(self, name: str, at: float, variables: Mapping[str, object]) -> Script:
        """Return the talk as a test: every line of the bot's, every move, and how it ended."""
        steps: list[Written] = []
        for number, shown in enumerate(self.heard):
            if number:
                steps.append(_step(self.moves[number - 1]))
            for each in shown:
                match each:
                    case Say(text=text, sound=sound):
                        steps.append(Written("bot", text or str(sound)))
                    case HangUp(reason=reason):
                        steps.append(Written("ended", reason))
        if not self.talk.ended:
            steps.append(Written("state", self.talk.state.state))
        requests: defaultdict[str, list[WebReply]] = defaultdict(list)
        for request, reply in self._answers.requests:
            requests[request].append(reply)
        return Script(name, at, steps, variables, requests, self._answers.model)


def _step(move: Move) -> Written:
    if move.kind in ("silence", "hang_up"):
        return Written(move.kind, True)
    return Written(move.kind, move.text)
