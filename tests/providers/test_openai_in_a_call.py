"""A call from its beginning to its end, heard and spoken to by OpenAI's adapters."""

import asyncio

import openai_speech
import pytest
from running import SILENCE, Speech, calling, running

from providers.conformance import KEY, Stage
from providers.conformance.server import local_server
from providers.conformance.sounds import tone
from providers.openai_realtime import OpenAIRealtimeSpeechToText
from providers.openai_stt import OpenAISpeechToText
from providers.openai_tts import OpenAITextToSpeech
from runtime.audio import mulaw

pytestmark = pytest.mark.network

EARS = {
    "files": (OpenAISpeechToText, "gpt-transcribe"),
    "realtime": (OpenAIRealtimeSpeechToText, "gpt-live-transcribe"),
}
SERVES = {
    "/v1/audio/transcriptions": openai_speech.transcribe,
    "/v1/realtime": openai_speech.hold_session,
}


@pytest.mark.parametrize("ears", EARS)
def test_a_call_is_heard_and_answered(tmp_path, ears):
    adapter, model = EARS[ears]
    heard = Stage(lambda _: "Book, please.")
    said = Stage(lambda text: (tone(0.02 * len(text)),))

    async def serve(exchange):
        path = exchange.request.path.partition("?")[0]
        if path == "/v1/audio/speech":
            await openai_speech.speak(exchange, said)
        else:
            await SERVES[path](exchange, heard)

    async def call():
        async with local_server(serve) as vendor:
            at = {"api_key": KEY, "base_url": f"{vendor.url}/v1"}
            speech = Speech(stt=adapter(model, **at), tts=OpenAITextToSpeech("any", **at))
            async with (
                running(tmp_path, providers=speech) as server,
                calling(server) as carrier,
            ):
                await carrier.connect()
                await carrier.next("connected")
                await carrier.next("greeting")
                await carrier.media(SILENCE)
                await carrier.next("media")
                await server.has_been_heard(2)
                await carrier.say()
                assert await carrier.closed() == 1000
                record = await server.ended_call()
            sounds = [carrier.sound(x) for x in carrier.heard if x["event"] in WITH_SOUND]
            return record["turns"], sounds

    turns, sounds = asyncio.run(call())
    assert [(turn["who"], turn["text"]) for turn in turns] == [
        ("bot", "Hello."),
        ("bot", "What next?"),
        ("caller", "Book, please."),
        ("bot", "Bye."),
    ]
    assert [len(sound) for sound in sounds] == [
        160 * len(text) for text in ("Hello.", "What next?", "Bye.")
    ]
    assert all(abs(mulaw.level(sound) + 20) < 2 for sound in sounds)
    assert sum(map(len, heard.asked)) > 7000


WITH_SOUND = ("greeting", "media")
