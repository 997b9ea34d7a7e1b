"""OpenAI's realtime transcription in the suites; the server is tests/shared/openai_speech.py."""

import openai_speech
import pytest

from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Rig,
    SpeechToTextConformance,
    Stage,
    StreamingSpeechToTextConformance,
)
from providers.openai_realtime import OpenAIRealtimeSpeechToText

pytestmark = pytest.mark.network


class RealtimeRig(Rig):
    def build(self, place: Place) -> OpenAIRealtimeSpeechToText:
        return OpenAIRealtimeSpeechToText(
            "gpt-live-transcribe",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
            connect_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        await openai_speech.hold_session(exchange, stage)


class TestOpenAIRealtimeSpeechToText(StreamingSpeechToTextConformance):
    rig = RealtimeRig()


class TestOpenAIRealtimeSpeechToTextOfWholeUtterances(SpeechToTextConformance):
    rig = RealtimeRig()
