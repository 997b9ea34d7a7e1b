"""OpenAI's adapters for speech against a server of its API that was written elsewhere: aimock.

Is skipped where there is no `node`.
"""

import asyncio
import math
import shutil
import subprocess
from pathlib import Path

import pytest

from providers.base import Hints, ProviderError, Voice
from providers.openai_realtime import OpenAIRealtimeSpeechToText
from providers.openai_stt import OpenAISpeechToText
from providers.openai_tts import OpenAITextToSpeech
from runtime.audio import mulaw

HERE = Path(__file__).parent
NODE, NPM = shutil.which("node"), shutil.which("npm")

SAID = "I would like a table for five."
SECOND = b"\x90\xff" * 4000

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(not (NODE and NPM), reason="node or npm is missing"),
]


@pytest.fixture(scope="module")
def base_url(node_packages):
    """Where the server speaks OpenAI's API."""
    command = [NODE, HERE / "openai_audio.mjs"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        url = server.stdout.readline().decode().strip()
        yield f"{url}/v1"
        server.stdin.close()
        assert server.wait(10) == 0


def transcribe(adapter):
    async def transcribed():
        try:
            return await adapter.transcribe(SECOND, Hints("hi-IN", ("a table",)))
        finally:
            await adapter.close()

    return asyncio.run(transcribed())


def speak(adapter, text):
    async def spoken():
        try:
            return b"".join([piece async for piece in adapter.synthesize(text, Voice())])
        finally:
            await adapter.close()

    return asyncio.run(spoken())


@pytest.mark.parametrize(
    ("model", "confidence"),
    [("gpt-transcribe", 1.0), ("gpt-4o-transcribe", 1.0), ("whisper-1", math.exp(-0.25))],
)
def test_a_file_is_transcribed(base_url, model, confidence):
    transcript = transcribe(OpenAISpeechToText(model, api_key="k", base_url=base_url))
    assert transcript.text == SAID
    assert transcript.confidence == pytest.approx(confidence)


@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-transcribe", "whisper-1"])
def test_one_session_hears_utterances_with_pauses_in_them(base_url, model):
    async def talk():
        adapter = OpenAIRealtimeSpeechToText(model, api_key="k", base_url=base_url)
        stream, said = adapter.open(), []
        try:
            for hints in (Hints(), Hints("hi-IN")):
                await stream.begin(hints)
                for _ in range(2):
                    await stream.send(SECOND)
                    said.append((await stream.flush()).text)
                assert stream.partial == said[-1]
        finally:
            await stream.close()
            await adapter.close()
        return said

    assert asyncio.run(talk()) == [SAID, f"{SAID} {SAID}"] * 2


def test_a_transcription_that_fails_is_told_in_the_vendors_short_word(base_url):
    adapter = OpenAIRealtimeSpeechToText("gpt-4o-transcribe", api_key="k", base_url=base_url)
    with pytest.raises(ProviderError) as caught:
        transcribe(adapter)
    assert caught.value.message == "could not transcribe (overloaded)"
    assert caught.value.retryable


def test_a_model_that_cannot_hear_is_an_error_that_would_come_again(base_url):
    adapter = OpenAIRealtimeSpeechToText("gpt-5-nano", api_key="k", base_url=base_url)
    with pytest.raises(ProviderError) as caught:
        transcribe(adapter)
    assert caught.value.message == "reported an error in its session (invalid_session_config)"
    assert not caught.value.retryable


def test_a_text_is_spoken(base_url):
    audio = speak(OpenAITextToSpeech("gpt-4o-mini-tts", api_key="k", base_url=base_url), "नमस्ते!")
    assert len(audio) == 1600
    assert mulaw.level(audio[200:-200]) == pytest.approx(-14.2, abs=0.3)


def test_a_refusal_says_when_to_come_again(base_url):
    with pytest.raises(ProviderError) as caught:
        speak(OpenAITextToSpeech("tts-1", api_key="k", base_url=base_url), "Refuse this.")
    assert caught.value.message == (
        "answered with status 429 (rate_limit_exceeded), not before 3 s"
    )
    assert caught.value.retryable
