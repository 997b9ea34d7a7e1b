"""Each adapter, and a bare client that asks the same of the same server and only gets the bytes.

Their imports stand in the functions: a package that is missing costs its adapters their figures,
and not the others theirs.
"""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from bench.adapter_table import Taken
from bench.adapter_vendors import SAID
from providers.base import Hints, ModelMessage, SpeechStream, Voice
from providers.conformance import KEY

FRAMES = tuple(bytes([0x20 + at % 16]) * 160 for at in range(50))
"""A second of speech, as the carrier sends it."""

UTTERANCE = b"".join(FRAMES)
VOICE = Voice(language="en-IN")
ELEVENLABS_VOICE = "JBFqnCBsd6RMkjVDRZzb"
CARTESIA_VOICE = "f786b574-daa5-4673-aa0c-cbe3e8534c02"

Call = Callable[[], Awaitable[Taken]]


@dataclass(frozen=True, slots=True)
class Pair:
    """What is called in turn; both have their own connections."""

    adapter: Call
    bare: Call


@dataclass(frozen=True, slots=True)
class Contestant:
    """An adapter to be measured."""

    name: str
    holds: str
    """What the adapter does and the bare client does not, besides checking and translating."""
    opened: Callable[[str], AbstractAsyncContextManager[Pair]]
    """Takes the server's address."""


async def pieces(answer: AsyncIterator[object]) -> Taken:
    """Time an answer that comes in pieces. Raises `ValueError` where none comes."""
    begun, first = perf_counter(), 0.0
    async for _ in answer:
        first = first or perf_counter()
    ended = perf_counter()
    if not first:
        raise ValueError("no answer came")
    return Taken((first - begun) * 1000, (ended - begun) * 1000)


async def whole(answer: Awaitable[str]) -> Taken:
    """Time an answer that comes at once. Raises `ValueError` where it is not what was said."""
    begun = perf_counter()
    text = await answer
    taken = (perf_counter() - begun) * 1000
    if text != SAID:
        raise ValueError(f"heard {text!r}")
    return Taken(taken, taken)


async def utterance(
    send: Callable[[bytes], Awaitable[object]], flush: Callable[[], Awaitable[str]], begun: float
) -> Taken:
    """Time an utterance: its end to the transcript, and all with the sending of its frames."""
    for frame in FRAMES:
        await send(frame)
    flushed = await whole(flush())
    return Taken(flushed.total, (perf_counter() - begun) * 1000)


async def heard(stream: SpeechStream) -> Taken:
    """Time an utterance of an adapter's stream."""

    async def flush() -> str:
        return (await stream.flush()).text

    begun = perf_counter()
    await stream.begin(Hints())
    return await utterance(stream.send, flush, begun)


@asynccontextmanager
async def openai_llm(url: str) -> AsyncIterator[Pair]:
    import openai

    from providers.openai_llm import OpenAILanguageModel

    model = OpenAILanguageModel("gpt-4o-mini", api_key=KEY, base_url=f"{url}/v1")
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    asked = (ModelMessage("system", "You book appointments."), ModelMessage("user", SAID))
    messages: Any = [{"role": each.role, "content": each.text} for each in asked]

    async def bare() -> AsyncIterator[str]:
        async with await client.chat.completions.create(
            model="gpt-4o-mini",
            messages=messages,
            stream=True,
            stream_options={"include_usage": True},
        ) as chunks:
            async for chunk in chunks:
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    yield text

    yield Pair(lambda: pieces(model.answer(asked, ())), lambda: pieces(bare()))
    await model.close()
    await client.close()


@asynccontextmanager
async def openai_stt(url: str) -> AsyncIterator[Pair]:
    import openai

    from providers.openai_stt import OpenAISpeechToText, _wav

    stt = OpenAISpeechToText("gpt-transcribe", api_key=KEY, base_url=f"{url}/v1")
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    file = ("utterance.wav", _wav(UTTERANCE), "audio/wav")

    async def adapter() -> str:
        return (await stt.transcribe(UTTERANCE, Hints())).text

    async def bare() -> str:
        create = client.audio.transcriptions.create
        return (await create(model="gpt-transcribe", file=file, language="en")).text

    yield Pair(lambda: whole(adapter()), lambda: whole(bare()))
    await stt.close()
    await client.close()


@asynccontextmanager
async def openai_realtime(url: str) -> AsyncIterator[Pair]:
    import openai

    from providers.openai_realtime import OpenAIRealtimeSpeechToText

    stt = OpenAIRealtimeSpeechToText("gpt-live-transcribe", api_key=KEY, base_url=f"{url}/v1")
    stream = stt.open()
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as socket:
        session = {"type": "session.update", "session": stt.session(Hints())}
        await socket.send_raw(json.dumps(session))

        async def send(audio: bytes) -> None:
            sound = base64.b64encode(audio).decode()
            await socket.send_raw(f'{{"type":"input_audio_buffer.append","audio":"{sound}"}}')

        async def flush() -> str:
            await socket.send_raw('{"type":"input_audio_buffer.commit"}')
            while True:
                event = await socket.recv()
                if event.type == "conversation.item.input_audio_transcription.completed":
                    return event.transcript

        yield Pair(lambda: heard(stream), lambda: utterance(send, flush, perf_counter()))
        await stream.close()
    await stt.close()
    await client.close()


@asynccontextmanager
async def openai_tts(url: str) -> AsyncIterator[Pair]:
    import openai

    from providers.openai_tts import OpenAITextToSpeech

    tts = OpenAITextToSpeech("gpt-4o-mini-tts", api_key=KEY, base_url=f"{url}/v1")
    client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)

    async def bare() -> AsyncIterator[bytes]:
        create = client.audio.speech.with_streaming_response.create
        async with create(
            model="gpt-4o-mini-tts", input=SAID, voice="alloy", response_format="pcm"
        ) as response:
            async for chunk in response.iter_bytes():
                yield chunk

    yield Pair(lambda: pieces(tts.synthesize(SAID, VOICE)), lambda: pieces(bare()))
    await tts.close()
    await client.close()


@asynccontextmanager
async def deepgram_whole(url: str) -> AsyncIterator[Pair]:
    import httpx2

    from providers.deepgram_stt import DeepgramSpeechToText, _wav

    stt = DeepgramSpeechToText(api_key=KEY, base_url=url)
    address = f"{url}/v1/listen?model=nova-3&language=en-IN&punctuate=true"
    headers = {"Authorization": f"Token {KEY}", "Content-Type": "audio/wav"}
    file = _wav(UTTERANCE)

    async def adapter() -> str:
        return (await stt.transcribe(UTTERANCE, Hints())).text

    async with httpx2.AsyncClient(verify=False) as client:

        async def bare() -> str:
            said = (await client.post(address, content=file, headers=headers)).json()
            text: str = said["results"]["channels"][0]["alternatives"][0]["transcript"]
            return text

        yield Pair(lambda: whole(adapter()), lambda: whole(bare()))
    await stt.close()


@asynccontextmanager
async def deepgram_stream(url: str) -> AsyncIterator[Pair]:
    from websockets.asyncio.client import connect

    from providers.deepgram_stt import DeepgramSpeechToText

    stt = DeepgramSpeechToText(api_key=KEY, base_url=url)
    stream = stt.open()
    address = (
        f"{url.replace('http', 'ws', 1)}/v1/listen?model=nova-3&language=en-IN&encoding=mulaw"
        "&sample_rate=8000&channels=1&interim_results=true&endpointing=false&punctuate=true"
    )
    headers = {"Authorization": f"Token {KEY}"}
    async with connect(address, additional_headers=headers, compression=None) as socket:

        async def flush() -> str:
            await socket.send('{"type":"Finalize"}')
            while True:
                said = json.loads(await socket.recv())
                if said.get("from_finalize"):
                    text: str = said["channel"]["alternatives"][0]["transcript"]
                    return text

        yield Pair(lambda: heard(stream), lambda: utterance(socket.send, flush, perf_counter()))
        await stream.close()
    await stt.close()


@asynccontextmanager
async def elevenlabs(url: str) -> AsyncIterator[Pair]:
    import httpx2

    from providers.elevenlabs_tts import ElevenLabsTextToSpeech

    tts = ElevenLabsTextToSpeech(api_key=KEY, voice=ELEVENLABS_VOICE, base_url=url)
    address = f"{url}/v1/text-to-speech/{ELEVENLABS_VOICE}/stream?output_format=ulaw_8000"
    body = {"text": SAID, "model_id": "eleven_flash_v2_5", "voice_settings": {"speed": 1.0}}
    headers = {"xi-api-key": KEY}
    async with httpx2.AsyncClient(verify=False) as client:

        async def bare() -> AsyncIterator[bytes]:
            request = body | {"language_code": "en"}
            async with client.stream("POST", address, json=request, headers=headers) as response:
                async for audio in response.aiter_bytes():
                    yield audio

        yield Pair(lambda: pieces(tts.synthesize(SAID, VOICE)), lambda: pieces(bare()))
    await tts.close()


@asynccontextmanager
async def cartesia(url: str) -> AsyncIterator[Pair]:
    from websockets.asyncio.client import connect

    from providers.cartesia_tts import VERSION, CartesiaTextToSpeech

    tts = CartesiaTextToSpeech(api_key=KEY, voice=CARTESIA_VOICE, base_url=url)
    request = {
        "model_id": "sonic-3.5",
        "transcript": SAID,
        "voice": {"mode": "id", "id": CARTESIA_VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "language": "en",
        "generation_config": {"speed": 1.0},
        "continue": False,
        "context_id": "one",
    }
    headers = {"Authorization": f"Bearer {KEY}", "Cartesia-Version": VERSION}
    address = f"{url.replace('http', 'ws', 1)}/tts/websocket"
    async with connect(address, additional_headers=headers, compression=None) as socket:

        async def bare() -> AsyncIterator[bytes]:
            await socket.send(json.dumps(request))
            while not (said := json.loads(await socket.recv()))["done"]:
                yield base64.b64decode(said["data"])

        yield Pair(lambda: pieces(tts.synthesize(SAID, VOICE)), lambda: pieces(bare()))
    await tts.close()


CONTESTANTS: Sequence[Contestant] = (
    Contestant("openai llm", "", openai_llm),
    Contestant("openai stt", "1 s of mu-law to a 16-bit WAV file", openai_stt),
    Contestant("openai realtime stt", "", openai_realtime),
    Contestant("openai tts", "2 s of 24 kHz PCM to mu-law 8 kHz", openai_tts),
    Contestant("deepgram stt", "a WAV header", deepgram_whole),
    Contestant("deepgram stt, streaming", "", deepgram_stream),
    Contestant("elevenlabs tts", "", elevenlabs),
    Contestant("cartesia tts", "a queue for each sentence", cartesia),
)
"""One more adapter is a function and a row, here or in `adapter_calls_further`, and a row in
`adapter_vendors`."""
