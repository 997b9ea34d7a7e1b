"""The providers that follow a script, in the suites that every provider passes."""

from collections.abc import Iterable, Iterator
from itertools import count

import pytest

from providers.base import ModelPiece
from providers.conformance import (
    SAID,
    OfflineLanguageModelConformance,
    OfflineSpeechToTextConformance,
    OfflineTextToSpeechConformance,
    Place,
    Rig,
)
from providers.conformance.stt import utterance
from providers.conformance.suite import MANY
from providers.scripted import (
    Failure,
    ScriptedLanguageModel,
    ScriptedSpeechToText,
    ScriptedTextToSpeech,
)

pytestmark = pytest.mark.network


class SpeechToTextRig(Rig):
    def build(self, place: Place) -> ScriptedSpeechToText:
        # The longest first: an utterance holds the shorter ones.
        sounds = [utterance(number) for number in reversed(range(MANY))]
        answers = {sound: place.stage.answers(sound) for sound in sounds}
        return ScriptedSpeechToText(answers, failure=_failure(place))


class TextToSpeechRig(Rig):
    def build(self, place: Place) -> ScriptedTextToSpeech:
        return ScriptedTextToSpeech(milliseconds_per_character=5, failure=_failure(place))


class LanguageModelRig(Rig):
    def build(self, place: Place) -> ScriptedLanguageModel:
        return ScriptedLanguageModel(_in_order(place), failure=_failure(place))


class TestScriptedSpeechToText(OfflineSpeechToTextConformance):
    rig = SpeechToTextRig()


class TestScriptedTextToSpeech(OfflineTextToSpeechConformance):
    rig = TextToSpeechRig()


class TestScriptedLanguageModel(OfflineLanguageModelConformance):
    rig = LanguageModelRig()


def _failure(place: Place) -> Failure:
    return "hang" if place.hangs else "none"


def _in_order(place: Place) -> Iterator[Iterable[ModelPiece]]:
    # The script does not look at the question; those of the suites are numbered as they come.
    return (place.stage.answers(f"{SAID} {number}") for number in count())
