"""A call from its beginning to its end, heard by Deepgram and spoken to by the other two."""

import asyncio

import cartesia_server
import elevenlabs_server
import pytest
from deepgram_server import KEY, deepgram
from running import SILENCE, Speech, calling, running

from providers.cartesia_tts import CartesiaTextToSpeech
from providers.deepgram_stt import DeepgramSpeechToText
from providers.elevenlabs_tts import ElevenLabsTextToSpeech

pytestmark = pytest.mark.network

VOICES = {
    "cartesia": (cartesia_server, cartesia_server.cartesia, CartesiaTextToSpeech),
    "elevenlabs": (elevenlabs_server, elevenlabs_server.elevenlabs, ElevenLabsTextToSpeech),
}


@pytest.mark.parametrize("voice", VOICES)
def test_a_call_is_heard_and_answered(tmp_path, voice):
    vendor, serve, adapter = VOICES[voice]

    async def call():
        async with deepgram("Book, please.") as (ears, there), serve() as (_, mouth):
            stt = DeepgramSpeechToText(api_key=KEY, base_url=there.base_url)
            tts = adapter(api_key=vendor.KEY, voice=vendor.VOICE, base_url=mouth.base_url)
            speech = Speech(stt=stt, tts=tts)
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
            return record["turns"], sounds, len(ears.sound)

    turns, sounds, heard = asyncio.run(call())
    assert [(turn["who"], turn["text"]) for turn in turns] == [
        ("bot", "Hello."),
        ("bot", "What next?"),
        ("caller", "Book, please."),
        ("bot", "Bye."),
    ]
    assert sounds == [vendor.sound_of(text) for text in ("Hello.", "What next?", "Bye.")]
    assert heard > 7000


WITH_SOUND = ("greeting", "media")
