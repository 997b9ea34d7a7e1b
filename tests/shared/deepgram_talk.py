"""Somebody who talks to Deepgram's adapter, and a server that hears him."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from deepgram_server import KEY, DeepgramServer, deepgram
from vendor_app import Serving

from providers.base import Hints, SpeechStream
from providers.deepgram_stt import DeepgramSpeechToText

SECOND = bytes([0x20]) * 8000

Scene = Callable[[DeepgramServer, Serving, SpeechStream], Awaitable[Any]]


@asynccontextmanager
async def listening(
    *texts: str, options: dict[str, Any] | None = None, **server: Any
) -> AsyncIterator[tuple[DeepgramServer, Serving, SpeechStream]]:
    """A server, its connections, and a stream to it."""
    async with deepgram(*texts, **server) as (heard, there):
        given = {"api_key": KEY, "base_url": there.base_url, **(options or {})}
        stt = DeepgramSpeechToText(**given)
        stream = stt.open()
        try:
            yield heard, there, stream
        finally:
            await stream.close()
            await stt.close()


def run(scene: Scene, *texts: str, **more: Any) -> Any:
    """Return what the scene returns."""

    async def played() -> Any:
        async with asyncio.timeout(10), listening(*texts, **more) as (server, there, stream):
            return await scene(server, there, stream)

    return asyncio.run(played())


async def utter(stream: SpeechStream, hints: Hints | None = None, seconds: float = 1.0) -> str:
    """Say something and return what was heard."""
    await stream.begin(hints or Hints())
    await stream.send(bytes([0x20]) * int(8000 * seconds))
    return (await stream.flush()).text


async def speak_on(stream: SpeechStream, sound: bytes = SECOND) -> None:
    """Speak without an end."""
    while True:
        await stream.send(sound)
        await asyncio.sleep(0)


async def noticed() -> None:
    """Let the other end learn what the server has done; both are in one loop."""
    for _ in range(20):
        await asyncio.sleep(0)


def told(server: DeepgramServer) -> list[str]:
    """The types of the messages that the server was sent."""
    return [message["type"] for message in server.told]
