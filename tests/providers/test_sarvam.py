"""What Sarvam is asked, held against the vendor's own client (`sarvamai`), and what it refuses."""

import asyncio
import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from io import BytesIO
from wave import open as open_wav

import pytest

from providers import registry
from providers.base import Hints, ProviderError, ProviderMissing, Transcript, Voice
from providers.conformance.server import local_server
from providers.sarvam_stt import SarvamSpeechToText
from providers.sarvam_tts import SarvamTextToSpeech
from runtime.audio import mulaw

pytestmark = pytest.mark.network

KEY = "very-secret"
SOUND = bytes(range(0x80, 0xC0)) * 50
HEARD = json.dumps({"request_id": None, "transcript": " Yes. ", "language_code": "en-IN"}).encode()
SPOKEN = json.dumps({"audios": [b64encode(SOUND).decode()]}).encode()


def meet(ask, *pieces, **answer):
    """What `ask` makes of a server, by its address, and the requests the server had."""

    async def met():
        async with local_server(lambda exchange: exchange.answer(*pieces, **answer)) as server:
            return await ask(server.url), server.requests

    return asyncio.run(met())


def hear(utterance=SOUND, hints=Hints(), *, answer=HEARD, status=200, headers=(), **options):  # noqa: B008 - it is frozen
    async def ask(url):
        provider = SarvamSpeechToText(api_key=KEY, base_url=url, **options)
        try:
            return await provider.transcribe(utterance, hints)
        finally:
            await provider.close()

    return meet(ask, answer, status=status, headers=headers)


def speak(text="Good morning.", by=Voice(), *, answer=SOUND, answered=None, **options):  # noqa: B008 - it is frozen
    async def ask(url):
        provider = SarvamTextToSpeech(api_key=KEY, base_url=url, **options)
        try:
            return b"".join([piece async for piece in provider.synthesize(text, by)])
        finally:
            await provider.close()

    return meet(ask, answer, **({"content_type": "audio/basic"} if answered is None else answered))


def fields(request):
    """The parts of a form, by name; the file as its name, type and content."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = {}
    for part in message_from_bytes(head + request.body).get_payload():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        file = (part.get_filename(), part.get_content_type(), content)
        parts[name] = file if part.get_filename() else content.decode()
    return parts


def test_an_utterance_is_sent_as_a_file_of_the_line_s_own_samples():
    transcript, [request] = hear(hints=Hints("hi-IN"))
    assert transcript == Transcript("Yes.", 1.0)
    assert (request.method, request.path) == ("POST", "/speech-to-text")
    assert request.headers["api-subscription-key"] == KEY
    form = fields(request)
    name, kind, content = form.pop("file")
    assert (name, kind) == ("utterance.wav", "audio/wav")
    with open_wav(BytesIO(content)) as wav:
        assert wav.getparams()[:4] == (1, 2, 8000, len(SOUND))
        assert wav.readframes(len(SOUND)) == mulaw.decode(SOUND).astype("<i2").tobytes()
    assert form == {"model": "saaras:v4", "language_code": "hi-IN"}


@pytest.mark.parametrize(
    ("language", "always", "sent"),
    [
        ("en-US", "", "en-IN"),
        ("en", "", "en-IN"),
        ("or-IN", "", "od-IN"),
        ("fr-FR", "", "unknown"),
        ("ta-IN", "unknown", "unknown"),
        ("ta-IN", "hi-IN", "hi-IN"),
    ],
)
def test_the_language_is_the_calls_as_sarvam_writes_it(language, always, sent):
    _, [request] = hear(hints=Hints(language), language=always)
    assert fields(request)["language_code"] == sent


def test_what_the_flow_waits_for_biases_the_model_that_can_be_biased():
    phrases = ("हाँ", "", "x" * 65, *(f"phrase {number}" for number in range(60)))
    _, [request] = hear(hints=Hints(phrases=phrases))
    terms = json.loads(fields(request)["keyterms"])
    assert terms == ["हाँ", *(f"phrase {number}" for number in range(49))]
    _, [request] = hear(hints=Hints(phrases=phrases), model="saaras:v3")
    assert "keyterms" not in fields(request)


def test_of_a_longer_utterance_than_sarvam_takes_the_end_is_sent():
    before = bytes([mulaw.SILENCE]) * 2400
    speech = SOUND * 75
    assert len(speech) == 30 * 8000
    _, [request] = hear(before + speech)
    with open_wav(BytesIO(fields(request)["file"][2])) as wav:
        assert wav.readframes(10**6) == mulaw.decode(speech).astype("<i2").tobytes()


def test_a_text_is_asked_for_in_mulaw():
    voice = Voice("ritu", "hi-IN", 1.5, 3.0)
    sound, [request] = speak("नमस्ते।", voice, body={"temperature": 0.3})
    assert sound == SOUND
    assert (request.method, request.path) == ("POST", "/text-to-speech/stream")
    assert request.headers["api-subscription-key"] == KEY
    assert json.loads(request.body) == {
        "text": "नमस्ते।",
        "language_code": "hi-IN",
        "model": "bulbul:v3",
        "speaker": "ritu",
        "pace": 1.5,
        "speech_sample_rate": 8000,
        "output_audio_codec": "mulaw",
        "temperature": 0.3,
    }


@pytest.mark.parametrize(
    ("options", "voice", "sent"),
    [
        ({}, Voice(speaking_rate=4), {"pace": 2.0, "speaker": None, "language_code": "en-IN"}),
        ({}, Voice(speaking_rate=0.25), {"pace": 0.5}),
        ({"model": "bulbul:v2"}, Voice(speaking_rate=4), {"pace": 3.0, "model": "bulbul:v2"}),
        ({"speaker": "shubh"}, Voice(), {"speaker": "shubh"}),
        ({"speaker": "shubh"}, Voice("ritu"), {"speaker": "ritu"}),
        ({"language": "te"}, Voice(language=""), {"language_code": "te-IN"}),
        ({}, Voice(language="en-US"), {"language_code": "en-IN"}),
        ({"codec": "linear16"}, Voice(), {"output_audio_codec": "linear16"}),
    ],
)
def test_the_voice_and_the_settings_are_asked_for(options, voice, sent):
    _, [request] = speak(by=voice, **options)
    asked = json.loads(request.body)
    assert {key: asked.get(key) for key in sent} == sent


@pytest.mark.parametrize(("model", "limit"), [("bulbul:v2", 1500), ("bulbul:v4-flash", 2500)])
def test_a_long_text_is_spoken_in_portions_in_order(model, limit):
    text = " ".join(f"{number} नमस्ते, आप कैसे हैं?" for number in range(200))
    sound, requests = speak(text, Voice(language="hi-IN"), model=model)
    portions = [json.loads(request.body)["text"] for request in requests]
    assert " ".join(portions) == text
    assert all(limit - 40 < len(portion) <= limit for portion in portions[:-1])
    assert sound == SOUND * len(portions)


@pytest.mark.parametrize("streaming", [True, False])
def test_a_sound_in_a_file_of_16_bits_is_brought_onto_the_line(streaming):
    file = BytesIO()
    with open_wav(file, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(mulaw.decode(SOUND).astype("<i2").tobytes())
    whole = json.dumps({"audios": [b64encode(file.getvalue()).decode()]}).encode()
    answer, answered = (file.getvalue(), None) if streaming else (whole, {})
    sound, _ = speak(answer=answer, answered=answered, codec="wav", streaming=streaming)
    assert sound == SOUND


def test_a_sound_that_comes_whole_is_in_base64():
    sound, [request] = speak(answer=SPOKEN, answered={}, streaming=False)
    assert (sound, request.path) == (SOUND, "/text-to-speech")


@pytest.mark.parametrize(
    ("answer", "answered", "options", "message"),
    [
        (b"<html>", {"content_type": "text/html; charset=utf-8"}, {}, "sent no sound"),
        (b"{}", {}, {}, "sent no sound"),
        (b"{}", {}, {"streaming": False}, "sent no sound"),
        (b"[]", {}, {"streaming": False}, "sent what is no JSON object"),
        (b"\xff", {}, {"streaming": False}, "sent what is no JSON object"),
        (b'{"audios": ["!"]}', {}, {"streaming": False}, "sent what is no base64"),
        (b'{"audios": [null]}', {}, {"streaming": False}, "sent what is no sound"),
    ],
)
def test_an_answer_that_is_no_sound_is_an_error(answer, answered, options, message):
    with pytest.raises(ProviderError) as caught:
        speak(answer=answer, answered=answered, **options)
    assert caught.value.message == message


@pytest.mark.parametrize("answer", [b"{}", b'{"transcript": null}'])
def test_an_answer_without_a_transcript_is_an_error(answer):
    with pytest.raises(ProviderError, match="sent no transcript"):
        hear(answer=answer)


def test_a_language_that_sarvam_does_not_speak_is_not_asked_for():
    with pytest.raises(ProviderError, match="does not speak the language 'fr-FR'") as caught:
        speak(by=Voice(language="fr-FR"))
    assert not caught.value.retryable


REFUSALS = [
    (400, "invalid_request_error", False),
    (403, "invalid_api_key_error", False),
    (422, "unprocessable_entity_error", False),
    (429, "rate_limit_exceeded_error", True),
    (429, "insufficient_quota_error", True),
    (500, "internal_server_error", True),
    (503, "rate_limit_exceeded_error", True),
]


@pytest.mark.parametrize(("status", "code", "retryable"), REFUSALS)
def test_a_refusal_has_the_vendors_word_for_it_and_no_sentence(status, code, retryable):
    body = json.dumps({"error": {"message": f"Bad {KEY}", "code": code}}).encode()
    with pytest.raises(ProviderError) as caught:
        hear(answer=body, status=status)
    assert caught.value.message == f"answered with status {status} ({code})"
    assert (caught.value.provider, caught.value.retryable) == ("sarvam", retryable)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": {"code": "Bad key x"}}'])
def test_a_refusal_without_a_word_is_its_status(body):
    with pytest.raises(ProviderError) as caught:
        hear(answer=body, status=503, headers=("retry-after: 2",))
    assert caught.value.message == "answered with status 503, not before 2 s"
    assert caught.value.retry_after_seconds == 2


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("stt", {"api_key": ""}, "Sarvam wants an api_key"),
        ("stt", {"api_key": KEY, "language": "fr"}, "Sarvam does not know the language 'fr'"),
        ("stt", {"api_key": KEY, "base_url": "api.sarvam.ai"}, "base_url begins with http://"),
        ("tts", {"api_key": KEY, "language": "ur"}, "Sarvam does not speak the language 'ur'"),
        ("stt", {"api_key": KEY, "mode": "guess"}, "mode is one of transcribe, translate, "),
        ("tts", {"api_key": KEY, "codec": "mp3"}, "codec is one of mulaw, wav, linear16"),
        ("tts", {}, "api_key"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(kind, options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build(kind, "sarvam", options)
    assert message in caught.value.message
    assert KEY not in caught.value.message


def test_the_fingerprint_changes_with_what_changes_the_sound():
    changed = [
        {},
        {"model": "bulbul:v2"},
        {"speaker": "ritu"},
        {"language": "hi-IN"},
        {"streaming": False},
        {"codec": "linear16"},
        {"body": {"temperature": 0.1}},
    ]
    prints = {SarvamTextToSpeech(api_key=KEY, **options).fingerprint for options in changed}
    assert len(prints) == len(changed)
    assert SarvamTextToSpeech(api_key="other").fingerprint in prints


@pytest.fixture
def vendor():
    """The vendor's own client, at a server's address."""
    sarvamai = pytest.importorskip("sarvamai")
    environments = pytest.importorskip("sarvamai.environment")
    httpx = pytest.importorskip("httpx")

    @asynccontextmanager
    async def client(url):
        at = environments.SarvamAIEnvironment(base=url, creative=url, production=url)
        async with httpx.AsyncClient() as http:
            yield sarvamai.AsyncSarvamAI(
                environment=at, api_subscription_key=KEY, httpx_client=http
            )

    return client


def test_the_vendors_own_client_asks_the_recogniser_the_same(vendor):
    _, [ours] = hear(hints=Hints("hi-IN", ("हाँ",)), mode="verbatim")
    content = fields(ours)["file"][2]

    async def ask(url):
        async with vendor(url) as client:
            return await client.speech_to_text.transcribe(
                file=("utterance.wav", content, "audio/wav"),
                model="saaras:v4",
                mode="verbatim",
                language_code="hi-IN",
                keyterms=["हाँ"],
            )

    told, [theirs] = meet(ask, HEARD)
    assert told.transcript == " Yes. "
    ours_asked, theirs_asked = fields(ours), fields(theirs)
    assert json.loads(ours_asked.pop("keyterms")) == json.loads(theirs_asked.pop("keyterms"))
    assert ours_asked == theirs_asked
    assert _where(ours) == _where(theirs)


@pytest.mark.parametrize("streaming", [True, False])
def test_the_vendors_own_client_asks_the_voice_the_same(vendor, streaming):
    voice = replace(Voice("ritu", "hi-IN"), speaking_rate=1.5)
    answer = SOUND if streaming else SPOKEN
    _, [ours] = speak(
        by=voice,
        answer=answer,
        answered={"content_type": "audio/basic" if streaming else "application/json"},
        streaming=streaming,
    )

    asked = {
        "text": "Good morning.",
        "language_code": "hi-IN",
        "model": "bulbul:v3",
        "speaker": "ritu",
        "pace": 1.5,
        "speech_sample_rate": 8000,
        "output_audio_codec": "mulaw",
    }

    async def ask(url):
        async with vendor(url) as client:
            voices = client.text_to_speech
            if streaming:
                return b"".join([piece async for piece in voices.convert_stream(**asked)])
            return (await voices.convert(**asked)).audios[0]

    told, [theirs] = meet(ask, answer)
    assert told == (SOUND if streaming else b64encode(SOUND).decode())
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert _where(ours) == _where(theirs)


def _where(request):
    return request.method, request.path, request.headers["api-subscription-key"]
