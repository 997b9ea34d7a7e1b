"""ElevenLabs' adapter in the suite; see tests/shared/elevenlabs_server for the API's source."""

import json

import pytest
from elevenlabs_server import VOICE

from providers.conformance import KEY, Exchange, Place, Rig, Stage, TextToSpeechConformance
from providers.elevenlabs_tts import ElevenLabsTextToSpeech

pytestmark = pytest.mark.network


class ElevenLabsRig(Rig):
    def build(self, place: Place) -> ElevenLabsTextToSpeech:
        return ElevenLabsTextToSpeech(
            api_key=KEY,
            voice=VOICE,
            base_url=place.url,
            timeout_seconds=place.timeout_seconds,
            connect_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        pieces = stage.take(json.loads(exchange.request.body)["text"])
        await exchange.answer(*pieces, content_type="audio/basic")


class TestElevenLabs(TextToSpeechConformance):
    rig = ElevenLabsRig()
