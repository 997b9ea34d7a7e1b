"""OpenAI's Chat Completions, and whoever else speaks them: vLLM, Ollama, Groq and the like.

Options, all in the settings: `model`; `api_key`, which a server of one's own may do without;
`base_url`, OpenAI's where there is none; `temperature`, `max_tokens`; `structured`, which is
`json_object` for a server without JSON Schema; `timeout_seconds` from one sign of life of the
server to the next, `connect_seconds`; `headers` and `body` for what a vendor wants besides.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, assert_never

import openai
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from providers.base import ModelMessage, ModelPiece, Tool
from providers.openai_answer import ChatAnswer
from providers.openai_client import NAME, NOTHING, OPENAI, OpenAIConnection, translated
from providers.strict_schema import is_strict

Structured = Literal["json_schema", "json_object"]


class OpenAILanguageModel:
    """A language model behind the Chat Completions API. Retries are the caller's affair."""

    name = NAME

    def __init__(
        self,
        model: str,
        *,
        api_key: str = "",
        base_url: str = OPENAI,
        temperature: float | None = None,
        max_tokens: int | None = None,
        structured: Structured = "json_schema",
        timeout_seconds: float = 20.0,
        connect_seconds: float = 5.0,
        headers: Mapping[str, str] = NOTHING,
        body: Mapping[str, object] = NOTHING,
    ) -> None:
        self._connection = OpenAIConnection(
            api_key=api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            connect_seconds=connect_seconds,
            headers=headers,
        )
        self._structured = structured
        self._always: dict[str, Any] = {
            "model": model,
            "temperature": openai.omit if temperature is None else temperature,
            # OpenAI's own reasoning models refuse the name that all other servers know.
            "max_completion_tokens" if base_url == OPENAI else "max_tokens": (
                openai.omit if max_tokens is None else max_tokens
            ),
            "stream_options": {"include_usage": True},
            "extra_body": dict(body),
        }

    async def answer(
        self,
        messages: tuple[ModelMessage, ...],
        tools: tuple[Tool, ...],
        *,
        schema: Mapping[str, object] | None = None,
    ) -> AsyncIterator[ModelPiece]:
        """Yield text as it comes, then whole tool calls, then the usage. Raises `ProviderError`.

        Closing the iterator closes the connection, so that the server stops.
        """
        request = {**self._always, "messages": [_message(message) for message in messages]}
        if tools:
            request["tools"] = [_tool(tool) for tool in tools]
        if schema is not None:
            request |= self._shape(schema, request["messages"])
        answer = ChatAnswer()
        with translated():
            create = self._connection.client.chat.completions.create
            async with await create(**request, stream=True) as chunks:
                async for chunk in chunks:
                    if text := answer.take(chunk):
                        yield text
        for piece in answer.rest(as_object=schema is not None):
            yield piece

    async def warm(self) -> None:
        """Open a connection, without the key and without a question; a failure is only logged."""
        await self._connection.warm()

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    def _shape(
        self, schema: Mapping[str, object], messages: list[ChatCompletionMessageParam]
    ) -> dict[str, object]:
        """What a request says of the JSON that is to come back."""
        match self._structured:
            case "json_schema":
                shape = {"name": "answer", "schema": dict(schema), "strict": is_strict(schema)}
                return {"response_format": {"type": "json_schema", "json_schema": shape}}
            case "json_object":
                text = f"Answer with one JSON object of this JSON Schema: {json.dumps(schema)}"
                told: ChatCompletionMessageParam = {"role": "system", "content": text}
                return {
                    "response_format": {"type": "json_object"},
                    "messages": [told, *messages],
                }
            case _:
                assert_never(self._structured)


def _message(message: ModelMessage) -> ChatCompletionMessageParam:
    match message.role:
        case "system":
            return {"role": "system", "content": message.text}
        case "user":
            return {"role": "user", "content": message.text}
        case "tool":
            return {
                "role": "tool",
                "content": message.text,
                "tool_call_id": message.tool_call_id,
            }
        case "assistant" if message.tool_calls:
            return {
                "role": "assistant",
                "content": message.text or None,
                "tool_calls": [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {
                            "name": call.name,
                            "arguments": json.dumps(dict(call.arguments)),
                        },
                    }
                    for call in message.tool_calls
                ],
            }
        case "assistant":
            return {"role": "assistant", "content": message.text}
        case other:
            raise ValueError(f"no message has the role '{other}'")


def _tool(tool: Tool) -> ChatCompletionToolParam:
    parameters = dict(tool.parameters) or {"type": "object", "properties": {}}
    described: ChatCompletionToolParam = {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": parameters,
        },
    }
    if is_strict(parameters):
        described["function"]["strict"] = True
    return described
