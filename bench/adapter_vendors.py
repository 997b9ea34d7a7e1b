"""The vendors, in a process of their own: python -m bench.adapter_vendors prints its address.

They are those of the tests in tests/providers/conformance, which speak the vendors' protocols; each
has its whole answer ready. Ends when its standard input does.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

from providers.base import ModelUsage
from providers.conformance import Exchange
from providers.conformance.server import local_server

TESTS = Path(__file__).parents[1] / "tests"

SAID = "I would like to move my appointment to Tuesday, please."
WORDS = tuple(f"{word} " for word in (SAID.split() * 4))
"""The answer of a language model, a chunk for each."""

SOUND = tuple(bytes([level]) * 1600 for level in range(0x20, 0x2A))
"""Two seconds of mu-law, in pieces of 0.2 s."""

RIGS: Mapping[str, tuple[str, str, object]] = {
    "/v1/chat/completions": ("openai_llm", "ChatRig", (*WORDS, ModelUsage(20, 40))),
    "/v1/audio/transcriptions": ("openai_speech", "TranscriptionRig", SAID),
    "/v1/audio/speech": ("openai_speech", "SpeechRig", SOUND),
    "/v1/realtime": ("openai_realtime", "RealtimeRig", SAID),
    "/v1/listen": ("deepgram", "DeepgramRig", SAID),
    "/v1/text-to-speech": ("elevenlabs", "ElevenLabsRig", SOUND),
    "/tts/websocket": ("cartesia", "CartesiaRig", SOUND),
    "/speech-to-text": ("sarvam", "SaarasRig", SAID),
    "/text-to-speech": ("sarvam", "BulbulRig", SOUND),
    # Where the gateway from Google's gRPC asks.
    "/": ("google", "TestGoogleTextToSpeechWhole.rig", SOUND),
}
"""What serves the addresses that begin so, the first that fits, and its answer."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Answers whatever is asked."""

    answer: Any

    def take(self, _: object) -> Any:
        return self.answer


async def serve_until_told() -> None:
    sys.path[:0] = [str(TESTS / "shared"), str(TESTS / "providers" / "conformance")]
    rigs: dict[str, tuple[Any, Ready]] = {}

    async def handle(exchange: Exchange) -> None:
        start = next(start for start in RIGS if exchange.request.path.startswith(start))
        if start not in rigs:
            module, name, answer = RIGS[start]
            found = attrgetter(name)(import_module(f"test_conformance_{module}"))
            rigs[start] = found() if isinstance(found, type) else found, Ready(answer)
        rig, ready = rigs[start]
        await rig.serve(exchange, ready)

    async with local_server(handle) as server:
        print(server.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve_until_told())
