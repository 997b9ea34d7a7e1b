"""Pipecat as its getting-started example builds it, with stubs for the three services.

    python bench/peers/pipecat_example.py --end-of-speech 0.7

Its aggregators, its metrics and its way of finding turns; the one change to the bot's advantage is
that no further pause is waited for once its detector knows that the caller has finished
(`SpeechTimeoutUserTurnStopStrategy` of 0 in place of the turn model).
"""

import time
from collections.abc import AsyncGenerator

import carrier
import pipecat_line
from pipecat.frames.frames import (
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies


class Recogniser(SegmentedSTTService):
    """Hears a yes, whatever is said."""

    @property
    def wants_wav_segments(self) -> bool:
        return False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame, None]:
        yield TranscriptionFrame("yes", "", str(time.time()))


class Model(FrameProcessor):
    """Says the same to everything."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await self.push_frame(LLMFullResponseStartFrame())
            await self.push_frame(LLMTextFrame("I am listening, please go on."))
            await self.push_frame(LLMFullResponseEndFrame())
        else:
            await self.push_frame(frame, direction)


class Synthesiser(TTSService):
    """Speaks in one tone."""

    def __init__(self) -> None:
        super().__init__(
            sample_rate=carrier.RATE,
            push_start_frame=True,
            push_stop_frames=True,
            stop_frame_timeout_s=0.3,
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame, None]:
        yield TTSAudioRawFrame(pipecat_line.REPLY, carrier.RATE, 1, context_id=context_id)


def main() -> None:
    chosen = carrier.options()
    if chosen.decide:
        pipecat_line.decide(chosen.end_of_speech)
        return

    def pipeline(transport: FastAPIWebsocketTransport) -> PipelineWorker:
        user, assistant = LLMContextAggregatorPair(
            LLMContext(),
            user_params=LLMUserAggregatorParams(
                vad_analyzer=pipecat_line.silero(chosen.end_of_speech),
                user_turn_strategies=UserTurnStrategies(
                    stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0)]
                ),
            ),
        )
        services = (Recogniser(), user, Model(), Synthesiser())
        return PipelineWorker(
            Pipeline([transport.input(), *services, transport.output(), assistant]),
            params=PipelineParams(
                enable_metrics=True, enable_usage_metrics=True, **pipecat_line.rates()
            ),
            idle_timeout_secs=None,
        )

    pipecat_line.run(pipeline)


if __name__ == "__main__":
    main()
