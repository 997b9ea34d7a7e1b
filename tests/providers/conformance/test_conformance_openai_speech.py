"""OpenAI's adapters for files of speech in the suites, with tests/shared/openai_speech.py."""

import openai_speech
import pytest

from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Rig,
    SpeechToTextConformance,
    Stage,
    TextToSpeechConformance,
)
from providers.openai_stt import OpenAISpeechToText
from providers.openai_tts import OpenAITextToSpeech

pytestmark = pytest.mark.network


class TranscriptionRig(Rig):
    def build(self, place: Place) -> OpenAISpeechToText:
        return OpenAISpeechToText(
            "gpt-transcribe",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        await openai_speech.transcribe(exchange, stage)


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
        await openai_speech.speak(exchange, stage)


class TestOpenAITextToSpeech(TextToSpeechConformance):
    rig = SpeechRig()
