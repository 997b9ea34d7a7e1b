"""What the calls of a process share, and what the calls of one flow version share."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from providers.base import LanguageModel, SpeechToText, TextToSpeech, Voice
from runtime.call.activity import ActivityMeter
from runtime.call.figures import Figures
from runtime.call.prompts import Prompts
from runtime.call.record import CallLog
from runtime.call.web_client import WebClient
from runtime.flow.model import Flow


class Ranked(Protocol):
    """An intent and how sure the classifier is of it, 0 to 1."""

    @property
    def intent(self) -> str:
        """The intent's name."""

    @property
    def score(self) -> float:
        """0 to 1; what is out of scope comes out low."""


class Classifier(Protocol):
    """Tells what an utterance means by the examples of a flow's intents."""

    def rank(self, utterance: str, among: Collection[str] | None = None) -> Sequence[Ranked]:
        """Return the intents, best first."""


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """One version of a flow, ready to take calls; freed when its last call ends."""

    flow: Flow
    classifier: Classifier
    stt: SpeechToText
    tts: TextToSpeech
    llm: LanguageModel | None = None
    """Only where the flow, or the settings for all flows, names one."""

    def voice(self, language: str) -> Voice:
        """Return how the flow speaks `language`."""
        own = self.flow.voice
        return Voice(own.name, language, own.speaking_rate, own.pitch)


@dataclass(frozen=True, slots=True)
class Equipment:
    """One of each for a process."""

    prompts: Prompts
    meter: ActivityMeter
    recognisers: asyncio.Semaphore
    """Recognitions at the same time; waiters are served in the order they came."""
    recognition_deadline: float
    figures: Figures = field(default_factory=Figures)
    calls: CallLog = field(default_factory=CallLog)
    web: WebClient = field(default_factory=WebClient)
