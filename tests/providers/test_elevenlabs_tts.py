"""ElevenLabs' adapter; what goes wrong with the connection is tried by the suite."""

import asyncio

import pytest
from elevenlabs_server import KEY, VOICE, elevenlabs, sound_of
from raw_http import Exchange, raw_server

from providers.base import ProviderError, Voice
from providers.elevenlabs_tts import ElevenLabsTextToSpeech

pytestmark = pytest.mark.network

OTHER = "21m00Tcm4TlvDq8ikWAM"


def spoken(*texts, voice=None, options=None, **server):
    """The sounds of the texts, and the server."""

    async def speak():
        async with elevenlabs(**server) as (told, there):
            tts = ElevenLabsTextToSpeech(
                **{"api_key": KEY, "voice": VOICE, "base_url": there.base_url, **(options or {})}
            )
            try:
                return [
                    b"".join([piece async for piece in tts.synthesize(text, voice or Voice())])
                    for text in texts
                ], told
            finally:
                await tts.close()

    return asyncio.run(speak())


def test_the_sound_is_the_lines_own():
    sounds, server = spoken("Good morning.")
    assert sounds == [sound_of("Good morning.")]
    assert server.asked == [
        {
            "text": "Good morning.",
            "model_id": "eleven_flash_v2_5",
            "voice_settings": {"speed": 1.0},
            "language_code": "en",
        }
    ]


@pytest.mark.parametrize(
    ("voice", "options", "said"),
    [
        (Voice(language="hi-IN"), {}, {"language_code": "hi"}),
        (Voice(language="hi-IN"), {"language": "mr"}, {"language_code": "mr"}),
        (Voice(speaking_rate=1.1), {"speed": 0.9}, {"voice_settings": {"speed": 0.9 * 1.1}}),
        (Voice(speaking_rate=3), {}, {"voice_settings": {"speed": 1.2}}),
        (Voice(speaking_rate=0.1), {}, {"voice_settings": {"speed": 0.7}}),
        (
            Voice(),
            {"settings": {"stability": 0.6}},
            {"voice_settings": {"speed": 1.0, "stability": 0.6}},
        ),
        (Voice(), {"body": {"seed": 7}}, {"seed": 7}),
    ],
)
def test_options_and_the_flows_voice_are_told(voice, options, said):
    _, server = spoken("Yes.", voice=voice, options=options)
    assert said.items() <= server.asked[0].items()


def test_a_model_that_knows_no_language_is_told_none():
    _, server = spoken("Yes.", options={"model": "eleven_multilingual_v2"})
    assert "language_code" not in server.asked[0]


@pytest.mark.parametrize(
    ("name", "option", "used"), [("", VOICE, VOICE), (OTHER, VOICE, OTHER), ("heart", VOICE, VOICE)]
)
def test_the_flow_names_the_voice_where_it_is_one_of_elevenlabs(name, option, used):
    _, server = spoken("Yes.", voice=Voice(name), options={"voice": option})
    assert server.voices == [used]


def test_without_a_voice_nothing_is_asked():
    with pytest.raises(ProviderError, match="no voice's id") as caught:
        spoken("Yes.", voice=Voice("heart"), options={"voice": ""})
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("refusal", "message", "retryable", "seconds"),
    [
        (
            (401, {}, {"status": "quota_exceeded", "message": "You said kumquat."}),
            "answered with status 401 (quota_exceeded)",
            False,
            None,
        ),
        ((402, {}, {"code": "paid_plan_required"}), "402 (paid_plan_required)", False, None),
        ((404, {}, "Not found, kumquat"), "answered with status 404", False, None),
        ((422, {}, [{"loc": ["body"], "msg": "kumquat"}]), "status 422", False, None),
        (
            (429, {"Retry-After": "2"}, {"status": "too_many_concurrent_requests"}),
            "429 (too_many_concurrent_requests), not before 2 s",
            True,
            2.0,
        ),
        ((503, {}, {"status": "kumquat is a sentence"}), "answered with status 503", True, None),
    ],
)
def test_a_refusal_is_told_by_its_status_and_short_code(refusal, message, retryable, seconds):
    with pytest.raises(ProviderError) as caught:
        spoken("kumquat", refusals=[refusal])
    error = caught.value
    assert error.message.endswith(message)
    assert (error.retryable, error.retry_after_seconds) == (retryable, seconds)
    assert "kumquat" not in error.message


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ({"content_type": "text/html"}, "what is no sound"),
        ({"content_type": "application/json"}, "what is no sound"),
        ({"silent": True}, "sent no sound"),
    ],
)
def test_what_is_no_sound_is_an_error(server, reason):
    with pytest.raises(ProviderError, match=reason) as caught:
        spoken("Yes.", **server)
    assert caught.value.retryable


def test_a_refusal_that_is_not_elevenlabs_is_told_by_its_status():
    async def speak():
        refusal = Exchange(502, ("content-type: text/html",), (b"<p>Bad gateway</p>",))
        async with raw_server(refusal) as server:
            url = server.base_url.removesuffix("/v1")
            tts = ElevenLabsTextToSpeech(api_key=KEY, voice=VOICE, base_url=url)
            with pytest.raises(ProviderError) as caught:
                await anext(tts.synthesize("Yes.", Voice()))
            await tts.close()
            return caught.value.message

    assert asyncio.run(speak()) == "answered with status 502"


def test_a_warm_connection_is_kept_for_the_sentences():
    async def clients():
        async with elevenlabs() as (server, there):
            tts = ElevenLabsTextToSpeech(api_key=KEY, voice=VOICE, base_url=there.base_url)
            await tts.warm()
            for text in ("One.", "Two."):
                assert [piece async for piece in tts.synthesize(text, Voice())]
            await tts.close()
            return server.clients

    clients = asyncio.run(clients())
    assert len(clients) == 3
    assert len(set(clients)) == 1


def test_a_sentence_that_nobody_hears_any_more_is_not_spoken_on():
    async def interrupt():
        async with elevenlabs(pauses=True) as (server, there):
            tts = ElevenLabsTextToSpeech(api_key=KEY, voice=VOICE, base_url=there.base_url)
            pieces = tts.synthesize("A long sentence.", Voice())
            assert await anext(pieces)
            await pieces.aclose()
            async with asyncio.timeout(5):
                await server.left.wait()
            await tts.close()

    asyncio.run(interrupt())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"api_key": ""}, "api_key"),
        ({"base_url": "ws://x"}, "base_url"),
        ({"speed": 2}, "speed"),
        ({"timeout_seconds": 0}, "seconds are more than 0"),
        ({"connect_seconds": -1}, "seconds are more than 0"),
    ],
)
def test_options_it_cannot_work_with_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        ElevenLabsTextToSpeech(**{"api_key": KEY, **options})


def test_another_sound_has_another_fingerprint_and_another_key_the_same():
    options = (
        *({}, {"voice": VOICE}, {"model": "eleven_v3"}, {"language": "hi"}, {"speed": 0.9}),
        *({"settings": {"stability": 0.1}}, {"body": {"seed": 1}}),
    )
    prints = [ElevenLabsTextToSpeech(**{"api_key": KEY, **each}).fingerprint for each in options]
    assert len(set(prints)) == len(options)
    assert ElevenLabsTextToSpeech(api_key="another").fingerprint == prints[0]
