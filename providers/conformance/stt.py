"""What every recogniser does."""

from typing import Any, Final

import pytest

from providers.base import Hints, Transcript
from providers.conformance.connected import ConnectedConformance
from providers.conformance.rig import SAID, Stage
from providers.conformance.server import LocalServer
from providers.conformance.sounds import tone
from providers.conformance.suite import Conformance
from runtime.audio import mulaw

TEXTS: Final = {
    "long": "word " * 1999 + "word.",
    "hindi": "नमस्ते, मुझे पाँच बजे आना है।",
    "emoji": "fine 🙂👍🏽 — très bien",
}
"""What may be said, by what is remarkable in it; the long one has 10,000 characters."""

SILENCE: Final = bytes([mulaw.SILENCE]) * mulaw.SAMPLE_RATE
"""A second."""


def utterance(number: int) -> bytes:
    """The sound of the question with this number, which is told by its length."""
    return tone(0.2 * (number + 1))


def number_of(audio: bytes) -> int:
    """The number of an utterance, also where a few samples were lost or gained on its way."""
    return round(len(audio) / (0.2 * mulaw.SAMPLE_RATE)) - 1


class OfflineSpeechToTextConformance(Conformance):
    """For a `SpeechToText` without a server."""

    def numbered(self) -> Stage[bytes, str]:
        return Stage(lambda audio: f"{SAID} {number_of(audio)}")

    async def ask(self, provider: Any, number: int = 0) -> Any:
        return await provider.transcribe(utterance(number), Hints())

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        return (
            isinstance(answer, Transcript)
            and answer.text == f"{SAID} {number}"
            and 0 <= answer.confidence <= 1
        )

    def hears(self, audio: bytes, text: str, hints: Hints | None = None) -> Any:
        """The transcript of a sound that the server takes for `text`."""

        async def transcribe(provider: Any, _: LocalServer) -> Any:
            return await provider.transcribe(audio, hints or Hints())

        return self.play(transcribe, stage=Stage(lambda _: text))

    def test_silence_is_an_empty_transcript(self) -> None:
        assert self.hears(SILENCE, "").text == ""

    def test_no_sound_at_all_is_an_empty_transcript(self) -> None:
        assert self.hears(b"", "").text == ""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_what_is_said_comes_as_it_was_said(self, text: str) -> None:
        assert self.hears(utterance(0), text).text == text

    @pytest.mark.parametrize("language", ["en-IN", "hi-IN", "en", "zh-Hant-TW"])
    def test_no_language_and_no_phrase_is_a_mistake(self, language: str) -> None:
        hints = Hints(language, ("हाँ", "yes, please", "x" * 500, ""), closed=True)
        assert self.hears(utterance(0), "yes", hints).text == "yes"


class SpeechToTextConformance(ConnectedConformance, OfflineSpeechToTextConformance):
    """For a `SpeechToText` that asks a server."""

    def test_white_space_is_an_empty_transcript(self) -> None:
        assert self.hears(utterance(0), " \n").text == ""

    def test_the_utterance_arrives_whole(self) -> None:
        stage = self.numbered()

        async def ask(provider: Any, _: LocalServer) -> Any:
            return await self.ask(provider, 4)

        self.play(ask, stage=stage)
        [arrived] = stage.asked
        assert abs(len(arrived) - len(utterance(4))) <= mulaw.FRAME
        assert abs(mulaw.level(arrived) - mulaw.level(utterance(4))) < 1
