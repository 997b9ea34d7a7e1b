"""Sarvam's and Google's adapters, and bare clients beside them, as in `adapter_calls`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.adapter_calls import UTTERANCE, VOICE, Contestant, Pair, pieces, whole
from bench.adapter_vendors import SAID, TESTS
from providers.base import Hints
from providers.conformance import KEY

HEADERS = {"api-subscription-key": KEY}


@asynccontextmanager
async def sarvam_stt(url: str) -> AsyncIterator[Pair]:
    import httpx2

    from providers.sarvam_stt import SarvamSpeechToText, _wav

    stt = SarvamSpeechToText(api_key=KEY, base_url=url)
    file = ("utterance.wav", _wav(UTTERANCE), "audio/wav")
    async with httpx2.AsyncClient(verify=False) as client:

        async def adapter() -> str:
            return (await stt.transcribe(UTTERANCE, Hints())).text

        async def bare() -> str:
            asked = {"model": "saaras:v4", "language_code": "en-IN"}
            answer = await client.post(
                f"{url}/speech-to-text", data=asked, files={"file": file}, headers=HEADERS
            )
            text: str = answer.json()["transcript"]
            return text

        yield Pair(lambda: whole(adapter()), lambda: whole(bare()))
    await stt.close()


@asynccontextmanager
async def sarvam_tts(url: str) -> AsyncIterator[Pair]:
    import httpx2

    from providers.sarvam_tts import SarvamTextToSpeech

    tts = SarvamTextToSpeech(api_key=KEY, base_url=url)
    body = {"text": SAID, "language_code": "en-IN", "model": "bulbul:v3", "pace": 1.0}
    body |= {"speech_sample_rate": 8000, "output_audio_codec": "mulaw"}
    async with httpx2.AsyncClient(verify=False) as client:

        async def bare() -> AsyncIterator[bytes]:
            address = f"{url}/text-to-speech/stream"
            async with client.stream("POST", address, json=body, headers=HEADERS) as response:
                async for audio in response.aiter_bytes():
                    yield audio

        yield Pair(lambda: pieces(tts.synthesize(SAID, VOICE)), lambda: pieces(bare()))
    await tts.close()


@asynccontextmanager
async def _google(url: str, name: str, *, streamed: bool) -> AsyncIterator[Pair]:
    """The gateway to the vendors' process is in threads of this one, for both clients alike."""
    import grpc.aio
    from google.cloud import texttospeech_v1 as api

    from providers.google_tts import GoogleTextToSpeech

    sys.path.insert(0, str(TESTS / "shared"))
    from google_gateway import Gateway

    gateway = Gateway(url)
    tts = GoogleTextToSpeech(api_key=KEY, endpoint=gateway.endpoint, voice=name)
    channel = grpc.aio.insecure_channel(gateway.endpoint.removeprefix("http://"))
    transport: Any = api.TextToSpeechAsyncClient.get_transport_class("grpc_asyncio")
    client = api.TextToSpeechAsyncClient(transport=transport(channel=channel))
    voice = {"language_code": "en-IN", "name": f"en-IN-{name}"}
    sound = {"audio_encoding": api.AudioEncoding.MULAW, "sample_rate_hertz": 8000}

    async def requests() -> AsyncIterator[Any]:
        settings = {"voice": voice, "streaming_audio_config": sound}
        yield api.StreamingSynthesizeRequest({"streaming_config": settings})
        yield api.StreamingSynthesizeRequest({"input": {"text": SAID}})

    async def in_pieces() -> AsyncIterator[bytes]:
        async for answer in await client.streaming_synthesize(requests()):
            yield answer.audio_content

    async def at_once() -> AsyncIterator[bytes]:
        asked = {"input": {"text": SAID}, "voice": voice, "audio_config": sound}
        yield (await client.synthesize_speech(asked)).audio_content

    bare = in_pieces if streamed else at_once
    try:
        yield Pair(lambda: pieces(tts.synthesize(SAID, VOICE)), lambda: pieces(bare()))
    finally:
        await tts.close()
        await channel.close()
        gateway.stop()


@asynccontextmanager
async def google_whole(url: str) -> AsyncIterator[Pair]:
    async with _google(url, "Wavenet-A", streamed=False) as pair:
        yield pair


@asynccontextmanager
async def google_streamed(url: str) -> AsyncIterator[Pair]:
    async with _google(url, "Chirp3-HD-Kore", streamed=True) as pair:
        yield pair


CONTESTANTS = (
    Contestant("sarvam stt", "1 s of mu-law to a 16-bit WAV file", sarvam_stt),
    Contestant("sarvam tts", "", sarvam_tts),
    Contestant("google tts", "a WAV header taken off", google_whole),
    Contestant("google tts, streamed", "", google_streamed),
)
