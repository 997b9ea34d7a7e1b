"""An answer of the Chat Completions API, put together from the chunks of its stream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from openai.types.completion_usage import CompletionUsage

from providers.base import ModelPiece, ModelUsage, ProviderError, ToolCall
from providers.openai_client import NAME


@dataclass(slots=True)
class _Asked:
    """A tool call on its way."""

    index: int
    id: str
    name: str = ""
    arguments: str = ""


class ChatAnswer:
    """Takes the chunks in order; what a server sends besides the known is passed over.

    The client library checks nothing of what it reads, so that every field is looked at here.
    """

    def __init__(self) -> None:
        self._text = ""
        self._asked: list[_Asked] = []
        self._usage: ModelUsage | None = None
        self._finish = ""
        self._refused = False

    def take(self, chunk: object) -> str:
        """Return the text that came with `chunk`, which may be none."""
        match chunk:
            case ChatCompletionChunk(
                usage=CompletionUsage(prompt_tokens=int(prompt), completion_tokens=int(completion))
            ):
                self._usage = ModelUsage(prompt, completion)
        match chunk:
            case ChatCompletionChunk(choices=[Choice(delta=ChoiceDelta() as delta) as choice, *_]):
                self._finish = choice.finish_reason or self._finish
                self._refused = self._refused or bool(delta.refusal)
                for part in delta.tool_calls if isinstance(delta.tool_calls, list) else ():
                    self._take_call(part)
                text = delta.content if isinstance(delta.content, str) else ""
                self._text += text
                return text
        return ""

    def rest(self, *, as_object: bool) -> tuple[ModelPiece, ...]:
        """Return what follows the text when the stream has ended: whole tool calls, the usage.

        Raises `ProviderError` where the answer is not whole or, with `as_object`, no JSON object.
        """
        if self._refused or self._finish == "content_filter":
            raise ProviderError("declined to answer", provider=NAME, retryable=False)
        if not self._finish:
            raise ProviderError("broke off its answer", provider=NAME)
        calls = tuple(self._call(number, asked) for number, asked in enumerate(self._asked))
        if as_object and (self._text or not calls):
            _object(self._text, "an answer that is no JSON object" + self._cut())
        return (*calls, self._usage) if self._usage else calls

    def _take_call(self, part: object) -> None:
        match part:
            case ChoiceDeltaToolCall(
                function=ChoiceDeltaToolCallFunction(
                    name=str() | None as name, arguments=str() | None as arguments
                )
            ):
                asked = self._place(part)
                # Some servers send the name again with each part of the arguments.
                asked.name = asked.name or name or ""
                asked.arguments += arguments or ""
            case _:
                raise ProviderError("sent a tool call that cannot be read", provider=NAME)

    def _place(self, part: ChoiceDeltaToolCall) -> _Asked:
        index, call_id = getattr(part, "index", None) or 0, part.id or ""
        for asked in self._asked:
            # Some servers number all calls 0 and tell them apart by their ids only.
            if asked.index == index and call_id in ("", asked.id):
                return asked
        asked = _Asked(index, call_id)
        self._asked.append(asked)
        return asked

    def _call(self, number: int, asked: _Asked) -> ToolCall:
        if not asked.name:
            raise ProviderError("asked for a tool without a name", provider=NAME)
        # A tool without parameters is asked for with "{}" or with nothing at all.
        arguments = _object(
            asked.arguments or "{}", "arguments of a tool that are no JSON object" + self._cut()
        )
        return ToolCall(asked.id or f"call_{number}", asked.name, arguments)

    def _cut(self) -> str:
        return " (cut at max_tokens)" if self._finish == "length" else ""


def _object(text: str, otherwise: str) -> Mapping[str, object]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ProviderError(f"sent {otherwise}", provider=NAME)
    return value
