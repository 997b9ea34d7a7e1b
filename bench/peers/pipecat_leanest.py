"""The leanest bot that Pipecat can be: its transport, its Silero, and one stub for all the rest.

    python bench/peers/pipecat_leanest.py --end-of-speech 0.7

No aggregators, metrics, RTVI or turn tracking; a reply is one message. It does less than
Callwright's bot does (no recogniser, no flow, no tones, no record).
"""

import carrier
import pipecat_line
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.websocket.fastapi import FastAPIWebsocketTransport


class Bot(FrameProcessor):
    """Recogniser, model and voice in one: replies at each end of speech, stops when spoken over."""

    def __init__(self) -> None:
        super().__init__()
        self._is_speaking = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case InputAudioRawFrame():
                # Nobody further down needs the caller's sound.
                return
            case VADUserStartedSpeakingFrame() if self._is_speaking:
                self._is_speaking = False
                await self.broadcast_interruption()
            case VADUserStoppedSpeakingFrame():
                await self._reply()
            case BotStartedSpeakingFrame():
                self._is_speaking = True
            case BotStoppedSpeakingFrame():
                self._is_speaking = False
        await self.push_frame(frame, direction)

    async def _reply(self) -> None:
        await self.push_frame(TTSStartedFrame())
        await self.push_frame(TTSAudioRawFrame(pipecat_line.REPLY, carrier.RATE, 1))
        await self.push_frame(TTSStoppedFrame())


def main() -> None:
    chosen = carrier.options()
    if chosen.decide:
        pipecat_line.decide(chosen.end_of_speech)
        return

    def pipeline(transport: FastAPIWebsocketTransport) -> PipelineWorker:
        detector = VADProcessor(vad_analyzer=pipecat_line.silero(chosen.end_of_speech))
        return PipelineWorker(
            Pipeline([transport.input(), detector, Bot(), transport.output()]),
            params=PipelineParams(**pipecat_line.rates()),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )

    pipecat_line.run(pipeline, pipecat_line.WHOLE_REPLY)


if __name__ == "__main__":
    main()
