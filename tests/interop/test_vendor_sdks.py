"""The vendors' own Python clients against our servers for tests: both must agree what the API is.

Ran with deepgram-sdk 7.17.0, elevenlabs 2.78.0 and cartesia 4.2.0, which are 50 MB and no
dependency; is skipped where they are not installed.
"""

import asyncio
import warnings

import cartesia_server
import deepgram_server
import elevenlabs_server
import pytest

with warnings.catch_warnings():
    # Of the SDKs' own imports.
    warnings.simplefilter("ignore")
    deepgram = pytest.importorskip("deepgram")
    elevenlabs = pytest.importorskip("elevenlabs")
    cartesia = pytest.importorskip("cartesia")
    httpx = pytest.importorskip("httpx")
    from deepgram.environment import DeepgramClientEnvironment
    from elevenlabs.client import AsyncElevenLabs

# Deepgram's client asks for old names of websockets, and imports itself late.
pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

SOUND = bytes([0x20]) * 12_000


def test_deepgrams_client_streams_and_finalizes():
    async def talk():
        async with deepgram_server.deepgram("Two tickets, please.") as (server, there):
            client = deepgram_client(there)
            options = {"encoding": "mulaw", "sample_rate": 8000, "interim_results": True}
            async with client.listen.v1.connect(model="nova-3", **options) as socket:
                await socket.send_media(SOUND)
                interim = await socket.recv()
                await socket.send_keep_alive()
                await socket.send_finalize()
                final = await socket.recv()
                await socket.send_close_stream()
                metadata = await socket.recv()
            assert bytes(server.sound) == SOUND
            return interim, final, metadata

    interim, final, metadata = asyncio.run(talk())
    assert (interim.type, interim.is_final, interim.from_finalize) == ("Results", False, False)
    assert (final.is_final, final.from_finalize) == (True, True)
    assert final.channel.alternatives[0].transcript == "Two tickets, please."
    assert final.channel.alternatives[0].words[1].punctuated_word == "tickets,"
    assert (metadata.type, metadata.duration) == ("Metadata", 1.5)


def test_deepgrams_client_changes_the_key_terms():
    async def configure():
        async with deepgram_server.deepgram() as (_, there):
            client = deepgram_client(there)
            async with client.listen.v1.connect(model="nova-3", encoding="mulaw") as socket:
                types = deepgram.listen.v1.types
                await socket.send_configure(types.ListenV1Configure(keyterms=["kumquat"]))
                return await socket.recv()

    success = asyncio.run(configure())
    assert (success.type, success.keyterms) == ("ConfigureSuccess", ["kumquat"])


def deepgram_client(there):
    environment = DeepgramClientEnvironment(
        base=there.base_url,
        production=there.base_url.replace("http", "ws"),
        agent="",
        agent_rest="",
    )
    return deepgram.AsyncDeepgramClient(api_key=deepgram_server.KEY, environment=environment)


def test_elevenlabs_client_streams_a_text():
    async def speak():
        async with elevenlabs_server.elevenlabs() as (_, there), httpx.AsyncClient() as http:
            # Given one, since the client does not close its own.
            key, url = elevenlabs_server.KEY, there.base_url
            client = AsyncElevenLabs(api_key=key, base_url=url, httpx_client=http)
            pieces = client.text_to_speech.stream(
                elevenlabs_server.VOICE,
                text="Good morning.",
                model_id="eleven_flash_v2_5",
                output_format="ulaw_8000",
            )
            return b"".join([piece async for piece in pieces])

    assert asyncio.run(speak()) == elevenlabs_server.sound_of("Good morning.")


def test_cartesias_client_speaks_two_contexts_and_cancels_one():
    async def speak():
        pauses = {"Wait."}
        async with cartesia_server.cartesia(pauses=pauses) as (server, there):
            url = there.base_url.replace("http", "ws")
            client = cartesia.AsyncCartesia(api_key=cartesia_server.KEY, websocket_base_url=url)
            async with client.tts.websocket_connect() as connection:
                for number, text in enumerate(("Wait.", "Good morning.")):
                    await connection.send(generation(f"c{number}", text))
                await connection.send({"context_id": "c0", "cancel": True})
                sound = b""
                async for message in connection:
                    if message.context_id == "c1" and message.type == "chunk":
                        sound += message.audio
                    if message.type == "done":
                        return sound, server.cancelled
            return None

    sound, cancelled = asyncio.run(speak())
    assert sound == cartesia_server.sound_of("Good morning.")
    assert cancelled == ["Wait."]


def generation(context, text):
    return {
        "context_id": context,
        "model_id": "sonic-3.5",
        "transcript": text,
        "voice": {"mode": "id", "id": cartesia_server.VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
    }
