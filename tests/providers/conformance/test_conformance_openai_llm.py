"""OpenAI's Chat Completions adapter in the suite; the answers are those of OpenAI's API reference.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
from collections.abc import Iterator

import pytest
from raw_http import events

from providers.base import ModelPiece, ModelUsage, ToolCall
from providers.conformance import KEY, Exchange, LanguageModelConformance, Place, Rig, Stage
from providers.openai_llm import OpenAILanguageModel

pytestmark = pytest.mark.network


class ChatRig(Rig):
    def build(self, place: Place) -> OpenAILanguageModel:
        return OpenAILanguageModel(
            "gpt-4o-mini",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        asked = json.loads(exchange.request.body)
        pieces = stage.take(asked["messages"][-1]["content"])
        lines = events(*(json.dumps(chunk) for chunk in _chunks(pieces)))
        await exchange.answer(*lines, content_type="text/event-stream", marked_end=True)


class TestOpenAILanguageModel(LanguageModelConformance):
    rig = ChatRig()


def _chunks(pieces: tuple[ModelPiece, ...]) -> Iterator[dict[str, object]]:
    index = 0
    for piece in pieces:
        match piece:
            case str():
                yield _chunk({"content": piece})
            case ToolCall():
                arguments = json.dumps(dict(piece.arguments))
                function = {"name": piece.name, "arguments": arguments}
                call = {"index": index, "id": piece.id, "type": "function", "function": function}
                yield _chunk({"tool_calls": [call]})
                index += 1
            case ModelUsage():
                yield _chunk({}, "tool_calls" if index else "stop")
                yield _usage(piece)


def _chunk(delta: dict[str, object], finish_reason: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-123",
        "object": "chat.completion.chunk",
        "created": 1694268190,
        "model": "gpt-4o-mini",
        "choices": [choice],
        "usage": None,
    }


def _usage(usage: ModelUsage) -> dict[str, object]:
    tokens = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }
    return {**_chunk({}), "choices": [], "usage": tokens}
