"""Sarvam's adapters in the suites; the answers are those of its API (docs.sarvam.ai)."""

import json
from base64 import b64encode
from email import message_from_bytes
from io import BytesIO
from wave import open as open_wav

import pytest

from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Request,
    Rig,
    SpeechToTextConformance,
    Stage,
    TextToSpeechConformance,
    from_pcm,
    to_pcm,
)
from providers.sarvam_stt import SarvamSpeechToText
from providers.sarvam_tts import SarvamTextToSpeech
from runtime.carrier import wav

pytestmark = pytest.mark.network


class SaarasRig(Rig):
    def build(self, place: Place) -> SarvamSpeechToText:
        return SarvamSpeechToText(
            api_key=KEY, base_url=place.url, timeout_seconds=place.timeout_seconds
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        text = stage.take(_sound_of(exchange.request))
        told = {"request_id": "20261128_1", "transcript": text, "language_code": "en-IN"}
        body = json.dumps(told).encode()
        await exchange.answer(body[:9], body[9:])


class TestSarvamSpeechToText(SpeechToTextConformance):
    rig = SaarasRig()


class BulbulRig(Rig):
    def __init__(self, **options: object) -> None:
        self._options = options

    def build(self, place: Place) -> SarvamTextToSpeech:
        return SarvamTextToSpeech(
            api_key=KEY,
            base_url=place.url,
            timeout_seconds=place.timeout_seconds,
            **self._options,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        asked = json.loads(exchange.request.body)
        pieces = stage.take(asked["text"])
        if asked["output_audio_codec"] == "linear16":
            pieces = _unevenly(to_pcm(b"".join(pieces), 8000))
        if exchange.request.path == "/text-to-speech/stream":
            await exchange.answer(*pieces, content_type="audio/basic")
        else:
            sound = wav.mono(b"".join(pieces))
            told = {"request_id": "20261128_1", "audios": [b64encode(sound).decode()]}
            body = json.dumps(told).encode()
            await exchange.answer(body[:70], body[70:])


class TestSarvamTextToSpeechStreamed(TextToSpeechConformance):
    rig = BulbulRig()


class TestSarvamTextToSpeechAsPcm(TextToSpeechConformance):
    rig = BulbulRig(codec="linear16")


class TestSarvamTextToSpeechWhole(TextToSpeechConformance):
    rig = BulbulRig(streaming=False)
    tells_garbage = True

    # Its sound comes in one piece, when all is made: there is nothing left to hang up on.
    test_a_text_that_nobody_hears_any_more_is_hung_up = None


def _sound_of(request: Request) -> bytes:
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body).get_payload()
    [file] = [part for part in parts if part.get_filename()]
    with open_wav(BytesIO(file.get_payload(decode=True))) as sound:
        assert sound.getparams()[:3] == (1, 2, 8000)
        return from_pcm(sound.readframes(sound.getnframes()), 8000)


def _unevenly(samples: bytes) -> tuple[bytes, ...]:
    return tuple(samples[start : start + 1111] for start in range(0, len(samples), 1111))
