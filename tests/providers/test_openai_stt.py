"""The adapter for transcriptions against recorded exchanges: answers as the API reference has them.

https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

import asyncio
import io
import json
import math
import re
import wave

import pytest
from raw_http import Exchange, raw_server

from providers import registry
from providers.base import Hints, ProviderError, ProviderMissing, Transcript
from providers.openai_stt import LONGEST_HINT, OpenAISpeechToText
from runtime.audio import mulaw

pytestmark = pytest.mark.network

SECOND = bytes(range(80)) * 100
YES = {"text": " Yes. ", "usage": {"type": "tokens", "total_tokens": 101}}


def hear(answer=YES, utterance=SECOND, hints=None, model="gpt-transcribe", **options):
    """The transcript of one utterance, and the fields of the request that asked for it."""

    async def heard():
        body = json.dumps(answer).encode()
        async with raw_server(Exchange(200, ("content-type: application/json",), (body,))) as at:
            adapter = OpenAISpeechToText(model, base_url=at.base_url, **options)
            try:
                transcript = await adapter.transcribe(utterance, hints or Hints())
            finally:
                await adapter.close()
            return transcript, form(at.requests[0]) if at.requests else {}

    return asyncio.run(heard())


def form(request: bytes) -> dict[str, list[bytes]]:
    boundary = re.search(rb"boundary=(\S+)", request)[1]
    fields: dict[str, list[bytes]] = {}
    for part in request.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)[1].decode()
        fields.setdefault(name, []).append(value.removesuffix(b"\r\n"))
    return fields


def test_an_utterance_goes_as_a_wav_of_16_bits_at_the_lines_own_rate():
    transcript, fields = hear(hints=Hints("hi-IN"))
    assert transcript == Transcript("Yes.", 1.0)
    with wave.open(io.BytesIO(fields.pop("file")[0])) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.readframes(8000) == mulaw.decode(SECOND).astype("<i2").tobytes()
    assert fields == {
        "model": [b"gpt-transcribe"],
        "language": [b"hi"],
        "response_format": [b"json"],
    }


def test_what_is_shorter_than_the_api_takes_is_filled_up_with_silence():
    _, fields = hear(utterance=SECOND[:160])
    with wave.open(io.BytesIO(fields["file"][0])) as file:
        frames = file.readframes(8000)
    assert len(frames) == 1600
    assert frames[320:] == bytes(1280)


def test_for_no_sound_nobody_is_asked():
    assert hear(utterance=b"") == (Transcript("", 1.0), {})


@pytest.mark.parametrize(
    ("model", "options", "field", "values"),
    [
        ("gpt-transcribe", {}, "keywords[]", [b"opening hours", "हाँ".encode()]),
        ("whisper-1", {}, "prompt", ["opening hours, हाँ".encode()]),
        ("whisper-1", {"phrases": "keywords"}, "keywords[]", [b"opening hours", "हाँ".encode()]),
        ("whisper-1", {"phrases": "ignore"}, "prompt", None),
        ("gpt-4o-transcribe-diarize", {}, "prompt", None),
        ("gpt-realtime-whisper", {}, "prompt", None),
    ],
)
def test_what_the_flow_waits_for_is_told_as_the_model_takes_it(model, options, field, values):
    hints = Hints(phrases=("opening hours", "", "हाँ"), closed=True)
    _, fields = hear(hints=hints, model=model, **options)
    assert fields.get(field) == values


def test_of_too_many_phrases_the_first_are_told():
    hints = Hints(phrases=tuple(f"phrase {number:03}" for number in range(500)))
    _, fields = hear(hints=hints)
    told = fields["keywords[]"]
    assert told[0] == b"phrase 000"
    assert len(told) == LONGEST_HINT // len("phrase 000")


TOKENS = {**YES, "logprobs": [{"token": "Yes", "logprob": -0.1}, {"token": ".", "logprob": -0.3}]}
SEGMENTS = {**YES, "language": "english", "duration": 1.0, "segments": [{"avg_logprob": -0.5}]}


@pytest.mark.parametrize(
    ("model", "options", "answer", "field", "confidence"),
    [
        ("gpt-4o-transcribe", {}, TOKENS, "include[]", math.exp(-0.2)),
        ("whisper-1", {}, SEGMENTS, "response_format", math.exp(-0.5)),
        ("Systran/faster-whisper-small", {}, SEGMENTS, "response_format", math.exp(-0.5)),
        ("house", {"confidence": "segments"}, SEGMENTS, "response_format", math.exp(-0.5)),
        ("gpt-4o-transcribe", {"confidence": "none"}, YES, "include[]", 1.0),
        ("gpt-4o-transcribe", {}, {**YES, "logprobs": []}, "include[]", 1.0),
        ("gpt-4o-transcribe", {}, {**YES, "logprobs": [{"logprob": "high"}]}, "include[]", 1.0),
    ],
)
def test_confidence_is_read_where_the_model_gives_some(model, options, answer, field, confidence):
    transcript, fields = hear(answer, model=model, **options)
    assert transcript.confidence == pytest.approx(confidence)
    asked = {"include[]": [b"logprobs"], "response_format": [b"verbose_json"]}[field]
    assert (fields.get(field) == asked) is (options.get("confidence") != "none")


@pytest.mark.parametrize("answer", [{}, {"text": None}, {"text": ["Yes."]}, [], "Yes.", 7, None])
def test_what_has_no_text_is_no_transcript(answer):
    with pytest.raises(ProviderError, match="no transcript") as caught:
        hear(answer)
    assert caught.value.retryable


def test_further_fields_and_headers_are_sent():
    _, fields = hear(body={"temperature": 0, "hotwords": "Callwright"})
    assert fields["temperature"] == [b"0"]
    assert fields["hotwords"] == [b"Callwright"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "gpt-transcribe"}, "refuses its options: OpenAI wants an api_key."),
        ({"model": "x", "base_url": "localhost:8000"}, "base_url begins with http://"),
        ({"model": "x", "api_key": "k", "timeout_seconds": 0}, "are more than 0"),
        ({"model": "x", "api_kye": "k"}, "has no option 'api_kye'. Did you mean 'api_key'?"),
        ({"model": "x", "api_key": "k", "phrases": "hotwords"}, "phrases is one of"),
        ({"model": "x", "api_key": "k", "confidence": "yes"}, "confidence is one of"),
        ({}, "refuses its options: "),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build("stt", "openai", options)
    assert message in caught.value.message
