"""Google's Text-to-Speech service on a port of this machine, without a voice.

Speaks the service's own messages (google.cloud.texttospeech_v1, from the client's package) over
grpc.aio, and refuses what their documentation says that it refuses. What it "says" of a text is
`sound_of` the text, so that a test can tell what was said where.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import grpc
import grpc.aio
from google.cloud import texttospeech_v1 as api
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from runtime.audio import mulaw
from runtime.carrier import wav

SERVICE = "google.cloud.texttospeech.v1.TextToSpeech"
PIECE = 320
"""Bytes of one answer of a stream."""


def sound_of(text: str) -> bytes:
    """80 bytes of mu-law for each letter, that no other text has."""
    return b"".join(bytes([0x80 + ord(letter) % 0x70]) * 80 for letter in text)


class GoogleSpeech:
    """Records requests, and answers or misbehaves as it is told."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.asked: list[api.SynthesizeSpeechRequest] = []
        self.streams: list[list[api.StreamingSynthesizeRequest]] = []
        self.metadata: list[dict[str, str]] = []
        self.bare = False
        """Mu-law without the WAV header that the documentation promises."""
        self.linear = False
        """16-bit PCM in a WAV file, as for LINEAR16."""
        self.cancelled = asyncio.Event()
        self.waiting = asyncio.Event()
        self._hangs_after: int | None = None
        self._failure: tuple[int, grpc.StatusCode, Status] | None = None

    def fails(self, code, *, after=0, reason="", retry_delay=None, message="No.") -> None:
        """The next request fails, after so many pieces of sound."""
        details = []
        if reason:
            details.append(ErrorInfo(reason=reason, domain="googleapis.com"))
        if retry_delay is not None:
            seconds, fraction = divmod(retry_delay, 1)
            delay = Duration(seconds=int(seconds), nanos=int(fraction * 1e9))
            details.append(RetryInfo(retry_delay=delay))
        status = Status(code=code.value[0], message=message)
        for detail in details:
            packed = Any()
            packed.Pack(detail)
            status.details.append(packed)
        self._failure = (after, code, status)

    def hangs(self, *, after: int = 0) -> None:
        """Requests are not answered to their end, but after so many pieces of sound."""
        self._hangs_after = after

    async def synthesize_speech(self, request, context) -> api.SynthesizeSpeechResponse:
        """Say all in one answer."""
        self.asked.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        await self._misbehave(0, context)
        config = request.audio_config
        await _check_voice(request.voice, config.pitch, config.speaking_rate, context)
        if config.audio_encoding != api.AudioEncoding.MULAW or config.sample_rate_hertz != 8000:
            await _refuse(context, "this test speaks mu-law")
        text = request.input.text
        if request.input.ssml:
            text = "".join(ElementTree.fromstring(request.input.ssml).itertext())
        await _check_length(request.input.text or request.input.ssml, context)
        sound = sound_of(text)
        if self.linear:
            return api.SynthesizeSpeechResponse(audio_content=_linear(sound))
        header = b"" if self.bare else wav.header(len(sound), channels=1)
        return api.SynthesizeSpeechResponse(audio_content=header + sound)

    async def streaming_synthesize(self, requests, context) -> AsyncIterator:
        """Say each text in pieces."""
        heard: list[api.StreamingSynthesizeRequest] = []
        self.streams.append(heard)
        self.metadata.append(dict(context.invocation_metadata()))
        # Refused only once all is read: grpc.aio may lose the status of a call that ends while it
        # is still being written to (grpc/grpc#36066).
        heard += [request async for request in requests]
        config, *inputs = heard
        voice = config.streaming_config.voice
        audio = config.streaming_config.streaming_audio_config
        await self._misbehave(0, context)
        await _check_voice(voice, 0, audio.speaking_rate, context)
        if "Chirp3-HD" not in voice.name:
            await _refuse(context, "this voice is not streamed")
        said = 0
        for request in inputs:
            await _check_length(request.input.text, context)
            sound = sound_of(request.input.text)
            for start in range(0, len(sound), PIECE):
                yield api.StreamingSynthesizeResponse(audio_content=sound[start : start + PIECE])
                said += 1
                await self._misbehave(said, context)

    async def _misbehave(self, said: int, context) -> None:
        if self._hangs_after == said:
            self.waiting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if self._failure is not None and self._failure[0] == said:
            _, code, status = self._failure
            self._failure = None
            details = ("grpc-status-details-bin", status.SerializeToString())
            await context.abort(code, status.message, (details,))


def handlers(service: GoogleSpeech) -> grpc.GenericRpcHandler:
    """The service's methods, by the messages of the client's package."""
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "SynthesizeSpeech": grpc.unary_unary_rpc_method_handler(
                service.synthesize_speech,
                request_deserializer=api.SynthesizeSpeechRequest.deserialize,
                response_serializer=api.SynthesizeSpeechResponse.serialize,
            ),
            "StreamingSynthesize": grpc.stream_stream_rpc_method_handler(
                service.streaming_synthesize,
                request_deserializer=api.StreamingSynthesizeRequest.deserialize,
                response_serializer=api.StreamingSynthesizeResponse.serialize,
            ),
        },
    )


@asynccontextmanager
async def serving(credentials: grpc.ServerCredentials | None = None):
    """Serve in this event loop, with TLS where there are `credentials`."""
    service = GoogleSpeech()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handlers(service),))
    if credentials is None:
        port = server.add_insecure_port("127.0.0.1:0")
        service.endpoint = f"http://127.0.0.1:{port}"
    else:
        port = server.add_secure_port("localhost:0", credentials)
        service.endpoint = f"localhost:{port}"
    await server.start()
    try:
        yield service
    finally:
        await server.stop(None)


async def _check_voice(voice, pitch: float, rate: float, context) -> None:
    own = re.match(r"[a-z]+-[A-Z]+(?=-)", voice.name)
    if own and own[0].lower() != voice.language_code.lower():
        await _refuse(context, "the language is not the voice's")
    if not -20 <= pitch <= 20 or not (rate == 0 or 0.25 <= rate <= 2):
        await _refuse(context, "out of range")
    if pitch and "Chirp3-HD" in voice.name:
        await _refuse(context, "this voice has no pitch")


async def _check_length(text: str, context) -> None:
    if not 0 < len(text.encode()) <= 5000:
        await _refuse(context, "the input has 1 to 5000 bytes")


async def _refuse(context, why: str) -> None:
    await context.abort(grpc.StatusCode.INVALID_ARGUMENT, why)


def _linear(sound: bytes) -> bytes:
    samples = mulaw.decode(sound).astype("<i2").tobytes()
    form = b"fmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
    sized = b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + (4 + len(form) + len(sized)).to_bytes(4, "little") + b"WAVE" + form + sized
