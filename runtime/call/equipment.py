"""What the calls of a process share, and what the calls of one flow version share."""

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Final, Protocol

from providers.base import LanguageModel, SpeechToText, TextToSpeech, Voice
from runtime.call.activity import ActivityMeter
from runtime.call.figures import Figures
from runtime.call.prompts import Prompts
from runtime.call.record import CallRecord
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.recordings import Recording
from runtime.call.spending import Prices
from runtime.call.web_client import WebClient
from runtime.flow.engine.effects import Effect
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.understanding.classifier import Classifier
from runtime.flow.web import WebAnswer, WebRequest
from runtime.store.writer import Keep, KeepNothing


@dataclass(frozen=True, slots=True, weakref_slot=True)
class LoadedFlow:
    """One version of a flow, ready to take calls; freed when its last call ends."""

    flow: Flow
    classifier: Classifier
    stt: SpeechToText
    tts: TextToSpeech
    llm: LanguageModel | None = None
    """Only where the flow, or the settings for all flows, names one."""
    recordings: Mapping[str, Recording] = field(default_factory=dict)
    """By the path that the flow names."""

    def voice(self, language: str) -> Voice:
        """Return how the flow speaks `language`."""
        own = self.flow.voice
        return Voice(own.name, language, own.speaking_rate, own.pitch)


class WebSender(Protocol):
    """Reaches the authors' own systems."""

    async def send(self, request: WebRequest) -> WebAnswer:
        """Make a request; raises `WebFailure`."""
        ...

    async def close(self) -> None:
        """Give the connections back; no call may be live."""
        ...


LINGER_SECONDS: Final = 0.2
"""A carrier plays a little behind the play-out clock: up to 20 ms until its next frame, and what
its jitter buffer holds. Without it `callwright dial` lost the end of every other goodbye."""

Watch = Callable[[CallRecord, CallState, tuple[Effect, ...]], None]
"""A call, its state, and what was just done in it."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """One of each for a process."""

    prompts: Prompts
    meter: ActivityMeter
    recognisers: asyncio.Semaphore
    """Recognitions at the same time; waiters are served in the order they came."""
    recognition_deadline: float
    interpreters: Executor
    """Where classifiers run."""
    understanding_deadline: float
    messages: Path
    """The folder of what callers leave (`record`)."""
    figures: Figures = field(default_factory=Figures)
    web: WebSender = field(default_factory=WebClient)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """What requests may put in as `env`."""
    clock: Callable[[], float] = time
    """POSIX seconds, as the flows see them."""
    prices: Prices = field(default_factory=dict)
    ask_ahead: bool = True
    """Whether a model is asked before it is certain that the caller has finished."""
    keep: Keep = field(default_factory=KeepNothing)
    """Where calls are kept."""
    recording_shelf: RecordingShelf | None = None
    """Where calls are recorded; None: none is."""
    records_calls: bool = False
    """Whether calls are recorded whose flow does not say (`record_call`)."""
    watch: Watch | None = None
    """Is told of every step of every call."""
    linger_seconds: float = LINGER_SECONDS
    """From the end of the last word to the end of the call."""
