"""Whole utterances over HTTP; what goes wrong with the connection is tried by the suite."""

import asyncio

import pytest
from deepgram_server import KEY, deepgram
from raw_http import Exchange, raw_server

from providers.base import Hints, ProviderError, Transcript
from providers.deepgram_stt import DeepgramSpeechToText

pytestmark = pytest.mark.network

SOUND = bytes(range(256)) * 10


def transcribed(*texts, hints=None, options=None, sound=SOUND, **server):
    """The transcript, and the server."""

    async def ask():
        async with deepgram(*texts, **server) as (told, there):
            stt = DeepgramSpeechToText(
                **{"api_key": KEY, "base_url": there.base_url, **(options or {})}
            )
            try:
                return await stt.transcribe(sound, hints or Hints()), told
            finally:
                await stt.close()

    return asyncio.run(ask())


def test_an_utterance_goes_as_it_is_and_comes_back_as_text():
    transcript, server = transcribed("Two tickets, please.", confidence=0.7)
    assert transcript.text == "Two tickets, please."
    assert transcript.confidence == pytest.approx(0.7)
    assert bytes(server.sound) == SOUND


def test_a_sound_of_an_odd_length_goes_whole():
    _, server = transcribed("Yes.", sound=SOUND + b"x")
    assert bytes(server.sound) == SOUND + b"x"


def test_what_is_too_short_to_be_a_word_is_not_sent():
    transcript, server = transcribed("Yes.", sound=SOUND[:300])
    assert transcript == Transcript("", 0.0)
    assert server.requests == []


@pytest.mark.parametrize(
    ("options", "hints", "query"),
    [
        ({}, Hints(), {"model": "nova-3", "language": "en-IN", "punctuate": "true"}),
        ({"language": "multi"}, Hints("hi-IN"), {"language": "multi"}),
        ({}, Hints("hi-IN"), {"language": "hi"}),
        ({}, Hints("pt-BR"), {"language": "pt-BR"}),
        ({}, Hints("es-ES"), {"language": "es"}),
        ({}, Hints(phrases=("kumquat",)), {"keyterm": "kumquat"}),
        ({"model": "nova-2"}, Hints(phrases=("kumquat",)), {"keywords": "kumquat"}),
        (
            {"query": {"numerals": True, "punctuate": False, "version": "latest"}},
            Hints(),
            {"numerals": "true", "punctuate": "false", "version": "latest"},
        ),
    ],
)
def test_options_and_hints_are_told(options, hints, query):
    _, server = transcribed("Yes.", options=options, hints=hints)
    assert query.items() <= dict(server.queries[0]).items()


def test_no_more_phrases_are_told_than_deepgram_takes():
    phrases = ("  ", "x" * 101, *(f"{number:020}" for number in range(40)))
    _, server = transcribed("Yes.", hints=Hints(phrases=phrases))
    terms = [value for name, value in server.queries[0] if name == "keyterm"]
    assert terms == [f"{number:020}" for number in range(25)]


@pytest.mark.parametrize(
    ("refusal", "message", "retryable", "seconds"),
    [
        ((402, {}), "answered with status 402 (ASR_PAYMENT_REQUIRED)", False, None),
        ((400, {}), "answered with status 400", False, None),
        ((429, {"Retry-After": "3"}), "answered with status 429, not before 3 s", True, 3.0),
        ((504, {}), "answered with status 504", True, None),
    ],
)
def test_a_refusal_is_told_by_its_status_and_short_code(refusal, message, retryable, seconds):
    with pytest.raises(ProviderError) as caught:
        transcribed(refusals=[refusal])
    error = caught.value
    assert (error.message, error.retryable, error.retry_after_seconds) == (
        *(message, retryable, seconds),
    )


def test_a_wrong_key_is_not_repeated():
    with pytest.raises(ProviderError) as caught:
        transcribed(options={"api_key": "dg-wrong"})
    assert caught.value.message == "answered with status 401 (INVALID_AUTH)"
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (502, b"<p>Bad gateway</p>", "answered with status 502"),
        (400, b'["kumquat"]', "answered with status 400"),
        (200, b"<p>Log in</p>", "sent what cannot be read"),
        (200, b'{"results": {"channels": []}}', "sent what cannot be read"),
        (200, b'{"request_id": "only for callbacks"}', "sent what cannot be read"),
    ],
)
def test_an_answer_that_is_not_deepgrams_is_an_error(status, body, message):
    async def ask():
        async with raw_server(Exchange(status, (), (body,))) as server:
            url = server.base_url.removesuffix("/v1")
            stt = DeepgramSpeechToText(api_key=KEY, base_url=url)
            with pytest.raises(ProviderError) as caught:
                await stt.transcribe(SOUND, Hints())
            await stt.close()
            return caught.value.message

    assert asyncio.run(ask()) == message


def test_a_warm_connection_is_kept_for_the_utterances():
    async def connections():
        async with deepgram("one", "two") as (server, there):
            stt = DeepgramSpeechToText(api_key=KEY, base_url=there.base_url)
            await stt.warm()
            for _ in range(2):
                await stt.transcribe(SOUND, Hints())
            await stt.close()
            return server.requests, len(server.clients)

    assert asyncio.run(connections()) == (["HEAD", "POST", "POST"], 1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"api_key": ""}, "api_key"),
        ({"base_url": "wss://api.deepgram.com"}, "base_url"),
        ({"keep_alive_seconds": 10}, "keep_alive_seconds"),
        ({"answer_seconds": 0}, "seconds are more than 0"),
    ],
)
def test_options_it_cannot_work_with_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        DeepgramSpeechToText(**{"api_key": KEY, **options})


def test_it_is_asked_in_each_pause_only_if_told_to():
    assert not DeepgramSpeechToText(api_key=KEY).eager
    assert DeepgramSpeechToText(api_key=KEY, eager=True).eager
