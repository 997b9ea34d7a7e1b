"""Deepgram's adapter in the suites, whole utterances and streams; see tests/shared/deepgram_server.

https://developers.deepgram.com/reference/speech-to-text/listen-streaming
"""

import asyncio
import json

import pytest
from deepgram_server import response_to, results

from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Rig,
    Socket,
    SpeechToTextConformance,
    Stage,
    StreamingSpeechToTextConformance,
)
from providers.deepgram_stt import DeepgramSpeechToText

pytestmark = pytest.mark.network

RATE = 8000


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


class DeepgramRig(Rig):
    def build(self, place: Place) -> DeepgramSpeechToText:
        return DeepgramSpeechToText(
            api_key=KEY,
            base_url=place.url,
            answer_seconds=place.timeout_seconds,
            connect_seconds=place.timeout_seconds,
            timeout_seconds=place.timeout_seconds,
            sleep=no_pause,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        if exchange.request.method == "POST":
            sound = exchange.request.body[58:]
            said = response_to(stage.take(sound), len(sound) / RATE)
            await exchange.answer(json.dumps(said).encode())
            return
        await _converse(await exchange.upgrade(), stage)


class TestDeepgramUtterances(SpeechToTextConformance):
    rig = DeepgramRig()


class TestDeepgramStreams(StreamingSpeechToTextConformance):
    rig = DeepgramRig()


async def _converse(socket: Socket, stage: Stage) -> None:
    final, sound = 0, b""
    while (message := await socket.receive()) != '{"type":"CloseStream"}':
        if isinstance(message, bytes):
            sound += message
        elif message == '{"type":"Finalize"}':
            text, duration = stage.take(sound), len(sound) / RATE
            marks = {"is_final": True, "from_finalize": True}
            await socket.send(json.dumps(results(text, final / RATE, duration, **marks)))
            final, sound = final + len(sound), b""
