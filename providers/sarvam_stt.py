"""Sarvam's recogniser of Indian languages and English, Saaras: POST /speech-to-text.

Options, all in the settings: `api_key`; `model`; `mode`, which is how it writes what it hears;
`language`, if it is always the same: by default that of the call, and `unknown` has it found out;
`eager`; `base_url`; `timeout_seconds` from one sign of life of the server to the next.
"""

import json
from io import BytesIO
from typing import Final, Literal, get_args
from wave import open as open_wav

from providers.base import Hints, ProviderError, Transcript
from providers.sarvam_api import NAME, SARVAM, SarvamApi, code_of
from runtime.audio import mulaw

_SUBTAGS: Final = (
    *("as", "bn", "brx", "doi", "en", "gu", "hi", "kn", "kok", "ks", "mai", "ml"),
    *("mni", "mr", "ne", "od", "pa", "sa", "sat", "sd", "ta", "te", "ur"),
)
LANGUAGES: Final = frozenset(f"{subtag}-IN" for subtag in _SUBTAGS)
"""What Saaras can be told to expect (sarvamai, SpeechToTextLanguage)."""

FOUND_OUT: Final = "unknown"
"""Stands for a language that Saaras is to find out."""

LONGEST: Final = 30 * mulaw.SAMPLE_RATE
"""Samples of the longest file that is taken."""

TERMS: Final = 50
TERM: Final = 64
"""So many phrases of so many characters bias the recognition; `saaras:v4` alone takes any."""

_TAKES_TERMS: Final = "saaras:v4"

Mode = Literal["transcribe", "translate", "verbatim", "translit", "codemix"]


class SarvamSpeechToText:
    """Recognises whole utterances, each by a request of its own."""

    name = NAME

    def __init__(
        self,
        *,
        api_key: str,
        model: str = "saaras:v4",
        mode: Mode = "transcribe",
        language: str = "",
        eager: bool = False,
        base_url: str = SARVAM,
        timeout_seconds: float = 20.0,
    ) -> None:
        if language and language != FOUND_OUT and code_of(language, LANGUAGES) is None:
            raise ValueError(f"Sarvam does not know the language '{language}'")
        if mode not in get_args(Mode):
            raise ValueError(f"mode is one of {', '.join(get_args(Mode))}")
        self.eager = eager
        # To transcribe is what every model does unasked; older ones know no mode.
        self._always = {"model": model, **({} if mode == "transcribe" else {"mode": mode})}
        self._takes_terms = model.startswith(_TAKES_TERMS)
        self._language = language
        self._api = SarvamApi(api_key, base_url, timeout_seconds)

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` (mu-law) says. Raises `ProviderError`."""
        if not utterance:
            return Transcript("", 1.0)
        asked = {**self._always, "language_code": self._code(hints)}
        terms = [phrase for phrase in hints.phrases if 0 < len(phrase) <= TERM][:TERMS]
        if terms and self._takes_terms:
            asked["keyterms"] = json.dumps(terms, ensure_ascii=False)
        # What is beyond is the little that is kept from before the speech.
        file = ("utterance.wav", _wav(utterance[-LONGEST:]), "audio/wav")
        answer = await self._api.ask("speech-to-text", data=asked, files={"file": file})
        match answer:
            case {"transcript": str(text)}:
                return Transcript(text.strip(), 1.0)
            case _:
                raise ProviderError("sent no transcript", provider=self.name)

    async def warm(self) -> None:
        """Open a connection; a failure is only logged."""
        await self._api.warm()

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _code(self, hints: Hints) -> str:
        return code_of(self._language or hints.language, LANGUAGES) or FOUND_OUT


def _wav(audio: bytes) -> bytes:
    """A WAV file of 16 bits: mu-law is not among the formats that Sarvam says it takes."""
    file = BytesIO()
    with open_wav(file, "wb") as wav:
        wav.setparams((1, 2, mulaw.SAMPLE_RATE, len(audio), "NONE", ""))
        wav.writeframes(mulaw.decode(audio).astype("<i2").tobytes())
    return file.getvalue()
