"""One call's requests to web services and questions to a language model, each a task of its own."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol

from providers.base import (
    LanguageModel,
    ModelMessage,
    ModelPiece,
    ModelUsage,
    ProviderError,
    Tool,
    ToolCall,
)
from runtime.audio.sentences import sentences
from runtime.call.equipment import Equipment
from runtime.call.tasks import Tasks
from runtime.flow.engine import dialogue
from runtime.flow.engine.effects import AskModel, SendRequest
from runtime.flow.engine.requesting import rendered
from runtime.flow.template import TemplateProblem
from runtime.flow.web import WebAnswer, WebFailure

LETTERS_A_TOKEN = 4
"""Where a model does not count: OpenAI's rule of thumb for English."""

log = logging.getLogger(__name__)


class Told(Protocol):
    """Who is told what came of an errand, by its number."""

    def request_answered(self, errand: int, answer: WebAnswer) -> None:
        """A web service has answered."""

    def request_failed(self, errand: int, failure: WebFailure) -> None:
        """A web service gave no answer."""

    def model_said(self, errand: int, text: str) -> None:
        """A sentence of an answer, or the whole of it."""

    def model_called(self, errand: int, call: dialogue.ModelCall) -> None:
        """The model asks for a tool."""

    def model_done(self, errand: int, tokens: int) -> None:
        """The answer is whole."""

    def model_failed(self, errand: int, error: ProviderError) -> None:
        """The model, and those behind it, gave no answer."""


class _Ahead:
    """A model's answer to a question that may not be asked, as far as it has come."""

    def __init__(self, model: LanguageModel, effect: AskModel, tasks: asyncio.TaskGroup) -> None:
        self._model = model
        self._effect = effect
        self._pieces: asyncio.Queue[ModelPiece | ProviderError | None] = asyncio.Queue()
        self._asking = tasks.create_task(self._ask())

    def answers(self, effect: AskModel) -> bool:
        """Whether it is that question's answer."""
        mine = self._effect
        return (mine.messages, mine.tools, mine.schema) == (
            effect.messages,
            effect.tools,
            effect.schema,
        )

    def cancel(self) -> None:
        """It is not wanted."""
        self._asking.cancel()

    async def pieces(self) -> AsyncGenerator[ModelPiece]:
        """Yield the answer, from its beginning. Raises `ProviderError`."""
        try:
            while (piece := await self._pieces.get()) is not None:
                if isinstance(piece, ProviderError):
                    raise piece
                yield piece
        finally:
            self._asking.cancel()

    async def _ask(self) -> None:
        try:
            async with aclosing(_closable(answer_of(self._model, self._effect))) as pieces:
                async for piece in pieces:
                    self._pieces.put_nowait(piece)
        except ProviderError as error:
            self._pieces.put_nowait(error)
        self._pieces.put_nowait(None)


class Errands:
    """Runs them for one call; the engine has one under way at a time, and may stop it."""

    def __init__(self, equipment: Equipment, model: LanguageModel | None, told: Told) -> None:
        self._web = equipment.web
        self._env = equipment.env
        self._model = model
        self._told = told
        self._waiting: dict[int, Coroutine[Any, Any, None]] = {}
        self._asked = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._ahead: _Ahead | None = None
        self._tasks: asyncio.TaskGroup | None = None

    def send(self, effect: SendRequest) -> None:
        """Make a request."""
        self._add(effect.errand, self._send(effect))

    def ask(self, effect: AskModel) -> None:
        """Ask the model."""
        self._add(effect.errand, self._ask(effect))

    def ask_ahead(self, effect: AskModel) -> None:
        """Ask the model what it will be asked if the caller has ended; nothing is told."""
        self.forget_ahead()
        if self._model is not None and self._tasks is not None:
            self._ahead = _Ahead(self._model, effect, self._tasks)

    def forget_ahead(self) -> None:
        """That will not be asked."""
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    def _add(self, number: int, errand: Coroutine[Any, Any, None]) -> None:
        self._waiting[number] = errand
        self._asked.set()

    def stop(self, number: int) -> None:
        """What comes of it is not wanted any more; what has not begun never does."""
        errand, task = self._waiting.pop(number, None), self._under_way.pop(number, None)
        if errand is not None:
            errand.close()
        if task is not None:
            task.cancel()

    async def run(self) -> None:
        """Run errands until cancelled."""
        try:
            async with Tasks() as tasks:
                self._tasks = tasks
                while True:
                    await self._asked.wait()
                    self._asked.clear()
                    while self._waiting:
                        number = next(iter(self._waiting))
                        task = tasks.create_task(self._waiting.pop(number))
                        self._under_way[number] = task
                        task.add_done_callback(partial(self._forget, number))
        finally:
            for errand in self._waiting.values():
                errand.close()
            self.forget_ahead()

    def _forget(self, number: int, _: "asyncio.Task[None]") -> None:
        self._under_way.pop(number, None)

    async def _send(self, effect: SendRequest) -> None:
        try:
            request = rendered(effect.request, effect.values, self._env)
            answer = await self._web.send(request)
        except TemplateProblem as problem:
            failure = WebFailure(problem.message, "failed")
            self._told.request_failed(effect.errand, failure)
        except WebFailure as failure:
            self._told.request_failed(effect.errand, failure)
        else:
            self._told.request_answered(effect.errand, answer)

    async def _ask(self, effect: AskModel) -> None:
        try:
            if self._model is None:
                message = "no language model is set: name one under 'providers' or 'defaults'"
                raise ProviderError(message, retryable=False)
            await self._answer(self._model, effect)
        except ProviderError as error:
            self._told.model_failed(effect.errand, error)

    async def _answer(self, model: LanguageModel, effect: AskModel) -> None:
        speech = _Speech(whole=effect.whole)
        tokens = 0
        async with aclosing(self._stream(model, effect)) as pieces:
            async for piece in pieces:
                match piece:
                    case str():
                        for sentence in speech.add(piece):
                            self._told.model_said(effect.errand, sentence)
                    case ToolCall(id=id_, name=name, arguments=arguments):
                        call = dialogue.ModelCall(id_, name, arguments)
                        self._told.model_called(effect.errand, call)
                    case ModelUsage(prompt_tokens=asked, completion_tokens=answered):
                        tokens = asked + answered
        for sentence in speech.rest():
            self._told.model_said(effect.errand, sentence)
        self._told.model_done(effect.errand, tokens or _counted(effect, speech.letters))

    def _stream(self, model: LanguageModel, effect: AskModel) -> AsyncGenerator[ModelPiece]:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if ahead.answers(effect):
                return ahead.pieces()
            ahead.cancel()
        return _closable(answer_of(model, effect))


def answer_of(model: LanguageModel, effect: AskModel) -> AsyncIterator[ModelPiece]:
    """Ask a model what the engine asks; the pieces come as the provider gives them."""
    messages = tuple(_message(message) for message in effect.messages)
    tools = tuple(Tool(tool.name, tool.description, tool.parameters) for tool in effect.tools)
    return model.answer(messages, tools, schema=effect.schema or None)


async def _closable(stream: AsyncIterator[ModelPiece]) -> AsyncGenerator[ModelPiece, None]:
    """Yield the pieces of any iterator; closing it early closes what can be closed."""
    try:
        async for piece in stream:
            yield piece
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


class _Speech:
    """A text that comes in pieces, cut into sentences as soon as they are whole."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._text = ""
        self._begun = False
        self.letters = 0

    def add(self, piece: str) -> tuple[str, ...]:
        self.letters += len(piece)
        self._text += piece
        if self._whole:
            return ()
        # Only the first sentence is cut at a comma, to be heard early.
        limit = {} if not self._begun else {"first_piece": len(self._text)}
        *ready, last = sentences(self._text, **limit) or ("",)
        if ready:
            self._begun = True
            spaced = " " if self._text[-1:].isspace() else ""
            self._text = f"{last}{spaced}"
        return tuple(ready)

    def rest(self) -> tuple[str, ...]:
        text = self._text.strip()
        return (text,) if text else ()


def _message(message: dialogue.ModelMessage) -> ModelMessage:
    calls = tuple(ToolCall(call.id, call.tool, call.arguments) for call in message.calls)
    return ModelMessage(message.role, message.text, calls, message.call_id)


def _counted(effect: AskModel, answered: int) -> int:
    return (sum(len(message.text) for message in effect.messages) + answered) // LETTERS_A_TOKEN
