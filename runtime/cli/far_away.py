"""Providers that a test takes down in the middle of a call, and stand-ins for the far ones."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping

from providers.base import (
    Hints,
    ModelMessage,
    ModelPiece,
    ModelUsage,
    ProviderError,
    SpeechToText,
    TextToSpeech,
    Tool,
    ToolCall,
    Transcript,
    Voice,
)
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest
from runtime.flow.engine.effects import AskModel, Effect, SendRequest, StopErrand
from runtime.flow.engine.events import ModelCalled, ModelDone, ModelSaid, ProviderFailed
from runtime.flow.web import WebAnswer, WebFailure, WebRequest

DOWN = "is down"


class BreakableSpeechToText:
    """Recognises with another, until it is taken down."""

    def __init__(self, stt: SpeechToText) -> None:
        self._stt = stt
        self.name = stt.name
        self.eager = stt.eager
        self.is_down = False

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what the other hears."""
        if self.is_down:
            raise ProviderError(DOWN, provider=self.name)
        return await self._stt.transcribe(utterance, hints)

    async def warm(self) -> None:
        """The other is warm."""

    async def close(self) -> None:
        """The other is closed by its owner."""


class BreakableTextToSpeech:
    """Speaks with another, until it is taken down; its cache is its own, to be down with it."""

    def __init__(self, tts: TextToSpeech) -> None:
        self._tts = tts
        self.name = tts.name
        self.is_down = False

    @property
    def fingerprint(self) -> str:
        """That of the other; nothing that was spoken before is known once it is down."""
        return "down" if self.is_down else self._tts.fingerprint

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield what the other says."""
        if self.is_down:
            raise ProviderError(DOWN, provider=self.name)
        async for piece in self._tts.synthesize(text, voice):
            yield piece

    async def warm(self) -> None:
        """The other is warm."""

    async def close(self) -> None:
        """The other is closed by its owner."""


class FarAway:
    """Stands in for the web services and the model of one call, as its test scripts them.

    `take` is told of every effect before it is carried out on this machine's loop: it knows which
    request is meant by what is sent.
    """

    name = "scripted"

    def __init__(self, answer_request: AnswerRequest, answer_model: AnswerModel) -> None:
        self._answer_request = answer_request
        self._answer_model = answer_model
        self._requests: deque[SendRequest] = deque()
        self._questions: deque[AskModel] = deque()
        self.is_down = False

    def take(self, effects: tuple[Effect, ...]) -> None:
        """Note what will be asked."""
        for effect in effects:
            match effect:
                case SendRequest():
                    self._requests.append(effect)
                case AskModel():
                    self._questions.append(effect)
                case StopErrand(errand=errand):
                    # What is stopped before it began is never asked for.
                    self._requests = deque(x for x in self._requests if x.errand != errand)
                    self._questions = deque(x for x in self._questions if x.errand != errand)
                case _:
                    pass

    async def send(self, request: WebRequest) -> WebAnswer:
        """Answer as the test says, after the delay that it says."""
        asked = self._requests.popleft()
        reply = self._answer_request(asked.request, request)
        await asyncio.sleep(reply.delay)
        if reply.fault:
            is_late = reply.fault == "timeout"
            raise WebFailure("the test says so", "timeout" if is_late else "failed")
        return WebAnswer(reply.status, reply.headers, reply.body)

    async def answer(
        self,
        messages: tuple[ModelMessage, ...],
        tools: tuple[Tool, ...],
        *,
        schema: Mapping[str, object] | None = None,
    ) -> AsyncIterator[ModelPiece]:
        """Yield the test's next answer."""
        question = self._questions.popleft()
        if self.is_down:
            raise ProviderError(DOWN, provider=self.name)
        reply = self._answer_model(question)
        await asyncio.sleep(reply.delay)
        for event in reply.events(0.0, question):
            match event:
                case ModelSaid(text=text):
                    yield text
                case ModelCalled(call=call):
                    yield ToolCall(call.id, call.tool, call.arguments)
                case ModelDone(tokens=tokens):
                    yield ModelUsage(tokens, 0)
                case ProviderFailed(reason=reason):
                    raise ProviderError(reason, provider=self.name)
                case _:
                    pass

    async def warm(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to free."""
