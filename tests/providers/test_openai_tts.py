"""The adapter for speech against recorded exchanges: answers as the API reference has them.

https://platform.openai.com/docs/api-reference/audio/createSpeech
"""

import asyncio
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_http import HANG, Exchange, each_byte, raw_server

from providers import registry
from providers.base import ProviderError, ProviderMissing, Voice
from providers.openai_tts import LONGEST, OpenAITextToSpeech, parts
from runtime.audio import mulaw

pytestmark = pytest.mark.network

TONE = (9000 * np.sin(2 * np.pi * 440 / 24000 * np.arange(4800))).astype("<i2").tobytes()
"""200 ms at 24 kHz."""


def speech(*steps, content_type="audio/pcm"):
    return Exchange(200, (f"content-type: {content_type}",), steps)


def speak(*exchanges, text="Good morning.", how=None, model="gpt-4o-mini-tts", **options):
    """The pieces of one text's sound, and what was asked for them."""

    async def spoken():
        async with raw_server(*exchanges) as at:
            adapter = OpenAITextToSpeech(model, base_url=at.base_url, **options)
            try:
                pieces = [p async for p in adapter.synthesize(text, how or Voice())]
            finally:
                await adapter.close()
            bodies = [request.partition(b"\r\n\r\n")[2] for request in at.requests]
            return pieces, [json.loads(body) for body in bodies]

    return asyncio.run(spoken())


def test_24_khz_are_brought_onto_the_line():
    pieces, asked = speak(speech(TONE))
    audio = b"".join(pieces)
    assert len(audio) == 1600
    assert mulaw.level(audio[200:-200]) == pytest.approx(-14.2, abs=0.3)
    assert asked == [
        {
            "model": "gpt-4o-mini-tts",
            "voice": "alloy",
            "input": "Good morning.",
            "response_format": "pcm",
        }
    ]


def test_it_sounds_the_same_wherever_packets_end():
    whole, _ = speak(speech(TONE))
    cut, _ = speak(speech(*each_byte([TONE[:999]]), TONE[999:7001], TONE[7001:]))
    assert b"".join(cut) == b"".join(whole)


def test_the_first_sound_is_heard_while_the_server_still_speaks():
    async def first():
        async with raw_server(speech(TONE, TONE, HANG)) as at:
            adapter = OpenAITextToSpeech("tts-1", base_url=at.base_url)
            pieces = adapter.synthesize("Good morning.", Voice())
            assert await anext(pieces)
            await pieces.aclose()
            async with asyncio.timeout(5):
                await at.left.wait()
            await adapter.close()

    asyncio.run(first())


@pytest.mark.parametrize(
    ("options", "how", "asked"),
    [
        ({"voice": "marin"}, Voice(), {"voice": "marin"}),
        ({"voice": "marin"}, Voice("cedar"), {"voice": "cedar"}),
        ({"instructions": "Speak calmly."}, Voice(), {"instructions": "Speak calmly."}),
        ({"speed": 1.5}, Voice(speaking_rate=1.2), {"speed": pytest.approx(1.8)}),
        ({}, Voice(speaking_rate=9.0), {"speed": 4.0}),
        ({}, Voice(speaking_rate=0.1), {"speed": 0.25}),
        ({"body": {"lang_code": "h"}}, Voice(), {"lang_code": "h"}),
    ],
)
def test_how_it_is_spoken_is_asked_for(options, how, asked):
    _, [body] = speak(speech(TONE), how=how, **options)
    assert {key: body.get(key) for key in asked} == asked


def test_a_server_with_another_rate_is_told_by_its_option():
    pieces, _ = speak(speech(TONE), sample_rate=48000)
    assert len(b"".join(pieces)) == 800


def test_a_text_that_is_too_long_is_spoken_in_parts():
    text = "A sentence of some length. " * 200
    pieces, asked = speak(speech(TONE), speech(TONE), text=text)
    assert len(b"".join(pieces)) == 3200
    assert " ".join(body["input"] for body in asked) == text.strip()
    assert asked[0]["input"].endswith("length.")


@given(st.text(st.sampled_from("ab. ?।\n🙂"), max_size=60), st.integers(4, 20))
def test_parts_are_the_text_and_none_is_too_long_or_empty(text, longest):
    cut = parts(text, longest)
    assert all(0 < len(part) <= longest and part == part.strip() for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
    assert (len(cut) <= 1) is (len(text.strip()) <= longest)


def test_a_text_of_the_apis_length_is_one_part():
    assert [len(part) for part in parts("x" * LONGEST)] == [LONGEST]


@pytest.mark.parametrize("content_type", ["text/html", "application/json; charset=utf-8"])
def test_what_is_no_sound_is_not_spoken(content_type):
    with pytest.raises(ProviderError, match="no sound"):
        speak(speech(b'{"error": null}', content_type=content_type))


@pytest.mark.parametrize("steps", [(HANG,), (TONE, HANG)])
def test_silence_of_the_server_has_an_end(steps):
    with pytest.raises(ProviderError, match="no answer in time") as caught:
        speak(speech(*steps), timeout_seconds=0.02)
    assert caught.value.retryable


@pytest.mark.parametrize("steps", [(), (b"\x01",)])
def test_an_answer_without_a_sample_is_an_error(steps):
    with pytest.raises(ProviderError, match="sent no sound") as caught:
        speak(speech(*steps))
    assert caught.value.retryable


def test_the_fingerprint_changes_with_all_that_is_heard_and_holds_no_key():
    def fingerprint(**options):
        # A plain address: reading the certificates takes its time.
        here = "http://127.0.0.1:8880/v1"
        given = {"model": "tts-1", "api_key": "sk-secret", "base_url": here, **options}
        return OpenAITextToSpeech(**given).fingerprint

    changes = [
        {},
        {"model": "tts-1-hd"},
        {"voice": "marin"},
        {"instructions": "Speak calmly."},
        {"speed": 1.1},
        {"base_url": "http://127.0.0.1:8881/v1"},
        {"body": {"lang_code": "h"}},
    ]
    assert len({fingerprint(**change) for change in changes}) == len(changes)
    assert fingerprint(api_key="sk-other") == fingerprint()
    assert "secret" not in fingerprint()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "tts-1"}, "refuses its options: OpenAI wants an api_key."),
        ({"model": "tts-1", "api_key": "k", "speed": 5}, "speed is from 0.25 to 4"),
        ({"model": "tts-1", "api_key": "k", "sample_rate": 1}, "sample_rate is from 8000 to 48000"),
        ({"model": "tts-1", "api_key": "k", "voices": "x"}, "Did you mean 'voice'?"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build("tts", "openai", options)
    assert message in caught.value.message
