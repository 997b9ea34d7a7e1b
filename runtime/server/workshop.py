"""Makes a checked flow ready for calls: its providers, its classifier, its prompts."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from providers.base import (
    Hints,
    LanguageModel,
    ProviderError,
    ProviderMissing,
    SpeechToText,
    TextToSpeech,
    Transcript,
    Voice,
)
from providers.fallback import FallbackLanguageModel, FallbackSpeechToText, FallbackTextToSpeech
from runtime.call.classifiers import Classifiers
from runtime.call.equipment import LoadedFlow
from runtime.call.prompts import Prompts
from runtime.call.recordings import Recordings
from runtime.flow.lines import fixed_lines, keypad_is_enough, sounds, speaks
from runtime.flow.model import Flow
from runtime.settings import Settings

log = logging.getLogger(__name__)

Build = Callable[[Any, str, Mapping[str, Any]], Any]
"""`providers.registry.build`: kind, adapter, options; what it returns is of that kind."""

_LISTS: Mapping[str, Callable[..., Any]] = {
    "stt": FallbackSpeechToText,
    "tts": FallbackTextToSpeech,
    "llm": FallbackLanguageModel,
}


class NoRecogniser:
    """Stands where a flow needs none: the keypad is enough, and speech is not understood."""

    name = "none"
    eager = False

    def __init__(self, why: str) -> None:
        self._why = why

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Recognise nothing."""
        return Transcript("", 0.0)

    async def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to free."""


class NoSynthesiser:
    """Stands where a flow's every line is a recording; a built-in sentence has no sound."""

    name = "none"
    fingerprint = ""

    def __init__(self, why: str) -> None:
        self._why = why

    async def synthesize(self, text: str, voice: Voice) -> Any:  # noqa: D102 - as the protocol
        raise ProviderMissing(self._why)
        yield b""

    async def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to free."""


class Workshop:
    """Builds each provider once; flows share them, and each list of them with its breakers."""

    def __init__(
        self, settings: Settings, prompts: Prompts, build: Build, classifiers: Classifiers
    ) -> None:
        self._settings = settings
        self._prompts = prompts
        self._build = build
        self._classifiers = classifiers
        self._built: dict[tuple[str, str], Any] = {}
        self._lists: dict[tuple[str, ...], Any] = {}
        self._recordings = Recordings()

    async def make(self, flow: Flow, variables: Sequence[Mapping[str, object]]) -> LoadedFlow:
        """Return the flow with all it needs; `variables` are those of each DID that it answers.

        Raises `ProviderError` where something is missing.
        """
        stt = await self._recogniser(flow)
        tts = await self._synthesiser(flow)
        llm = await self._model(flow)
        classifier = await asyncio.to_thread(self._classifiers.prepared, flow)
        recordings = await asyncio.to_thread(self._recordings.read, sounds(flow))
        loaded = LoadedFlow(flow, classifier, stt, tts, llm, recordings)
        await self._prepare(loaded, variables)
        return loaded

    async def close(self) -> None:
        """Free all providers; no call may be live."""
        for provider in self._built.values():
            await provider.close()

    async def _recogniser(self, flow: Flow) -> SpeechToText:
        try:
            providers = await self._providers("stt", flow)
        except ProviderMissing as missing:
            if keypad_is_enough(flow):
                return NoRecogniser(missing.message)
            raise
        # A kind's deadline holds for all of a list: each has its share of it.
        share = self._settings.speech.recognition_deadline / len(providers)
        stt: SpeechToText = self._list("stt", providers, share)
        return stt

    async def _synthesiser(self, flow: Flow) -> TextToSpeech:
        try:
            providers = await self._providers("tts", flow)
        except ProviderMissing as missing:
            if not speaks(flow):
                return NoSynthesiser(missing.message)
            raise
        share = self._settings.speech.synthesis_deadline / len(providers)
        hedge = self._settings.speech.hedge
        tts: TextToSpeech = self._list("tts", providers, share, hedge_seconds=hedge)
        return tts

    async def _model(self, flow: Flow) -> LanguageModel | None:
        if not (flow.providers.get("llm") or self._settings.defaults.llm):
            return None
        providers = await self._providers("llm", flow)
        llm: LanguageModel = self._list("llm", providers, self._settings.language.answer_deadline)
        return llm

    def _list(
        self, kind: str, providers: Mapping[str, Any], deadline: float, **more: float | None
    ) -> Any:
        """Return the providers as one, the same for all flows that name them in this order."""
        key = (kind, *providers)
        if key not in self._lists:
            self._lists[key] = _LISTS[kind](
                tuple(providers.values()),
                deadline_seconds=deadline,
                clock=time.monotonic,
                **more,
            )
        return self._lists[key]

    def _names(self, kind: str, flow: Flow) -> tuple[str, ...]:
        """The flow's own choice, then the settings' in their order."""
        own, defaults = flow.providers.get(kind), getattr(self._settings.defaults, kind)
        return tuple(dict.fromkeys((own, *defaults) if own else defaults)) or ("",)

    async def _providers(self, kind: str, flow: Flow) -> Mapping[str, Any]:
        """The one that is asked first, which must be there, and those behind it that are."""
        first, *others = self._names(kind, flow)
        providers = {first: await self._provider(kind, first)}
        for name in others:
            try:
                providers[name] = await self._provider(kind, name)
            except ProviderError as error:
                log.warning(
                    "fallback_missing",
                    extra={"kind": kind, "provider": name, "reason": error.message},
                )
        return providers

    async def _provider(self, kind: str, name: str) -> Any:
        known: Mapping[str, Mapping[str, Any]] = getattr(self._settings.providers, kind)
        if name not in known:
            raise ProviderError(f"the settings have no {kind} provider '{name}'", retryable=False)
        if (kind, name) not in self._built:
            options = dict(known[name])
            adapter = str(options.pop("use", name))
            provider = self._build(kind, adapter, options)
            # By this name it is spoken of: in logs, in figures, in prices.
            provider.name = name
            await provider.warm()
            self._built[kind, name] = provider
        return self._built[kind, name]

    async def _prepare(self, loaded: LoadedFlow, variables: Sequence[Mapping[str, object]]) -> None:
        if isinstance(loaded.tts, NoSynthesiser):
            return
        for language, words in await asyncio.to_thread(_lines, loaded.flow, variables):
            await self._prompts.prepare(words, loaded.voice(language), loaded.tts)
            # A line that is there already took no await: the calls have their turn between two.
            await asyncio.sleep(0)
        await self._prompts.trim()


def _lines(flow: Flow, variables: Sequence[Mapping[str, object]]) -> list[tuple[str, str]]:
    # A DID's variables give other words than the flow's own: both may be heard.
    every = (line for values in ({}, *variables) for line in fixed_lines(flow, values))
    return list(dict.fromkeys(every))
