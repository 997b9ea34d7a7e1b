"""Google's voices in the suite: its gRPC leads through a gateway to the suite's server."""

import asyncio
import json
from collections.abc import Iterator

import pytest

pytest.importorskip("google.cloud.texttospeech_v1")

import grpc.aio
from google_gateway import Gateway

from providers.conformance import KEY, Exchange, Place, Rig, Stage, TextToSpeechConformance
from providers.google_tts import GoogleTextToSpeech
from runtime.carrier import wav

pytestmark = pytest.mark.network


class Settled(GoogleTextToSpeech):
    """Goes only when gRPC has told all that it has to tell of this event loop's calls.

    A cancelled call ends for us at once, but for gRPC when a thread of its own says so: its task
    goes on until then, and what comes later still falls on the next test's loop.
    """

    async def close(self) -> None:
        await super().close()
        tasks = [t for t in asyncio.all_tasks() if "_AioCall." in t.get_coro().__qualname__]
        await asyncio.gather(*tasks)
        # Things are told in their order: who asks and is answered has had all that came before.
        async with grpc.aio.insecure_channel(self._endpoint.removeprefix("http://")) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await channel.unary_unary("/nobody/is_here")(b"")


class GoogleRig(Rig):
    def __init__(self, voice: str) -> None:
        self._voice = voice
        self.gateways: list[Gateway] = []

    def build(self, place: Place) -> GoogleTextToSpeech:
        self.gateways.append(Gateway(place.url))
        return Settled(
            api_key=KEY,
            endpoint=self.gateways[-1].endpoint,
            voice=self._voice,
            timeout_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        asked = json.loads(exchange.request.body)
        pieces = [piece for text in asked["texts"] for piece in stage.take(text)]
        if not asked["streamed"]:
            pieces = [wav.mono(b"".join(pieces))]
        await exchange.answer(*pieces, content_type="application/grpc")


class GoogleConformance(TextToSpeechConformance):
    rig: GoogleRig

    @pytest.fixture(autouse=True)
    def stopped(self) -> Iterator[None]:
        yield
        while self.rig.gateways:
            self.rig.gateways.pop().stop()


class TestGoogleTextToSpeechStreamed(GoogleConformance):
    rig = GoogleRig("Chirp3-HD-Kore")


class TestGoogleTextToSpeechWhole(GoogleConformance):
    rig = GoogleRig("Wavenet-A")

    # Its sound comes in one piece, when all is made: there is nothing left to hang up on.
    test_a_text_that_nobody_hears_any_more_is_hung_up = None
