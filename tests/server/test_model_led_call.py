"""A state that a model leads, over a real socket, against a model's server written elsewhere."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from running import Speech, calling, running, until

from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech

pytestmark = pytest.mark.network

FLOW = """
greeting: Hello.
providers: {llm: big}
intents:
  book: {description: The caller wants to book, words: [book it]}
slots:
  day: {type: date, ask: Which day?, valid: value >= today, invalid: That day has passed.}
states:
  talk:
    prompt: You are the receptionist of a clinic.
    say: How can I help?
    slots: [day]
    on: {book: booked}
    give_up: bye
  booked: {say: 'I book {{ day | date }}.', next: bye}
  bye: {hangup: Bye.}
%s
"""


def call(tmp_path: Path, server: Any, *lines: str, more: str = "") -> dict[str, Any]:
    """Say the lines one after the other; return the call as the server keeps it."""

    async def go() -> dict[str, Any]:
        speech = Speech(
            ScriptedSpeechToText(list(lines)), ScriptedTextToSpeech(milliseconds_per_character=1)
        )
        named = {
            "stt": {"local": {}},
            "tts": {"local": {}},
            "llm": {"big": {"use": "openai", "model": "any", "base_url": server.base_url}},
        }
        async with (
            running(tmp_path, FLOW.replace("%s", more), providers=speech, named=named) as house,
            calling(house) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.media(bytes([255]) * 160)
            for _ in lines:
                await until(lambda: _is_waiting(house))
                await carrier.say(0.5)
            assert await carrier.closed() == 1000
            return await house.ended_call()

    return asyncio.run(go())


def _is_waiting(house: Any) -> bool:
    record = house.newest_record()
    session = house.house.switchboard.session(record.id)
    state = session.state
    return bool(state.said) and not (state.speaking or state.hearing or state.errand)


def said(kept: dict[str, Any]) -> list[str]:
    return [turn["text"] for turn in kept["turns"] if turn["who"] == "bot"]


def test_the_model_talks_fills_a_slot_by_its_rules_and_takes_the_way_out(
    tmp_path: Path, model_server: Any
):
    # Refused by the slot's own rule: the model is told so, asks, and fills it rightly.
    model_server.says("", ("fill_slots", {"day": "2020-01-01"}))
    model_server.says("That day is gone. Which day would suit you?")
    model_server.says("", ("fill_slots", {"day": "2090-06-05"}))
    model_server.says("", ("take_way_out", {"way": "book"}))
    kept = call(tmp_path, model_server, "the first of january", "fifth of june 2090 please")
    assert said(kept) == [
        "Hello.",
        "How can I help?",
        "That day is gone.",
        "Which day would suit you?",
        "I book Monday, 5th June.",
        "Bye.",
    ]
    assert kept["slots"] == {"day": "2090-06-05"}
    assert kept["end_reason"] == "hangup"
    first, second, *_ = model_server.asked
    assert first["messages"][-1] == {"role": "user", "content": "the first of january"}
    assert {tool["function"]["name"] for tool in first["tools"]} == {"fill_slots", "take_way_out"}
    told = second["messages"][-1]
    assert told["role"] == "tool"
    assert "That day has passed." in told["content"]


def test_the_limit_of_tokens_ends_the_talk(tmp_path: Path, model_server: Any):
    model_server.says("Tell me more.")
    model_server.says("This is never asked for.")
    kept = call(tmp_path, model_server, "hello", "and then", more="limits: {tokens: 1}")
    assert kept["end_reason"] == "over_limit"
    assert len(model_server.asked) == 1


def test_a_model_that_fails_is_an_error_of_the_flow(tmp_path: Path, model_server: Any):
    model_server.fails(500, times=9)
    kept = call(tmp_path, model_server, "hello", more="always: {on: {error: bye}}")
    assert said(kept)[-1] == "Bye."
    assert "provider_failed" in {event["kind"] for event in kept["events"]}
