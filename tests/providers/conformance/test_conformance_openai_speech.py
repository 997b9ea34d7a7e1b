"""OpenAI's adapters for files of speech in the suites; the answers are those of the API reference.

https://platform.openai.com/docs/api-reference/audio
"""

import io
import json
import wave
from email.parser import BytesParser
from email.policy import HTTP

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
from providers.openai_stt import OpenAISpeechToText
from providers.openai_tts import OpenAITextToSpeech


class TranscriptionRig(Rig):
    def build(self, place: Place) -> OpenAISpeechToText:
        return OpenAISpeechToText(
            "gpt-transcribe",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        assert exchange.request.path == "/v1/audio/transcriptions"
        with wave.open(io.BytesIO(fields(exchange.request)["file"])) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
            text = stage.take(from_pcm(file.readframes(file.getnframes()), 8000))
        usage = {"type": "duration", "seconds": 1}
        body = json.dumps({"text": text, "languages": [{"code": "en"}], "usage": usage}).encode()
        await exchange.answer(body[:20], body[20:])


class TestOpenAISpeechToText(SpeechToTextConformance):
    rig = TranscriptionRig()


class SpeechRig(Rig):
    def build(self, place: Place) -> OpenAITextToSpeech:
        return OpenAITextToSpeech(
            "gpt-4o-mini-tts",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        assert exchange.request.path == "/v1/audio/speech"
        asked = json.loads(exchange.request.body)
        assert asked["response_format"] == "pcm"
        assert len(asked["input"]) <= 4096
        sound = b"".join(to_pcm(piece, 24000) for piece in stage.take(asked["input"]))
        # In pieces of an odd length, as a body comes that is cut wherever packets end.
        pieces = [sound[start : start + 9999] for start in range(0, len(sound), 9999)]
        await exchange.answer(*pieces, content_type="audio/pcm")


class TestOpenAITextToSpeech(TextToSpeechConformance):
    rig = SpeechRig()


def fields(request: Request) -> dict[str, bytes]:
    """The fields of a form, and its files."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }
