"""The adapter against recorded exchanges: what no proper server does, and what some servers do."""

import asyncio
import json

import pytest
from openai_model import openai_model
from raw_http import DROP, HANG, Exchange, each_byte, events, raw_server

from providers.base import ModelMessage, ModelUsage, ProviderError, Tool, ToolCall

pytestmark = [pytest.mark.network, pytest.mark.openai]

HELLO = (ModelMessage("user", "Hello?"),)
TOOL = Tool("free_times", "When there is time.")


def chunk(finish_reason=None, usage=None, **delta):
    """One chunk as OpenAI's API reference shows it."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return json.dumps(
        {
            "id": "chatcmpl-123",
            "object": "chat.completion.chunk",
            "created": 1694268190,
            "model": "gpt-4o-mini",
            "system_fingerprint": "fp_44709d6fcb",
            "choices": [choice],
            "usage": usage,
        },
        ensure_ascii=False,
    )


def part(index, arguments=None, **more):
    return {"tool_calls": [{"index": index, **more, "function": {"arguments": arguments}}]}


def begin(index, call_id, name, arguments=""):
    function = {"name": name, "arguments": arguments}
    return {
        "tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]
    }


def answer(*exchanges, schema=None, timeout_seconds=5.0, **options):
    """All pieces of one answer to one question."""

    async def pieces():
        async with raw_server(*exchanges) as server:
            model = openai_model(server.base_url, timeout_seconds=timeout_seconds, **options)
            try:
                return [piece async for piece in model.answer(HELLO, (TOOL,), schema=schema)]
            finally:
                await model.close()

    return asyncio.run(pieces())


def stream(*lines, done=True):
    return Exchange(steps=events(*lines, done=done))


def test_letters_of_any_script_may_be_split_between_packets():
    text = "नमस्ते, 5 बजे? — ठीक है 🙂"
    lines = events(chunk(content=text[:7]), chunk(content=text[7:]), chunk("stop"))
    assert "".join(answer(Exchange(steps=each_byte(lines)))) == text


def test_arguments_are_put_together_by_their_index():
    pieces = answer(
        stream(
            chunk(role="assistant", content=None),
            chunk(**begin(0, "call_a", "free_times")),
            chunk(**begin(1, "call_b", "book")),
            chunk(**part(0, '{"day": ')),
            chunk(**part(1, '{"time": "5')),
            chunk(**part(0, '"friday"}')),
            chunk(**part(1, ' pm"}')),
            chunk("tool_calls"),
        )
    )
    assert pieces == [
        ToolCall("call_a", "free_times", {"day": "friday"}),
        ToolCall("call_b", "book", {"time": "5 pm"}),
    ]


@pytest.mark.parametrize(
    ("deltas", "calls"),
    [
        (
            # Some number every call 0 and send each whole.
            [begin(0, "call_a", "now", "{}"), begin(0, "call_b", "book", '{"time": 5}')],
            [ToolCall("call_a", "now", {}), ToolCall("call_b", "book", {"time": 5})],
        ),
        (
            # Some repeat the id and the name with each part.
            [begin(0, "call_a", "book", '{"time"'), begin(0, "call_a", "book", ": 5}")],
            [ToolCall("call_a", "book", {"time": 5})],
        ),
        (
            # Some give no id, and nothing at all where there are no arguments.
            [begin(0, None, "now", None), begin(1, None, "book", "{}")],
            [ToolCall("call_0", "now", {}), ToolCall("call_1", "book", {})],
        ),
    ],
)
def test_what_servers_make_of_tool_calls_is_understood(deltas, calls):
    assert answer(stream(*(chunk(**delta) for delta in deltas), chunk("tool_calls"))) == calls


@pytest.mark.parametrize(
    ("deltas", "message"),
    [
        ([begin(0, "call_a", "now", "[1]")], "no JSON object"),
        ([begin(0, "call_a", "now", '{"a": ')], "no JSON object"),
        ([begin(0, "call_a", "now", {"a": 1})], "cannot be read"),
        ([begin(0, "call_a", "", "{}")], "without a name"),
        ([{"tool_calls": [{"index": 0, "id": "call_a"}]}], "cannot be read"),
    ],
)
def test_a_tool_call_that_makes_no_sense_is_an_error(deltas, message):
    with pytest.raises(ProviderError, match=message) as caught:
        answer(stream(*(chunk(**delta) for delta in deltas), chunk("tool_calls")))
    assert caught.value.retryable


def test_usage_may_be_missing():
    assert answer(stream(chunk(content="Yes."), chunk("stop"))) == ["Yes."]


@pytest.mark.parametrize("choices", [[], None])
def test_usage_comes_in_a_chunk_without_choices(choices):
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    last = json.dumps(
        {"id": "x", "object": "chat.completion.chunk", "choices": choices} | {"usage": usage}
    )
    pieces = answer(stream(chunk(content="Yes."), chunk("stop"), last))
    assert pieces == ["Yes.", ModelUsage(9, 2)]


def test_usage_may_come_with_the_last_choice_and_the_end_may_go_unmarked():
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
    pieces = answer(stream(chunk(content="Yes."), chunk("stop", usage), done=False))
    assert pieces == ["Yes.", ModelUsage(9, 2)]


def test_chunks_without_choices_comments_and_unknown_things_are_passed_over():
    pieces = answer(
        Exchange(
            steps=(
                b": still thinking\n\n",
                *events('{"choices": []}', '{"what": 1}', "[1]", '"x"', "7", done=False),
                *events(chunk(content="Yes.", reasoning_content="Hm."), chunk("stop")),
            )
        )
    )
    assert pieces == ["Yes."]


def test_a_refusal_is_no_answer():
    with pytest.raises(ProviderError, match="declined") as caught:
        answer(stream(chunk(refusal="I'm sorry"), chunk("stop")), schema={"type": "object"})
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("exchange", "message"),
    [
        (Exchange(steps=(DROP,)), "RemoteProtocolError"),
        (Exchange(steps=(*events(chunk(content="Yes"), done=False), DROP)), "RemoteProtocolError"),
        (Exchange(steps=(b'data: {"id": "chatc', DROP)), "RemoteProtocolError"),
        (stream(chunk(content="Yes"), done=False), "broke off"),
        (stream(), "broke off"),
        (Exchange(steps=()), "broke off"),
        (stream("not json"), "no JSON"),
        (Exchange(steps=(b"data: \xff\xfe\n\n",)), "no JSON"),
        (Exchange(headers=("content-type: text/html",), steps=(b"<p>Log in</p>",)), "broke off"),
        (
            stream('{"error": {"message": "Hello? overloaded", "code": "overloaded"}}'),
            r"reported an error in its answer \(overloaded\)",
        ),
        (Exchange(500, ("content-type: text/plain",), (b"oh",)), "status 500"),
        (Exchange(502, ("content-type: application/json",), (b"{",)), "status 502"),
        (
            Exchange(503, ("content-type: application/json", "retry-after: soon"), (b"{}",)),
            "status 503$",
        ),
    ],
)
def test_what_a_server_does_wrong_is_an_error_to_try_again(exchange, message):
    with pytest.raises(ProviderError, match=message) as caught:
        answer(exchange)
    assert caught.value.retryable
    assert caught.value.retry_after_seconds is None
    assert "Hello?" not in caught.value.message


def test_a_vendors_sentence_is_not_repeated():
    # OpenAI's answer to a wrong key holds a part of it.
    error = {
        "message": "Incorrect API key provided: sk-abc*****wxyz. You can find your API key at …",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
    body = json.dumps({"error": error}).encode()
    with pytest.raises(ProviderError) as caught:
        answer(Exchange(401, ("content-type: application/json",), (body,)), api_key="sk-abcdwxyz")
    assert caught.value.message == "answered with status 401 (invalid_api_key)"
    assert caught.value.__suppress_context__


def test_a_wish_to_wait_is_read_in_seconds():
    headers = ("content-type: application/json", "retry-after: 20")
    with pytest.raises(ProviderError, match=r"status 429, not before 20 s$") as caught:
        answer(Exchange(429, headers, (b"{}",)))
    assert caught.value.retry_after_seconds == 20
    assert caught.value.retryable


@pytest.mark.parametrize("steps", [(HANG,), (*events(chunk(content="Yes"), done=False), HANG)])
def test_silence_has_an_end(steps):
    with pytest.raises(ProviderError, match="no answer in time") as caught:
        answer(Exchange(steps=steps), timeout_seconds=0.02)
    assert caught.value.retryable


def test_a_redirect_is_not_followed_with_the_key():
    with pytest.raises(ProviderError, match="status 307") as caught:
        answer(Exchange(307, ("location: http://127.0.0.1:9/v1/chat/completions",)))
    assert not caught.value.retryable


def test_headers_and_the_key_are_sent_and_no_key_is_no_hindrance():
    async def requests():
        done = stream(chunk(content="Yes."), chunk("stop"))
        async with raw_server(done, done) as server:
            for options in ({"api_key": "k1", "headers": {"X-Title": "Callwright"}}, {}):
                model = openai_model(server.base_url, **options)
                assert [piece async for piece in model.answer(HELLO, ())] == ["Yes."]
                await model.close()
            return server.requests

    with_key, without = asyncio.run(requests())
    assert b"authorization: bearer k1\r\n" in with_key.lower()
    assert b"x-title: callwright\r\n" in with_key.lower()
    assert b"authorization: bearer not-needed\r\n" in without.lower()


@pytest.mark.parametrize("how", ["aclose", "cancel"])
def test_an_answer_that_nobody_wants_any_more_is_hung_up(how):
    async def interrupt():
        exchange = Exchange(steps=(*events(chunk(content="Yes"), done=False), HANG))
        async with raw_server(exchange) as server:
            model = openai_model(server.base_url)
            pieces = model.answer(HELLO, ())
            assert await anext(pieces) == "Yes"
            if how == "aclose":
                await pieces.aclose()
            else:
                waiting = asyncio.ensure_future(anext(pieces))
                await asyncio.sleep(0)
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            async with asyncio.timeout(5):
                await server.left.wait()
            await model.close()

    asyncio.run(interrupt())


def test_a_warm_connection_is_kept_for_the_questions():
    async def connections():
        done = stream(chunk(content="Yes."), chunk("stop"))
        async with raw_server(done, done) as server:
            model = openai_model(server.base_url, api_key="k1")
            await model.warm()
            for _ in range(2):
                assert [piece async for piece in model.answer(HELLO, ())] == ["Yes."]
            await model.close()
            return server

    server = asyncio.run(connections())
    assert server.connections == 1
    assert [request.split()[0] for request in server.requests] == [b"HEAD", b"POST", b"POST"]
    assert b"k1" not in server.requests[0]
