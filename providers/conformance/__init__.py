"""The suites that every provider passes, for those that ship and for those of others.

They are pytest classes, and pytest is not among Callwright's own dependencies. A provider's test:

    from providers.conformance import Exchange, Place, Rig, SpeechToTextConformance, Stage

    class AcmeRig(Rig):
        def build(self, place: Place) -> AcmeSpeechToText: ...
        async def serve(self, exchange: Exchange, stage: Stage) -> None: ...

    class TestAcme(SpeechToTextConformance):
        rig = AcmeRig()
"""

import pytest

# Before the modules are imported, so that a failure of theirs shows what was compared.
_SUITES = ("suite", "connected", "stt", "streaming_stt", "tts", "llm")
pytest.register_assert_rewrite(*(f"{__name__}.{suite}" for suite in _SUITES))

from providers.conformance.faults import Fault  # noqa: E402
from providers.conformance.llm import (  # noqa: E402
    LanguageModelConformance,
    OfflineLanguageModelConformance,
)
from providers.conformance.rig import KEY, SAID, Place, Rig, Stage  # noqa: E402
from providers.conformance.server import Exchange, Request, Socket  # noqa: E402
from providers.conformance.sounds import from_pcm, to_pcm  # noqa: E402
from providers.conformance.streaming_stt import (  # noqa: E402
    OfflineStreamingSpeechToTextConformance,
    StreamingSpeechToTextConformance,
)
from providers.conformance.stt import (  # noqa: E402
    OfflineSpeechToTextConformance,
    SpeechToTextConformance,
)
from providers.conformance.tts import (  # noqa: E402
    OfflineTextToSpeechConformance,
    TextToSpeechConformance,
)

__all__ = [
    "KEY",
    "SAID",
    "Exchange",
    "Fault",
    "LanguageModelConformance",
    "OfflineLanguageModelConformance",
    "OfflineSpeechToTextConformance",
    "OfflineStreamingSpeechToTextConformance",
    "OfflineTextToSpeechConformance",
    "Place",
    "Request",
    "Rig",
    "Socket",
    "SpeechToTextConformance",
    "Stage",
    "StreamingSpeechToTextConformance",
    "TextToSpeechConformance",
    "from_pcm",
    "to_pcm",
]
