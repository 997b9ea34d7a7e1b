"""A language model's server for tests, written elsewhere: `llmock` speaks OpenAI's API for real.

The fixture `model_server` is one server for the whole run, emptied for each test. Script the
answers before they are asked for; each is given once, in order, to whoever asks next:

    def test_the_model_books(model_server):
        model_server.says("Let me look.", ("free_times", {"day": "friday"}))   # text, then a tool
        model_server.says("Five is free.")                                      # streamed by words
        model = OpenAILanguageModel("any", base_url=model_server.base_url)      # no key needed
        …
        assert model_server.asked[1]["messages"][-1]["role"] == "tool"

In a server's settings: `providers={"llm": {"model": {"use": "openai", "model": "any",
"base_url": model_server.base_url}}}`. `says_json({...})` answers a request with a schema. What goes
wrong is scripted likewise: `fails(429, retry_after=2)`, and, for the answer scripted beside it,
`drops(after_chunks=2)`, `cuts(…)` (ends cleanly, too early), `garbles(…)`, `breaks_tool_call()`.
An answer that nobody scripted is some text of llmock's own. `asked` is what the requests held.
"""

import json
from collections.abc import Mapping
from typing import Any

from llmock.scenarios import Behavior, Fail, Match, Reply, StreamFault, ToolCall, ToolFault
from llmock.testing import LLMockServer

# Warming a connection is a request too, and takes no answer away.
QUESTIONS = Match(path="*/chat/completions")
STREAMS = Match(path="*/chat/completions", stream=True)

Asked = tuple[str, Mapping[str, Any]]
"""A tool's name and its arguments."""


class ModelServer:
    """What the server is to answer, and what it was asked."""

    def __init__(self, server: LLMockServer) -> None:
        self._server = server
        self.base_url = server.base_url("openai")
        server.state.reset()

    def says(self, text: str = "", *tools: Asked, finish_reason: str | None = None) -> None:
        calls = tuple(ToolCall(name, dict(arguments)) for name, arguments in tools)
        # Without a text and tools llmock thinks up an answer of its own.
        said = text if text or not calls else None
        self._add(Reply(said, calls, finish_reason, match=QUESTIONS))

    def says_json(self, value: Mapping[str, Any]) -> None:
        self.says(json.dumps(value))

    def fails(self, status: int, *, retry_after: float | None = None, times: int = 1) -> None:
        self._add(Fail(status, retry_after=retry_after, times=times, match=QUESTIONS))

    def drops(self, *, after_chunks: int) -> None:
        self._add(StreamFault("disconnect", after_chunks, match=STREAMS))

    def cuts(self, *, after_chunks: int) -> None:
        self._add(StreamFault("truncate", after_chunks, match=STREAMS))

    def garbles(self, *, after_chunks: int) -> None:
        self._add(StreamFault("malformed", after_chunks, match=STREAMS))

    def breaks_tool_call(self) -> None:
        self._add(ToolFault("malformed_arguments", match=QUESTIONS))

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the questions, in the order they came."""
        records = self._server.state.journal.records(wait=2)
        return [record.body for record in records if record.path.endswith("/chat/completions")]

    def _add(self, behavior: Behavior) -> None:
        self._server.state.scenarios.add(behavior)
