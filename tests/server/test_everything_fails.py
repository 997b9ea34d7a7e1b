"""Vendors fail in the middle of a call: it goes on to its goodbye, and says what failed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from raw_http import Exchange, raw_server
from running import SILENCE, Speech, calling, running

from providers.base import ProviderError, Voice
from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech

pytestmark = pytest.mark.network

FLOW = """
greeting: Hello.
providers: {llm: big}
states:
  talk: {prompt: Be brief., say: How can I help?, on: {help: menu}, give_up: menu}
  menu: {ask: 'Say goodbye, or press 1.', on: {"1": end, goodbye: heard}}
  heard: {say: 'You said {{ text }}.', next: end}
  end: {hangup: Goodbye.}
always: {provider_down: {llm: menu, stt: menu, tts: menu}}
"""
TOO_MANY = Exchange(429, ("content-type: application/json", "retry-after: 60"), (b"{}",))


class DropsInMidSentence(ScriptedTextToSpeech):
    """Speaks all that is fixed; breaks off in the middle of what only a call can say."""

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        async for piece in super().synthesize(text, voice):
            yield piece
            if "said" in text:
                raise ProviderError("the line to the vendor broke")


def scripted(kind: Any, name: str, *arguments: Any, **options: Any) -> Any:
    provider = kind(*arguments, **options)
    provider.name = name
    return provider


def call(folder: Path, speech: Speech, model: str, act: Any) -> dict[str, Any]:
    """Lead a call; `act` is what the caller does once he was asked how the bot can help."""
    kinds = {"stt": tuple(speech.stt), "tts": tuple(speech.tts)}
    named: dict[str, Any] = {kind: {x: {"use": x} for x in names} for kind, names in kinds.items()}
    named["llm"] = {"big": {"use": "openai", "model": "m", "base_url": model}}

    async def go() -> dict[str, Any]:
        hearing = {"activity": "energy", "recognition_deadline": 0.3}
        async with (
            running(
                folder, FLOW, providers=speech, named=named, defaults=kinds, speech=hearing
            ) as server,
            calling(server) as carrier,
        ):
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            await carrier.media(SILENCE)
            await server.has_been_heard(2)
            await act(server, carrier)
            assert await carrier.closed() == 1000
            return await server.ended_call()

    return asyncio.run(go())


def errors(record: dict[str, Any]) -> set[tuple[str, str]]:
    events = record["events"]
    return {(x["provider_kind"], x["provider"]) for x in events if x["kind"] == "provider_error"}


def test_a_call_whose_first_vendors_all_fail_goes_on_to_its_goodbye(tmp_path: Path):
    speech = Speech(
        stt={
            "deaf": scripted(ScriptedSpeechToText, "deaf", failure="hang"),
            "keen": scripted(ScriptedSpeechToText, "keen", ["what is this", "goodbye"]),
        },
        tts={
            "hoarse": scripted(DropsInMidSentence, "hoarse", milliseconds_per_character=1),
            "clear": scripted(ScriptedTextToSpeech, "clear", milliseconds_per_character=1),
        },
    )

    async def act(server: Any, carrier: Any) -> None:
        await carrier.say(0.5)
        await server.has_been_heard(3)
        await carrier.say(0.5)

    async def go() -> dict[str, Any]:
        async with raw_server(TOO_MANY) as model:
            return await asyncio.to_thread(call, tmp_path, speech, model.base_url, act)

    record = asyncio.run(go())
    assert record["end_reason"] == "hangup"
    said = [turn["text"] for turn in record["turns"] if turn["who"] == "bot"]
    assert said[-3:] == ["Say goodbye, or press 1.", "You said goodbye.", "Goodbye."]
    assert errors(record) == {("stt", "deaf"), ("tts", "hoarse"), ("llm", "big")}


def test_with_everything_down_the_keypad_and_what_was_spoken_before_lead_to_the_end(
    tmp_path: Path,
):
    deaf = scripted(ScriptedSpeechToText, "deaf", failure="raise")
    voice = scripted(ScriptedTextToSpeech, "hoarse", milliseconds_per_character=1)
    speech = Speech(stt={"deaf": deaf}, tts={"hoarse": voice})

    async def act(server: Any, carrier: Any) -> None:
        voice.failure = "raise"
        await carrier.say(0.5)
        await server.has_been_heard(3)
        await carrier.press(1)

    record = call(tmp_path, speech, "http://127.0.0.1:1/v1", act)
    assert record["end_reason"] == "hangup"
    said = [turn["text"] for turn in record["turns"] if turn["who"] == "bot"]
    assert said[-2:] == ["Say goodbye, or press 1.", "Goodbye."]
    assert errors(record) == {("stt", "deaf")}
