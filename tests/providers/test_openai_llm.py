"""The adapter against a server of the same API that was written elsewhere."""

import asyncio
import logging

import pytest
from openai_model import openai_model

from providers import registry
from providers.base import (
    ModelMessage,
    ModelUsage,
    ProviderError,
    ProviderMissing,
    Tool,
    ToolCall,
)

pytestmark = [pytest.mark.network, pytest.mark.openai]

HELLO = (ModelMessage("system", "You are brief."), ModelMessage("user", "Hello?"))
DAY = {
    "type": "object",
    "properties": {"day": {"type": "string"}},
    "required": ["day"],
    "additionalProperties": False,
}
FREE_TIMES = Tool("free_times", "When there is time.", DAY)
SIMPLE = Tool("now", "What time it is.")


def ask(model_server, *, messages=HELLO, tools=(), schema=None, **options):
    """All pieces of one answer, by a new client."""

    async def pieces():
        model = openai_model(model_server.base_url, **options)
        try:
            return [piece async for piece in model.answer(messages, tools, schema=schema)]
        finally:
            await model.close()

    return asyncio.run(pieces())


def test_a_text_comes_piece_by_piece_and_its_usage_last(model_server):
    model_server.says("Good morning to you.")
    *words, usage = ask(model_server)
    assert "".join(words) == "Good morning to you."
    assert len(words) == 4
    assert isinstance(usage, ModelUsage)
    assert usage.prompt_tokens > 0
    assert usage.completion_tokens > 0


def test_what_is_asked_is_what_was_given_with_its_options(model_server):
    model_server.says("Yes.")
    ask(model_server, temperature=0.2, max_tokens=60, body={"reasoning_effort": "low"})
    [asked] = model_server.asked
    assert asked == {
        "model": "small",
        "messages": [
            {"role": "system", "content": "You are brief."},
            {"role": "user", "content": "Hello?"},
        ],
        "temperature": 0.2,
        "max_tokens": 60,
        "reasoning_effort": "low",
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_tools_are_asked_for_whole_after_the_text(model_server):
    model_server.says("Let me look.", ("free_times", {"day": "friday"}), ("now", {}))
    pieces = ask(model_server, tools=(FREE_TIMES, SIMPLE))
    calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [
        ("free_times", {"day": "friday"}),
        ("now", {}),
    ]
    assert calls[0].id != calls[1].id
    assert [type(piece) for piece in pieces] == [str, str, str, ToolCall, ToolCall, ModelUsage]


def test_a_tool_is_described_strictly_where_its_schema_allows_it(model_server):
    model_server.says("Yes.")
    ask(model_server, tools=(FREE_TIMES, SIMPLE))
    strict, simple = (tool["function"] for tool in model_server.asked[0]["tools"])
    assert strict == {
        "name": "free_times",
        "description": "When there is time.",
        "parameters": DAY,
        "strict": True,
    }
    assert simple["parameters"] == {"type": "object", "properties": {}}
    assert "strict" not in simple


def test_a_tools_answer_goes_back_with_the_call_it_belongs_to(model_server):
    model_server.says("", ("free_times", {"day": "friday"}))
    model_server.says("Five is free.")
    call = next(p for p in ask(model_server, tools=(FREE_TIMES,)) if isinstance(p, ToolCall))
    later = (
        *HELLO,
        ModelMessage("assistant", tool_calls=(call,)),
        ModelMessage("tool", '["17:00"]', tool_call_id=call.id),
    )
    assert "".join(ask(model_server, messages=later, tools=(FREE_TIMES,))[:-1]) == "Five is free."
    assistant, tool = model_server.asked[1]["messages"][-2:]
    assert assistant["content"] is None
    assert assistant["tool_calls"][0]["function"]["arguments"] == '{"day": "friday"}'
    assert tool == {"role": "tool", "content": '["17:00"]', "tool_call_id": call.id}


def test_arguments_that_are_no_json_are_an_error(model_server):
    model_server.says("", ("free_times", {"day": "friday"}))
    model_server.breaks_tool_call()
    with pytest.raises(ProviderError, match="arguments of a tool that are no JSON object"):
        ask(model_server, tools=(FREE_TIMES,))


def test_an_answer_with_a_schema_is_asked_for_by_it(model_server):
    model_server.says_json({"day": "friday"})
    assert "".join(ask(model_server, schema=DAY)[:-1]) == '{"day": "friday"}'
    shape = model_server.asked[0]["response_format"]
    assert shape["json_schema"] == {"name": "answer", "schema": DAY, "strict": True}


def test_a_schema_with_room_is_not_strict(model_server):
    model_server.says_json({"day": "friday"})
    ask(model_server, schema={"type": "object", "properties": {"day": {"type": "string"}}})
    assert model_server.asked[0]["response_format"]["json_schema"]["strict"] is False


def test_a_server_without_schemas_is_told_the_schema_in_words(model_server):
    model_server.says_json({"day": "friday"})
    ask(model_server, schema=DAY, structured="json_object")
    [asked] = model_server.asked
    assert asked["response_format"] == {"type": "json_object"}
    assert '"additionalProperties": false' in asked["messages"][0]["content"]
    assert [message["content"] for message in asked["messages"][1:]] == ["You are brief.", "Hello?"]


@pytest.mark.parametrize("text", ["Friday.", '["friday"]', '{"day": "fri'])
def test_an_answer_that_is_no_json_object_is_an_error_where_one_was_wanted(model_server, text):
    model_server.says(text)
    with pytest.raises(ProviderError, match="no JSON object") as caught:
        ask(model_server, schema=DAY)
    assert caught.value.retryable


def test_an_answer_cut_by_its_length_is_named_so(model_server):
    model_server.says('{"day": "fri', finish_reason="length")
    with pytest.raises(ProviderError, match="cut at max_tokens"):
        ask(model_server, schema=DAY)


def test_a_text_cut_by_its_length_is_said_as_far_as_it_goes(model_server):
    model_server.says("As I was", finish_reason="length")
    assert "".join(ask(model_server)[:-1]) == "As I was"


def test_a_filtered_answer_is_an_error_that_would_come_again(model_server):
    model_server.says("Well", finish_reason="content_filter")
    with pytest.raises(ProviderError, match="declined") as caught:
        ask(model_server)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False),
        (401, False),
        (403, False),
        (404, False),
        (422, False),
        (408, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_is_not_tried_again_here(
    model_server, status, retryable
):
    model_server.fails(status)
    with pytest.raises(ProviderError, match=f"answered with status {status}") as caught:
        ask(model_server)
    assert (caught.value.provider, caught.value.retryable) == ("openai", retryable)
    assert len(model_server.asked) == 1


def test_a_vendors_wish_to_wait_is_passed_on(model_server):
    model_server.fails(429, retry_after=7)
    with pytest.raises(ProviderError) as caught:
        ask(model_server)
    assert caught.value.retry_after_seconds == 7
    assert caught.value.message == (
        "answered with status 429 (rate_limit_exceeded), not before 7 s"
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("drops", r"the connection failed \(RemoteProtocolError\)"),
        ("cuts", "broke off its answer"),
        ("garbles", "sent what is no JSON"),
    ],
)
@pytest.mark.parametrize("after_chunks", [0, 1, 3])
def test_a_stream_that_breaks_is_an_error_to_try_again(model_server, fault, message, after_chunks):
    model_server.says("One two three four five.")
    getattr(model_server, fault)(after_chunks=after_chunks)
    with pytest.raises(ProviderError, match=message) as caught:
        ask(model_server)
    assert caught.value.retryable


def test_answers_for_many_callers_at_once_do_not_mix(model_server):
    for number in range(8):
        model_server.says(f"Answer {number} is all yours.")

    async def one(model):
        return "".join([p async for p in model.answer(HELLO, ()) if isinstance(p, str)])

    async def all_of_them():
        model = openai_model(model_server.base_url)
        answers = await asyncio.gather(*(one(model) for _ in range(8)))
        await model.close()
        return answers

    answers = asyncio.run(all_of_them())
    assert sorted(answers) == [f"Answer {number} is all yours." for number in range(8)]


def test_warming_asks_nothing(model_server):
    model_server.says("Yes.")

    async def warm():
        model = openai_model(model_server.base_url)
        await model.warm()
        await model.close()

    asyncio.run(warm())
    assert model_server.asked == []
    assert ask(model_server)[0] == "Yes."


def test_a_server_that_is_not_there_is_no_reason_not_to_start(caplog):
    async def warm():
        model = openai_model("http://127.0.0.1:9/v1")
        await model.warm()
        with pytest.raises(
            ProviderError, match=r"the connection failed \(ConnectError\)"
        ) as caught:
            await anext(model.answer(HELLO, ()))
        await model.close()
        return caught.value.retryable

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(warm())
    assert [record.message for record in caplog.records] == ["provider_not_warm"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "gpt-5-nano"}, "refuses its options: OpenAI wants an api_key."),
        ({"model": "x", "base_url": "localhost:11434"}, "base_url begins with http://"),
        ({"model": "x", "api_kye": "k"}, "has no option 'api_kye'. Did you mean 'api_key'?"),
        ({}, "refuses its options: "),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build("llm", "openai", options)
    assert message in caught.value.message


def test_the_key_is_in_no_representation_message_or_log(model_server, caplog):
    key = "sk-very-secret"
    model_server.fails(401)

    async def fail():
        model = openai_model(model_server.base_url, api_key=key)
        assert key not in repr(model)
        await model.warm()
        with pytest.raises(ProviderError) as caught:
            await anext(model.answer(HELLO, ()))
        await model.close()
        return caught.value

    with caplog.at_level(logging.DEBUG):
        error = asyncio.run(fail())
    assert key not in error.message
    assert key not in caplog.text
    assert "Hello?" not in error.message
