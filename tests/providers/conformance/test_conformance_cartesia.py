"""Cartesia's adapter in the suite; see tests/shared/cartesia_server for the messages' source."""

import base64
import json

import pytest
from cartesia_server import VOICE

from providers.cartesia_tts import CartesiaTextToSpeech
from providers.conformance import KEY, Exchange, Place, Rig, Stage, TextToSpeechConformance

pytestmark = pytest.mark.network


class CartesiaRig(Rig):
    def build(self, place: Place) -> CartesiaTextToSpeech:
        return CartesiaTextToSpeech(
            api_key=KEY,
            voice=VOICE,
            base_url=place.url,
            timeout_seconds=place.timeout_seconds,
            connect_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        socket = await exchange.upgrade()
        while True:
            told = json.loads(await socket.receive())
            if "cancel" in told:
                continue
            context = {"context_id": told["context_id"], "done": False, "status_code": 206}
            for piece in stage.take(told["transcript"]):
                data = base64.b64encode(piece).decode()
                chunk = {"type": "chunk", "data": data, "step_time": 50.0, **context}
                await socket.send(json.dumps(chunk))
            await socket.send(json.dumps({**context, "type": "done", "done": True}))

    def says_stop(self, message: str | bytes) -> bool:
        return json.loads(message).get("cancel") is True


class TestCartesia(TextToSpeechConformance):
    rig = CartesiaRig()
    tells_garbage = True
