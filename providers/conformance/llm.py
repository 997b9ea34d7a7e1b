"""What every language model does."""

import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

import pytest

from providers.base import ModelMessage, ModelPiece, ModelUsage, ProviderError, Tool, ToolCall
from providers.conformance.connected import ConnectedConformance
from providers.conformance.faults import Fault
from providers.conformance.rig import SAID, Stage
from providers.conformance.server import LocalServer
from providers.conformance.stt import TEXTS
from providers.conformance.suite import Conformance

USAGE: Final = ModelUsage(11, 7)
DAY: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {"day": {"type": "string"}},
    "required": ["day"],
    "additionalProperties": False,
}
TOOL: Final = Tool("free_times", "When there is time.", DAY)
CALLS: Final = (
    ToolCall("call_1", "free_times", {"day": "शुक्रवार"}),
    ToolCall("call_2", "free_times", {"day": "friday"}),
)


class OfflineLanguageModelConformance(Conformance):
    """For a `LanguageModel` without a server; the answers are those of the stage all the same."""

    def numbered(self) -> Stage[str, tuple[ModelPiece, ...]]:
        return Stage(lambda question: (SAID, " for ", f"{question}.", USAGE))

    async def ask(self, provider: Any, number: int = 0) -> Any:
        return await answered(provider, f"{SAID} {number}")

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        *text, usage = answer
        return "".join(text) == f"{SAID} for {SAID} {number}." and usage == USAGE

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_a_text_comes_as_it_was_written(self, text: str) -> None:
        cut = len(text) // 2
        stage = says(text[:cut], text[cut:], USAGE)
        *pieces, usage = self.play(asks(text), stage=stage)
        assert "".join(pieces) == text
        assert usage == USAGE

    def test_tools_are_asked_for_whole_after_the_text_and_usage_is_last(self) -> None:
        pieces = self.play(asks("friday", (TOOL,)), stage=says("Let me ", "look.", *CALLS, USAGE))
        text = [piece for piece in pieces if isinstance(piece, str)]
        assert "".join(text) == "Let me look."
        assert pieces[len(text) :] == [*CALLS, USAGE]

    def test_an_answer_by_a_schema_is_one_json_object(self) -> None:
        text = json.dumps({"day": "शुक्रवार 🙂"}, ensure_ascii=False)
        *pieces, _ = self.play(asks("friday", schema=DAY), stage=says(text[:5], text[5:], USAGE))
        assert json.loads("".join(pieces)) == {"day": "शुक्रवार 🙂"}

    def test_an_answer_that_nobody_wants_any_more_is_dropped(self) -> None:
        async def drop(provider: Any, _: LocalServer) -> Any:
            async with aclosing(provider.answer(conversation(SAID), ())) as pieces:
                return await anext(pieces)

        assert self.play(drop)


class LanguageModelConformance(ConnectedConformance, OfflineLanguageModelConformance):
    """For a `LanguageModel` that asks a server."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_the_question_arrives_whole(self, text: str) -> None:
        stage = says("Yes.", USAGE)
        self.play(asks(text), stage=stage)
        assert stage.asked == [text]

    @pytest.mark.parametrize("text", ["Friday.", '["friday"]', '{"day": "fri'])
    def test_what_is_no_json_object_is_an_error_where_one_was_wanted(self, text: str) -> None:
        with pytest.raises(ProviderError):
            self.play(asks("friday", schema=DAY), stage=says(text, USAGE))

    def test_an_answer_that_nobody_wants_any_more_is_hung_up(self) -> None:
        async def interrupt(provider: Any, server: LocalServer) -> None:
            async with aclosing(provider.answer(conversation(SAID), ())) as pieces:
                assert await anext(pieces)
                await server.asked.wait()
            await server.left.wait()

        places, _ = self.steps()
        self.play(interrupt, fault=Fault("hang", places[-1]))


def says(*pieces: ModelPiece) -> Stage[str, tuple[ModelPiece, ...]]:
    """A stage on which this is the answer to everything."""
    return Stage(lambda _: pieces)


def conversation(question: str) -> tuple[ModelMessage, ...]:
    """A conversation whose last message asks."""
    return (ModelMessage("system", "You are brief."), ModelMessage("user", question))


def asks(
    question: str, tools: tuple[Tool, ...] = (), schema: Mapping[str, Any] | None = None
) -> Any:
    """A scene in which one question is asked."""

    async def scene(provider: Any, _: LocalServer) -> list[ModelPiece]:
        return await answered(provider, question, tools, schema)

    return scene


async def answered(
    provider: Any,
    question: str,
    tools: tuple[Tool, ...] = (),
    schema: Mapping[str, Any] | None = None,
) -> list[ModelPiece]:
    """All pieces of an answer."""
    async with aclosing(provider.answer(conversation(question), tools, schema=schema)) as pieces:
        return [piece async for piece in pieces]
