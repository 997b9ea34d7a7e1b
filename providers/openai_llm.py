"""OpenAI's Chat Completions, and whoever else speaks them: vLLM, Ollama, Groq and the like.

Options, all in the settings: `model`; `api_key`, which a server of one's own may do without;
`base_url`, OpenAI's where there is none; `temperature`, `max_tokens`; `structured`, which is
`json_object` for a server without JSON Schema; `timeout_seconds` from one sign of life of the
server to the next, `connect_seconds`; `headers` and `body` for what a vendor wants besides.
"""

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, Literal, assert_never

import httpx2
import openai
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from providers.base import ModelMessage, ModelPiece, ProviderError, Tool
from providers.openai_answer import NAME, ChatAnswer
from providers.strict_schema import is_strict

log = logging.getLogger(__name__)

OPENAI: Final = "https://api.openai.com/v1"

KEPT_SECONDS: Final = 120.0
"""An idle connection is kept for the next turn: callers think longer than HTTP clients wait."""

Structured = Literal["json_schema", "json_object"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_CODE: Final = re.compile(r"[a-z_]{1,40}")


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
        headers: Mapping[str, str] = _NOTHING,
        body: Mapping[str, object] = _NOTHING,
    ) -> None:
        if base_url == OPENAI and not api_key:
            raise ValueError("OpenAI wants an api_key")
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        self._base_url = base_url
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
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=connect_seconds),
            limits=httpx2.Limits(keepalive_expiry=KEPT_SECONDS),
            # Reading the certificates takes 20 ms, which a plain address need not pay.
            verify=base_url.startswith("https://"),
        )
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "not-needed",
            base_url=base_url,
            default_headers=dict(headers),
            max_retries=0,
            timeout=self._http.timeout,
            http_client=self._http,
        )

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
        with _translated():
            async with await self._client.chat.completions.create(**request, stream=True) as chunks:
                async for chunk in chunks:
                    if text := answer.take(chunk):
                        yield text
        for piece in answer.rest(as_object=schema is not None):
            yield piece

    async def warm(self) -> None:
        """Open a connection, without the key and without a question; a failure is only logged."""
        try:
            await self._http.head(self._base_url)
        # A client that was closed meanwhile is a RuntimeError.
        except (httpx2.HTTPError, RuntimeError) as error:
            reason = type(error).__name__
            log.warning("provider_not_warm", extra={"provider": self.name, "reason": reason})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

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


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the client library's errors into ours.

    Their texts may hold a part of the key and of what was said: no message and no traceback of
    ours has them.
    """
    try:
        yield
    except openai.APITimeoutError:
        raise ProviderError("gave no answer in time", provider=NAME) from None
    except openai.APIConnectionError as error:
        cause = type(error.__cause__).__name__
        raise ProviderError(f"the connection failed ({cause})", provider=NAME) from None
    except openai.APIStatusError as error:
        raise _status(error) from None
    except openai.APIError as error:
        reason = f"reported an error in its answer{_code(error)}"
        raise ProviderError(reason, provider=NAME) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ProviderError("sent what is no JSON", provider=NAME) from None


def _status(error: openai.APIStatusError) -> ProviderError:
    status = error.status_code
    seconds = _seconds(error.response.headers.get("retry-after", ""))
    again = "" if seconds is None else f", not before {seconds:g} s"
    return ProviderError(
        f"answered with status {status}{_code(error)}{again}",
        provider=NAME,
        retryable=status in (408, 409, 429) or status >= 500,
        retry_after_seconds=seconds,
    )


def _code(error: openai.APIError) -> str:
    """The vendor's word for it, such as model_not_found; never a sentence of the vendor's."""
    return f" ({error.code})" if _CODE.fullmatch(error.code or "") else ""


def _seconds(header: str) -> float | None:
    # The other form, a date, would have to be read against the vendor's clock.
    return float(header) if re.fullmatch(r"\d{1,6}(\.\d+)?", header) else None
