"""Google's own client against the service's messages, served here (tests/shared)."""

import asyncio
import logging
from dataclasses import replace

import pytest

pytest.importorskip("google.cloud.texttospeech_v1")

import grpc
import uvloop
from google.cloud import texttospeech_v1 as api
from google_speech import serving, sound_of

from providers.base import ProviderError, Voice
from providers.google_tts import GoogleTextToSpeech

pytestmark = pytest.mark.network

CHIRP = Voice(name="en-IN-Chirp3-HD-Kore")
PLAIN = Voice(name="en-IN-Wavenet-A")


def speak(text="Good morning.", by=PLAIN, *, prepare=lambda server: None, **options):
    """The pieces of one text's sound, and the server with what it was asked."""

    async def pieces():
        async with serving() as server:
            prepare(server)
            provider = GoogleTextToSpeech(endpoint=server.endpoint, **options)
            try:
                return [piece async for piece in provider.synthesize(text, by)], server
            finally:
                await provider.close()

    return asyncio.run(pieces())


def failure(*args, **options):
    with pytest.raises(ProviderError) as caught:
        speak(*args, **options)
    return caught.value


def test_a_text_is_asked_for_as_the_carrier_wants_it():
    voice = replace(PLAIN, speaking_rate=1.25, pitch=-2.0)
    pieces, server = speak("Good morning.", voice)
    assert pieces == [sound_of("Good morning.")]
    [asked] = server.asked
    assert asked == api.SynthesizeSpeechRequest(
        input={"text": "Good morning."},
        voice={"language_code": "en-IN", "name": "en-IN-Wavenet-A"},
        audio_config={
            "audio_encoding": "MULAW",
            "sample_rate_hertz": 8000,
            "speaking_rate": 1.25,
            "pitch": -2.0,
        },
    )


@pytest.mark.parametrize("kind", ["bare", "linear"])
def test_the_sound_is_the_same_without_a_header_and_as_pcm(kind):
    pieces, _ = speak(prepare=lambda server: setattr(server, kind, True))
    assert pieces == [sound_of("Good morning.")]


def test_a_voice_that_may_be_streamed_is_heard_while_it_is_made():
    pieces, server = speak("Good morning.", replace(CHIRP, speaking_rate=1.5, pitch=3))
    assert b"".join(pieces) == sound_of("Good morning.")
    assert len(pieces) == 4
    config, said = server.streams[0]
    assert config.streaming_config == api.StreamingSynthesizeConfig(
        voice={"language_code": "en-IN", "name": "en-IN-Chirp3-HD-Kore"},
        streaming_audio_config={
            "audio_encoding": "MULAW",
            "sample_rate_hertz": 8000,
            "speaking_rate": 1.5,
        },
    )
    assert said.input.text == "Good morning."
    assert server.asked == []


def test_the_first_sound_comes_before_the_last_is_made():
    async def first():
        async with serving() as server:
            server.hangs(after=1)
            provider = GoogleTextToSpeech(endpoint=server.endpoint)
            pieces = provider.synthesize("Good morning.", CHIRP)
            piece = await anext(pieces)
            await server.waiting.wait()
            await pieces.aclose()
            await server.cancelled.wait()
            await provider.close()
            return piece

    assert asyncio.run(first()) == sound_of("Good")


@pytest.mark.parametrize(
    ("streaming", "voice", "streamed"),
    [("auto", CHIRP, 1), (True, CHIRP, 1), (False, CHIRP, 0), ("auto", PLAIN, 0)],
)
def test_streaming_is_chosen_by_the_voice_or_the_settings(streaming, voice, streamed):
    pieces, server = speak(by=voice, streaming=streaming)
    assert b"".join(pieces) == sound_of("Good morning.")
    assert (len(server.streams), len(server.asked)) == (streamed, 1 - streamed)


def test_a_pitch_is_not_asked_of_a_voice_without():
    _, server = speak(by=replace(CHIRP, pitch=4), streaming=False)
    assert server.asked[0].audio_config.pitch == 0


@pytest.mark.parametrize(
    ("given", "asked"),
    [((4.0, -24.0), (2.0, -20.0)), ((0.1, 20.5), (0.25, 20.0)), ((0.25, 20.0), (0.25, 20.0))],
)
def test_rate_and_pitch_stay_within_what_google_takes(given, asked):
    rate, pitch = given
    _, server = speak(by=replace(PLAIN, speaking_rate=rate, pitch=pitch))
    config = server.asked[0].audio_config
    assert (config.speaking_rate, config.pitch) == asked


@pytest.mark.parametrize(
    ("voice", "default", "language", "name"),
    [
        (Voice(), "", "en-IN", ""),
        (Voice(), "en-IN-Wavenet-B", "en-IN", "en-IN-Wavenet-B"),
        (Voice(), "en-US-Wavenet-B", "en-US", "en-US-Wavenet-B"),
        (PLAIN, "en-IN-Wavenet-B", "en-IN", "en-IN-Wavenet-A"),
        (Voice(language="hi-IN"), "en-IN-Wavenet-B", "hi-IN", ""),
        (Voice(language="hi-IN"), "Wavenet-B", "hi-IN", "hi-IN-Wavenet-B"),
        (Voice("Chirp3-HD-Kore", "ta-IN"), "", "ta-IN", "ta-IN-Chirp3-HD-Kore"),
        (Voice("cmn-CN-Wavenet-A", "zh-CN"), "", "cmn-CN", "cmn-CN-Wavenet-A"),
        (Voice("es-419-Standard-A", "es"), "", "es-419", "es-419-Standard-A"),
        (Voice("Kore", "hi-IN"), "", "hi-IN", "Kore"),
        (Voice(language=""), "", "en-IN", ""),
    ],
)
def test_a_voice_is_of_the_calls_language(voice, default, language, name):
    _, server = speak(by=voice, streaming=False, voice=default)
    asked = server.asked[0].voice
    assert (asked.language_code, asked.name) == (language, name)


def test_a_call_without_a_language_is_spoken_in_that_of_the_settings():
    _, server = speak(by=Voice(language=""), language="te-IN")
    assert server.asked[0].voice.language_code == "te-IN"


def test_the_timbre_of_the_settings_is_asked_for():
    _, server = speak(effects=["telephony-class-application"], volume_gain_db=3)
    config = server.asked[0].audio_config
    assert list(config.effects_profile_id) == ["telephony-class-application"]
    assert config.volume_gain_db == 3


@pytest.mark.parametrize("voice", [PLAIN, CHIRP])
def test_ssml_is_sent_as_such_and_never_streamed(voice):
    text = '<speak>Rao & Sons <break time="1s"/> 2 < 3</speak>'
    pieces, server = speak(text, voice)
    assert server.asked[0].input == api.SynthesisInput(
        ssml='<speak>Rao &amp; Sons <break time="1s"/> 2 &lt; 3</speak>'
    )
    assert pieces == [sound_of("Rao & Sons  2 < 3")]


@pytest.mark.parametrize("text", ["Rao & Sons", "2 < 3 > 1", "Say <b>", "&amp;"])
@pytest.mark.parametrize("voice", [PLAIN, CHIRP])
def test_in_a_plain_text_each_sign_means_itself(text, voice):
    pieces, server = speak(text, voice)
    assert b"".join(pieces) == sound_of(text)
    assert not server.asked or server.asked[0].input.text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>Hello.", "SSML: it is not well-formed at line 1, column 14"),
        (f"<speak>{'नमस्ते। ' * 300}</speak>", "SSML: it has more than 5000 bytes"),
    ],
)
def test_ssml_that_cannot_be_sent_is_named_and_not_asked_for(text, message):
    error = failure(text)
    assert (error.message, error.retryable) == (message, False)


@pytest.mark.parametrize("voice", [PLAIN, CHIRP])
def test_a_long_text_is_said_in_portions_in_order(voice):
    text = " ".join(f"{number} नमस्ते, आप कैसे हैं?" for number in range(200))
    pieces, server = speak(text, voice)
    assert b"".join(pieces) == b"".join(sound_of(portion) for portion in _portions_asked(server))
    assert " ".join(_portions_asked(server)) == text
    assert len(_portions_asked(server)) == 3


def _portions_asked(server):
    if server.streams:
        return [request.input.text for request in server.streams[0][1:]]
    return [request.input.text for request in server.asked]


CODES = [
    ("INVALID_ARGUMENT", False),
    ("UNAUTHENTICATED", False),
    ("PERMISSION_DENIED", False),
    ("NOT_FOUND", False),
    ("FAILED_PRECONDITION", False),
    ("UNIMPLEMENTED", False),
    ("RESOURCE_EXHAUSTED", True),
    ("UNAVAILABLE", True),
    ("DEADLINE_EXCEEDED", True),
    ("INTERNAL", True),
    ("UNKNOWN", True),
]


@pytest.mark.parametrize(("code", "retryable"), CODES)
@pytest.mark.parametrize("voice", [PLAIN, CHIRP], ids=["whole", "streamed"])
def test_a_refusal_says_whether_to_try_again_and_is_not_tried_again_here(code, retryable, voice):
    asked = []

    def prepare(server):
        asked.append(server)
        server.fails(grpc.StatusCode[code], message="Good morning. is no text.")

    error = failure(by=voice, prepare=prepare)
    assert (error.message, error.provider) == (f"answered {code}", "google")
    assert error.retryable is retryable
    assert len(asked[0].metadata) == 1


@pytest.mark.parametrize("voice", [PLAIN, CHIRP], ids=["whole", "streamed"])
def test_googles_wish_to_wait_and_its_reason_are_passed_on(voice):
    error = failure(
        by=voice,
        prepare=lambda server: server.fails(
            grpc.StatusCode.RESOURCE_EXHAUSTED, reason="RATE_LIMIT_EXCEEDED", retry_delay=2.5
        ),
    )
    assert error.retry_after_seconds == 2.5
    assert error.message == ("answered RESOURCE_EXHAUSTED (RATE_LIMIT_EXCEEDED), not before 2.5 s")


def test_a_stream_that_breaks_is_an_error_after_what_was_said():
    async def broken():
        async with serving() as server:
            server.fails(grpc.StatusCode.UNAVAILABLE, after=2)
            provider = GoogleTextToSpeech(endpoint=server.endpoint)
            pieces = provider.synthesize("Good morning.", CHIRP)
            said = await anext(pieces) + await anext(pieces)
            with pytest.raises(ProviderError, match="answered UNAVAILABLE") as caught:
                await anext(pieces)
            await provider.close()
            return said, caught.value.retryable

    assert asyncio.run(broken()) == (sound_of("Good mor"), True)


@pytest.mark.parametrize(("voice", "after"), [(PLAIN, 0), (CHIRP, 0), (CHIRP, 2)])
def test_a_service_that_says_nothing_more_is_late(voice, after):
    error = failure(by=voice, prepare=lambda server: server.hangs(after=after), timeout_seconds=0.2)
    assert error.message in ("gave no answer in time", "answered DEADLINE_EXCEEDED")
    assert error.retryable


@pytest.mark.parametrize(("voice", "after"), [(PLAIN, 0), (CHIRP, 0), (CHIRP, 2)])
def test_a_cancelled_call_cancels_the_request(voice, after):
    async def cancel():
        async with serving() as server:
            server.hangs(after=after)
            provider = GoogleTextToSpeech(endpoint=server.endpoint)

            async def listen():
                async for _ in provider.synthesize("Good morning.", voice):
                    pass

            listening = asyncio.ensure_future(listen())
            await server.waiting.wait()
            listening.cancel()
            await server.cancelled.wait()
            with pytest.raises(asyncio.CancelledError):
                await listening
            await provider.close()

    asyncio.run(cancel())


@pytest.mark.parametrize("voice", [PLAIN, CHIRP], ids=["whole", "streamed"])
def test_texts_for_many_callers_at_once_do_not_mix(voice):
    async def everybody():
        async with serving() as server:
            provider = GoogleTextToSpeech(endpoint=server.endpoint)

            async def one(text):
                return b"".join([piece async for piece in provider.synthesize(text, voice)])

            texts = [f"You are number {number}." for number in range(20)]
            sounds = await asyncio.gather(*map(one, texts))
            await provider.close()
            return texts, sounds

    texts, sounds = asyncio.run(everybody())
    assert sounds == [sound_of(text) for text in texts]


def test_it_speaks_in_the_event_loop_of_the_server():
    async def everything():
        async with serving() as server:
            provider = GoogleTextToSpeech(endpoint=server.endpoint)
            await provider.warm()
            sounds = [
                b"".join([piece async for piece in provider.synthesize("Good morning.", voice)])
                for voice in (PLAIN, CHIRP)
            ]
            await provider.close()
            return sounds

    assert uvloop.run(everything()) == [sound_of("Good morning.")] * 2


def test_warming_asks_nothing_and_a_service_that_is_not_there_is_no_reason_not_to_start(caplog):
    async def warm():
        async with serving() as server:
            provider = GoogleTextToSpeech(endpoint=server.endpoint)
            await provider.warm()
            await provider.close()
            assert server.metadata == []
        assert caplog.records == []
        provider = GoogleTextToSpeech(endpoint="http://127.0.0.1:9", timeout_seconds=0.1)
        await provider.warm()
        with pytest.raises(ProviderError) as caught:
            await anext(provider.synthesize("Good morning.", PLAIN))
        await provider.close()
        return caught.value

    with caplog.at_level(logging.WARNING):
        error = asyncio.run(warm())
    assert error.retryable
    assert [record.message for record in caplog.records] == ["provider_not_warm"]


def test_a_server_that_speaks_no_grpc_is_an_error_to_try_again():
    async def page(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Welcome</html>")
        writer.close()

    async def ask():
        async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            provider = GoogleTextToSpeech(endpoint=f"http://{host}:{port}")
            with pytest.raises(ProviderError) as caught:
                await anext(provider.synthesize("Good morning.", PLAIN))
            await provider.close()
        return caught.value

    assert asyncio.run(ask()).retryable


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_asked_for_nothing_to_say(text):
    pieces, server = speak(text)
    assert (pieces, server.metadata) == ([], [])


def test_the_fingerprint_changes_with_what_changes_the_sound():
    def fingerprint(**options):
        return GoogleTextToSpeech(endpoint="http://127.0.0.1:9", **options).fingerprint

    changed = [
        {"voice": "en-IN-Wavenet-A"},
        {"language": "hi-IN"},
        {"streaming": False},
        {"effects": ["telephony-class-application"]},
        {"volume_gain_db": 2.0},
    ]
    assert len({fingerprint(), *(fingerprint(**options) for options in changed)}) == 6
    assert fingerprint(timeout_seconds=3, api_key="k") == fingerprint()
