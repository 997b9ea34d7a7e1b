"""Deepgram's speech to text: while the caller speaks, over a WebSocket, or an utterance at a time.

Options, all in the settings: `api_key`; `model`; `language`, which else is the call's (`multi` for
callers who mix languages); `base_url` for a server of one's own; `query` for further parameters of
the API, such as `{numerals: true}`; `eager`; the seconds `answer_seconds`, `connect_seconds`,
`timeout_seconds` and `keep_alive_seconds`.

An utterance at a time goes over HTTP: there is one thing to send and one to wait for, and the
client's pool keeps the connection. Telephone sound is sent as it is, to HTTP in a WAV file, whose
header tells what the API has no parameter for: the sample rate.
"""

import asyncio
import logging
import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import httpx2
from websockets.asyncio.client import ClientConnection

from providers.base import Hints, ProviderError, SpeechStream, Transcript
from providers.deepgram_hearing import NAME, RATE, read_alternative, transcript
from providers.deepgram_stream import DeepgramStream, Listening, Patience, Sleep
from providers.vendor_error import by_status, translated
from providers.vendor_socket import certificates, connected

log = logging.getLogger(__name__)

DEEPGRAM: Final = "https://api.deepgram.com"

KEPT_SECONDS: Final = 120.0
"""An idle HTTP connection is kept for the next utterance."""

MOST_TERM_LETTERS: Final = 500
"""Deepgram takes 500 tokens of key terms; hardly any language has tokens shorter than a letter."""

LONGEST_TERM: Final = 100
"""Letters: a sentence is no key term."""

_SHORTEST: Final = RATE // 20

REGIONAL: Final = frozenset(
    {
        *("en-AU", "en-GB", "en-IN", "en-NZ", "en-US", "de-CH", "es-419", "fr-CA", "nl-BE"),
        *("pt-BR", "pt-PT", "zh-CN", "zh-HK", "zh-TW", "zh-Hans", "zh-Hant"),
    }
)
"""What Deepgram tells apart in its list of languages; of others, Hindi among them, it knows no
region.
"""

_STREAMED: Final = {
    "encoding": "mulaw",
    "sample_rate": str(RATE),
    "channels": "1",
    "interim_results": "true",
    # Where an utterance ends is decided here, and said by Finalize.
    "endpointing": "false",
}

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})


class DeepgramSpeechToText:
    """Deepgram's models `nova-3` and older, by the API `/v1/listen`."""

    name = NAME

    def __init__(
        self,
        *,
        api_key: str,
        model: str = "nova-3",
        language: str = "",
        base_url: str = DEEPGRAM,
        query: Mapping[str, object] = _NOTHING,
        eager: bool = False,
        answer_seconds: float = 3.0,
        connect_seconds: float = 5.0,
        timeout_seconds: float = 20.0,
        keep_alive_seconds: float = 5.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if not api_key:
            raise ValueError("Deepgram wants an api_key")
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        if min(timeout_seconds, connect_seconds, answer_seconds) <= 0:
            raise ValueError("seconds are more than 0")
        if not 0 < keep_alive_seconds < 10:
            raise ValueError("keep_alive_seconds is less than 10, after which Deepgram closes")
        self.eager = eager
        self._model = model
        self._language = language
        self._query = {"punctuate": "true", **{key: _written(query[key]) for key in query}}
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Token {api_key}"}
        self._connect_seconds = connect_seconds
        self._patience = Patience(answer_seconds, keep_alive_seconds)
        self._sleep = sleep
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=connect_seconds),
            limits=httpx2.Limits(keepalive_expiry=KEPT_SECONDS),
            # Reading the certificates takes 20 ms, which a plain address need not pay.
            verify=base_url.startswith("https://"),
        )

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` says. Raises `ProviderError`."""
        if len(utterance) < _SHORTEST:
            return Transcript("", 0.0)
        with translated(NAME):
            response = await self._http.post(
                self._address(self._listening(hints)),
                content=_wav(utterance),
                headers={**self._headers, "Content-Type": "audio/wav"},
            )
        if response.status_code != 200:
            raise _refused(response)
        try:
            said = response.json()
        except ValueError:
            said = None
        match said:
            case {"results": {"channels": [{"alternatives": [alternative, *_]}, *_]}}:
                text, confidences = read_alternative(alternative)
                return transcript([text], list(confidences))
            case _:
                raise ProviderError("sent what cannot be read", provider=NAME)

    def open(self) -> SpeechStream:
        """Return a stream for a call; it connects at its first `begin`, whose language it needs."""
        return DeepgramStream(
            self._listening, self._connect, patience=self._patience, sleep=self._sleep
        )

    async def warm(self) -> None:
        """Open a connection, without the key; a failure is only logged."""
        if self._base_url.startswith("https://"):
            certificates()
        try:
            await self._http.head(self._base_url)
        # A client that was closed meanwhile is a RuntimeError.
        except (httpx2.HTTPError, RuntimeError) as error:
            reason = type(error).__name__
            log.warning("provider_not_warm", extra={"provider": NAME, "reason": reason})

    async def close(self) -> None:
        """Close the connections; each stream closes its own."""
        await self._http.aclose()

    def _listening(self, hints: Hints) -> Listening:
        tag = hints.language
        language = self._language or (tag if tag in REGIONAL else tag.partition("-")[0])
        # Weights cannot be changed on the way, key terms can.
        return Listening(language, _terms(hints.phrases), self._model.startswith("nova-3"))

    def _address(self, listening: Listening, more: Mapping[str, str] = _NO_MORE) -> str:
        terms = "keyterm" if listening.configurable else "keywords"
        query = {"model": self._model, "language": listening.language, **more, **self._query}
        listed = [*query.items(), *((terms, term) for term in listening.terms)]
        return f"{self._base_url}/v1/listen?{urlencode(listed)}"

    async def _connect(self, listening: Listening) -> ClientConnection:
        address = self._address(listening, _STREAMED)
        return await connected(NAME, address, self._headers, seconds=self._connect_seconds)


def _terms(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases to listen for, each once, as many as Deepgram takes."""
    terms = list[str]()
    room = MOST_TERM_LETTERS
    for phrase in dict.fromkeys(" ".join(phrase.split()) for phrase in phrases):
        if phrase and len(phrase) <= min(LONGEST_TERM, room):
            terms.append(phrase)
            room -= len(phrase)
    return tuple(terms)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wav(mulaw: bytes) -> bytes:
    """A WAV file of mu-law (format 7), as RFC 2361 and Microsoft's `mmreg.h` have it."""
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, RATE, RATE, 1, 8, 0)
    fact = struct.pack("<4sII", b"fact", 4, len(mulaw))
    data = struct.pack("<4sI", b"data", len(mulaw)) + mulaw + bytes(len(mulaw) % 2)
    body = b"WAVE" + form + fact + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _refused(response: httpx2.Response) -> ProviderError:
    try:
        said = response.json()
    except ValueError:
        said = None
    code = said.get("err_code") if isinstance(said, dict) else None
    retry_after = response.headers.get("Retry-After")
    return by_status(NAME, response.status_code, code=code, retry_after=retry_after)
