"""What both Pipecat bots have: the carrier's line, Pipecat's own Silero, and how a call is run."""

import asyncio
import sys
from collections.abc import Callable

import carrier
import orjson
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams, VADState
from pipecat.frames.frames import Frame, InputAudioRawFrame, InterruptionFrame, OutputAudioRawFrame
from pipecat.pipeline.worker import PipelineWorker
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

REPLY = carrier.tone(carrier.REPLY_SECONDS)
"""16-bit PCM, as Pipecat's frames hold it."""

WHOLE_REPLY = round(carrier.REPLY_SECONDS * 100)
"""Chunks of 10 ms: the whole reply is one message, which costs Pipecat the least."""

PipelineOf = Callable[[FastAPIWebsocketTransport], PipelineWorker]

logger.remove()
logger.add(sys.stderr, level="WARNING")


class CarrierSerializer(FrameSerializer):
    """The carrier's messages to Pipecat's frames and back; orjson, no resampling."""

    def __init__(self, call_id: str) -> None:
        super().__init__()
        self._call_id = call_id

    async def deserialize(self, data: str | bytes) -> Frame | None:
        message = orjson.loads(data)
        if message["event"] != "media":
            return None
        sound = bytes(message["payload"]["data"])[carrier.RTP_HEADER_BYTES :]
        return InputAudioRawFrame(carrier.pcm_of(sound, 2), carrier.RATE, 1)

    async def serialize(self, frame: Frame) -> str | None:
        if isinstance(frame, OutputAudioRawFrame):
            sound = carrier.payload(carrier.mulaw_of(frame.audio, 2))
            return carrier.speech("media", self._call_id, sound)
        if isinstance(frame, InterruptionFrame):
            return carrier.interrupt(self._call_id)
        return None


def silero(end_of_speech: float) -> SileroVADAnalyzer:
    """Return Pipecat's detector: its own settings, but for the pause that all bots here wait."""
    return SileroVADAnalyzer(sample_rate=carrier.RATE, params=VADParams(stop_secs=end_of_speech))


def rates() -> dict[str, int]:
    """Return the telephone's sample rate for both ways, so that nothing is resampled."""
    return {"audio_in_sample_rate": carrier.RATE, "audio_out_sample_rate": carrier.RATE}


def run(pipeline_of: PipelineOf, reply_chunks: int | None = None) -> None:
    """Serve calls; `reply_chunks` (of 10 ms) go into a message, Pipecat's default where None."""
    app = FastAPI()
    chunks = {} if reply_chunks is None else {"audio_out_10ms_chunks": reply_chunks}

    async def answer(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            call_id = orjson.loads(await websocket.receive_text())["callId"]
        except WebSocketDisconnect:
            return
        await websocket.send_text(carrier.acknowledgement(call_id))
        await websocket.send_text(carrier.speech("greeting", call_id, carrier.GREETING))
        transport = FastAPIWebsocketTransport(
            websocket,
            FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_end_silence_secs=0,
                serializer=CarrierSerializer(call_id),
                **rates(),
                **chunks,
            ),
        )
        runner = WorkerRunner(handle_sigint=False)

        @transport.event_handler("on_client_disconnected")
        async def gone(_transport: object, _client: object) -> None:
            await runner.cancel()

        await runner.add_workers(pipeline_of(transport))
        await runner.run()

    app.add_api_websocket_route("/media/{did}", answer)
    carrier.serve(app)


def decide(end_of_speech: float) -> None:
    """Tell when Pipecat's detector knows that speech has ended: `carrier.decide`."""

    def decider(frames: list[bytes]) -> list[int]:
        return asyncio.run(_decisions(frames, end_of_speech))

    carrier.decide(decider)


async def _decisions(frames: list[bytes], end_of_speech: float) -> list[int]:
    detector = silero(end_of_speech)
    detector.set_sample_rate(carrier.RATE)
    found: list[int] = []
    speaking = False
    for number, frame in enumerate(frames, 1):
        state = await detector.analyze_audio(carrier.pcm_of(frame, 2))
        # As `VADController` sees it: what only starts or stops is neither.
        if state is VADState.SPEAKING:
            speaking = True
        elif state is VADState.QUIET and speaking:
            speaking = False
            found.append(number)
    await detector.cleanup()
    return found
