"""Google Cloud Text-to-Speech, by Google's own client over gRPC (google.cloud.texttospeech.v1).

Mu-law of 8000 Hz is asked for, in one answer or, where the voice allows it, while it is made.
Options, all in the settings: `credentials`, the path of a service account's file, or `api_key`;
without either, those that Google's tools find by themselves (Application Default Credentials).
`endpoint` is a region's host, such as eu-texttospeech.googleapis.com, or a server of one's own
without TLS, as http://HOST:PORT. `voice` and `language` are for flows that name none. `streaming`
is true, false or `auto`: the voices that are known to allow it. `effects` are Google's audio
profiles; `volume_gain_db` makes all louder. `timeout_seconds` from one sign of life to the next.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from types import MappingProxyType
from typing import Any, Final, Literal

import google.auth
import grpc
import grpc.aio
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, from_grpc_error
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import texttospeech_v1 as api
from google.cloud.texttospeech_v1.services.text_to_speech.transports import (
    TextToSpeechGrpcAsyncIOTransport,
)
from google.oauth2.service_account import Credentials as ServiceAccount
from google.rpc.error_details_pb2 import RetryInfo

from providers.base import ProviderError, Voice
from providers.portions import in_bytes, portions
from providers.wav_stripper import WavStripper
from runtime.audio import ssml
from runtime.audio.mulaw import SAMPLE_RATE

log = logging.getLogger(__name__)
# At DEBUG, Google's client logs whole requests: what is said, and the key.
logging.getLogger("google.cloud.texttospeech_v1").setLevel(logging.INFO)

NAME: Final = "google"
HOST: Final = "texttospeech.googleapis.com"
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)

LONGEST: Final = 5000
"""Bytes of one request's text (cloud.google.com/text-to-speech/quotas, "Content limits")."""
RATES: Final = (0.25, 2.0)
PITCHES: Final = (-20.0, 20.0)

CHIRP: Final = "Chirp3-HD"
"""In the names of the voices that may be streamed; they know no pitch."""

_AGAIN: Final = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.UNKNOWN,
    }
)
_REASON: Final = re.compile(r"[A-Z][A-Z_]{1,60}")
# A voice's name begins with its language, as in hi-IN-Wavenet-A and cmn-CN-Wavenet-A.
_LANGUAGE: Final = re.compile(r"([a-z]{2,3}-(?:[A-Z]{2}|\d{3}))-.+")
_FAMILY: Final = re.compile(r"\w+(?:-HD)?-\w+")
_SUBTAGS: Final[Mapping[str, str]] = MappingProxyType({"zh": "cmn", "no": "nb"})
"""Languages that Google calls by another subtag."""


class GoogleTextToSpeech:
    """Speaks with a voice of Google's. Retries are the caller's affair."""

    name = NAME

    def __init__(
        self,
        *,
        credentials: str = "",
        api_key: str = "",
        endpoint: str = HOST,
        voice: str = "",
        language: str = "en-IN",
        streaming: bool | Literal["auto"] = "auto",
        effects: Sequence[str] = (),
        volume_gain_db: float = 0.0,
        timeout_seconds: float = 20.0,
    ) -> None:
        if credentials and api_key:
            raise ValueError("credentials and api_key exclude each other")
        if streaming not in (True, False, "auto"):
            raise ValueError("streaming is true, false or auto")
        self._endpoint = endpoint
        self._is_open = endpoint.startswith("http://")
        self._credentials = _credentials(credentials, needed=not (api_key or self._is_open))
        self._metadata = (("x-goog-api-key", api_key),) if api_key else ()
        self._voice = voice
        self._language = language
        self._streaming = streaming
        self._audio = {
            "audio_encoding": api.AudioEncoding.MULAW,
            "sample_rate_hertz": SAMPLE_RATE,
        }
        self._timbre = {"effects_profile_id": list(effects), "volume_gain_db": volume_gain_db}
        self._timeout_seconds = timeout_seconds
        self._opened: api.TextToSpeechAsyncClient | None = None

    @property
    def fingerprint(self) -> str:
        """What this voice adds to the flow's: its defaults, its timbre, and how it is made."""
        return f"{self._voice} {self._language} {self._streaming} {self._timbre}"

    async def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio for `text`, SSML or plain. Raises `ProviderError`.

        Closing the iterator, or cancelling its task, cancels the request.
        """
        if not text.strip():
            return
        spoken = self._spoken(voice)
        inputs = _inputs(text)
        with _translated():
            if self._streams(spoken.name) and "ssml" not in inputs[0]:
                async with aclosing(self._streamed(inputs, spoken, voice)) as pieces:
                    async for piece in pieces:
                        yield piece
            else:
                for one in inputs:
                    yield await self._whole(one, spoken, voice)

    async def warm(self) -> None:
        """Open the connection, without asking for anything; a failure is only logged."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                transport: Any = self._client().transport
                await transport.grpc_channel.channel_ready()
        except TimeoutError:
            reason = "no connection in time"
            log.warning("provider_not_warm", extra={"provider": self.name, "reason": reason})

    async def close(self) -> None:
        """Close the connection; one that is wanted again is opened anew."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.transport.close()

    def _client(self) -> api.TextToSpeechAsyncClient:
        # gRPC's channels belong to the event loop they are opened in, so none is opened before.
        if self._opened is None:
            if self._is_open:
                channel = grpc.aio.insecure_channel(self._endpoint.removeprefix("http://"))
                transport = TextToSpeechGrpcAsyncIOTransport(channel=channel)
                self._opened = api.TextToSpeechAsyncClient(transport=transport)
            else:
                self._opened = api.TextToSpeechAsyncClient(
                    credentials=self._credentials,
                    client_options=ClientOptions(api_endpoint=self._endpoint),
                )
        return self._opened

    def _streams(self, name: str) -> bool:
        return CHIRP in name if self._streaming == "auto" else bool(self._streaming)

    def _spoken(self, voice: Voice) -> api.VoiceSelectionParams:
        """Google's name for the voice; of a voice of another language, only the call's language.

        A name without a language, such as Chirp3-HD-Kore, is spoken in that of the call.
        """
        subtag, dash, region = (voice.language or self._language).partition("-")
        language = f"{_SUBTAGS.get(subtag, subtag)}{dash}{region}"
        name = voice.name or self._voice
        if own := _LANGUAGE.fullmatch(name):
            if own[1].partition("-")[0] != language.partition("-")[0]:
                return api.VoiceSelectionParams(language_code=language)
            language = own[1]
        elif _FAMILY.fullmatch(name):
            name = f"{language}-{name}"
        return api.VoiceSelectionParams(language_code=language, name=name)

    async def _whole(
        self, one: Mapping[str, str], spoken: api.VoiceSelectionParams, voice: Voice
    ) -> bytes:
        # Chirp's voices refuse a request that names a pitch.
        pitch = 0.0 if CHIRP in spoken.name else _within(voice.pitch, PITCHES)
        config = {**self._audio, **self._timbre, "speaking_rate": _rate(voice), "pitch": pitch}
        answer = await self._client().synthesize_speech(
            {"input": one, "voice": spoken, "audio_config": config},
            retry=None,
            timeout=self._timeout_seconds,
            metadata=self._metadata,
        )
        stripper = WavStripper(self.name)
        return stripper.push(answer.audio_content) + stripper.finish()

    async def _streamed(
        self, inputs: Sequence[Mapping[str, str]], spoken: api.VoiceSelectionParams, voice: Voice
    ) -> AsyncGenerator[bytes, None]:
        requests = _requests(
            inputs,
            {
                "voice": spoken,
                "streaming_audio_config": {**self._audio, "speaking_rate": _rate(voice)},
            },
        )
        # By the transport's method: the client's own waits for the connection before it gives
        # the call that would have to be cancelled.
        transport: Any = self._client().transport
        call = transport.streaming_synthesize(requests, metadata=self._metadata)
        stripper = WavStripper(self.name)
        try:
            while True:
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await call.read()
                if answer is grpc.aio.EOF:
                    break
                if piece := stripper.push(answer.audio_content):
                    yield piece
        finally:
            call.cancel()
        if piece := stripper.finish():
            yield piece


def _credentials(path: str, *, needed: bool) -> Credentials:
    """Read those of `path`, or find some where they are `needed`. Raises `ValueError`."""
    if path:
        try:
            account: Credentials = ServiceAccount.from_service_account_file(path, scopes=SCOPES)
        except (OSError, ValueError, GoogleAuthError) as error:
            # Google's own words may hold a part of the file.
            reason = error.strerror if isinstance(error, OSError) else "no service account's key"
            raise ValueError(f"credentials {path}: {reason}") from None
        return account
    if not needed:
        return AnonymousCredentials()
    try:
        found: Credentials = google.auth.default(scopes=SCOPES)[0]
    except GoogleAuthError:
        message = "Google wants credentials, the path of a service account's file, or an api_key"
        raise ValueError(message) from None
    return found


def _inputs(text: str) -> list[dict[str, str]]:
    """What is to be said, in as many requests as it takes. Raises `ProviderError`."""
    if not ssml.is_ssml(text):
        return [{"text": portion} for portion in portions(text, LONGEST, in_bytes)]
    try:
        document = ssml.document(text)
    except ValueError as error:
        raise ProviderError(f"SSML: {error}", provider=NAME, retryable=False) from None
    if in_bytes(document) > LONGEST:
        reason = f"SSML: it has more than {LONGEST} bytes"
        raise ProviderError(reason, provider=NAME, retryable=False)
    return [{"ssml": document}]


async def _requests(
    inputs: Sequence[Mapping[str, str]], config: Mapping[str, object]
) -> AsyncIterator[api.StreamingSynthesizeRequest]:
    yield api.StreamingSynthesizeRequest({"streaming_config": config})
    for one in inputs:
        yield api.StreamingSynthesizeRequest({"input": one})


def _rate(voice: Voice) -> float:
    return _within(voice.speaking_rate, RATES)


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


@contextmanager
def _translated() -> Iterator[None]:
    """Turn Google's errors into ours; their texts may hold what was to be said."""
    try:
        yield
    except GoogleAPICallError as error:
        raise _failure(error) from None
    except grpc.RpcError as error:
        raise _failure(from_grpc_error(error)) from None
    except TimeoutError:
        raise ProviderError("gave no answer in time", provider=NAME) from None


def _failure(error: GoogleAPICallError) -> ProviderError:
    code = error.grpc_status_code or grpc.StatusCode.UNKNOWN
    delays = (detail.retry_delay for detail in error.details if isinstance(detail, RetryInfo))
    seconds = next((delay.seconds + delay.nanos / 1e9 for delay in delays), None)
    reason = f" ({error.reason})" if _REASON.fullmatch(error.reason or "") else ""
    again = "" if seconds is None else f", not before {seconds:g} s"
    return ProviderError(
        f"answered {code.name}{reason}{again}",
        provider=NAME,
        retryable=code in _AGAIN,
        retry_after_seconds=seconds,
    )
