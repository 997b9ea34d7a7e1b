"""What stands in for web services and language models where a flow is rehearsed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.events import (
    Event,
    ModelCalled,
    ModelDone,
    ModelSaid,
    ProviderFailed,
    RequestAnswered,
    RequestFailed,
)
from runtime.flow.engine.prompting import FILL, LEAVE
from runtime.flow.request import Request
from runtime.flow.web import WebRequest

Fault = Literal["", "error", "timeout"]


@dataclass(frozen=True, slots=True)
class WebReply:
    """What a web service answers, after `delay` seconds; `fault`: it gives no answer."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    fault: Fault = ""

    def event(self, at: float, errand: int) -> Event:
        """Return the answer as the engine is told it."""
        if self.fault:
            late = self.fault == "timeout"
            return RequestFailed(at=at, errand=errand, reason="cannot be reached", is_late=late)
        return RequestAnswered(
            at=at, errand=errand, status=self.status, headers=self.headers, body=self.body
        )


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What a language model answers: words, a way out or intent, slots, tools; any of them."""

    reply: str = ""
    intent: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[tuple[str, Mapping[str, object]], ...] = ()
    tokens: int = 0
    delay: float = 0.0
    is_down: bool = False

    def events(self, at: float, question: AskModel) -> tuple[Event, ...]:
        """Return the answer to that question as the engine is told it."""
        errand = question.errand
        if self.is_down:
            return (ProviderFailed(at=at, kind="llm", reason="is down", errand=errand),)
        done = ModelDone(at=at, errand=errand, tokens=self.tokens)
        if question.whole:
            return (ModelSaid(at=at, errand=errand, text=self._whole(question)), done)
        said = [ModelSaid(at=at, errand=errand, text=self.reply)] if self.reply else []
        called = [
            ModelCalled(at=at, errand=errand, call=ModelCall(f"call-{number}", tool, arguments))
            for number, (tool, arguments) in enumerate(self._tools(), 1)
        ]
        return (*said, *called, done)

    def _whole(self, question: AskModel) -> str:
        if not question.schema or self.reply:
            return self.reply
        return json.dumps({"intent": self.intent or "none", "slots": dict(self.slots)})

    def _tools(self) -> Iterable[tuple[str, Mapping[str, object]]]:
        if self.slots:
            yield FILL, dict(self.slots)
        yield from self.calls
        if self.intent:
            yield LEAVE, {"way": self.intent}


AnswerRequest = Callable[[Request, WebRequest], WebReply]
"""The request as the flow names it, and as it would be sent (with `env` stood in for)."""

AnswerModel = Callable[[AskModel], ModelReply]


def no_web(request: Request, sent: WebRequest) -> WebReply:
    """Be out of reach."""
    return WebReply(fault="error")


def no_model(question: AskModel) -> ModelReply:
    """Be down."""
    return ModelReply(is_down=True)


class AnyEnvironment(Mapping[str, str]):
    """Has a value for every name: a rehearsal knows no secrets."""

    def __getitem__(self, name: str) -> str:
        return f"env.{name}"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
