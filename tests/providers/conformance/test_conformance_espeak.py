"""The voice that is a program, in the suite that every voice passes."""

import shutil

import pytest

from providers.conformance import OfflineTextToSpeechConformance, Place, Rig
from providers.espeak_tts import EspeakTextToSpeech

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        shutil.which("espeak-ng") is None, reason="needs the program: apt-get install espeak-ng"
    ),
]


class EspeakRig(Rig):
    def build(self, place: Place) -> EspeakTextToSpeech:
        return EspeakTextToSpeech()


class TestEspeak(OfflineTextToSpeechConformance):
    rig = EspeakRig()
