"""What the server asks of speech-to-text, text-to-speech and language models, whoever the vendor.

Audio at this border is always G.711 mu-law, 8000 Hz, mono: one byte a sample, 160 bytes in 20 ms.
What a vendor wants otherwise is converted in that vendor's file, with `runtime.audio`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


class ProviderError(Exception):
    """A vendor's failure, translated once at the provider's border.

    `retryable`: the same call may go well later, not before `retry_after_seconds` where the vendor
    said so; `provider`: its name in the settings.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        retryable: bool = True,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class ProviderMissing(ProviderError):  # noqa: N818 - it reads as what happened
    """A provider that cannot be built here: one sentence that names the command to mend it."""

    def __init__(self, message: str, *, provider: str = "") -> None:
        super().__init__(message, provider=provider, retryable=False)


@dataclass(frozen=True, slots=True)
class Hints:
    """What the flow knows of the answer before it is heard."""

    language: str = "en-IN"
    """BCP 47 tag of the call's language."""

    phrases: tuple[str, ...] = ()
    """Answers the state waits for, such as menu words; they bias, never restrict."""

    closed: bool = False
    """Hardly anything else is expected: a provider may score the phrases against free text."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was recognised; `text` is empty where nothing was said (noise, breath, line tones)."""

    text: str
    confidence: float
    """0 to 1; 1 where the provider gives none."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a text is spoken; a provider uses what it knows and ignores the rest."""

    name: str = ""
    language: str = "en-IN"
    speaking_rate: float = 1.0
    pitch: float = 0.0
    """Semitones, as in the carrier's document ("pitch": 0)."""


class SpeechToText(Protocol):
    """Recognises one utterance at a time; may be called for many calls at once."""

    name: str

    @property
    def eager(self) -> bool:
        """Whether to ask in each pause that might be the end, and not only at the end: the
        answer comes the earlier, and what is said in three parts is paid for three times.
        """
        ...

    async def transcribe(self, utterance: bytes, hints: Hints) -> Transcript:
        """Return what `utterance` (mu-law) says. Raises `ProviderError`."""
        ...

    async def warm(self) -> None:
        """Load what is loaded late, so that the first caller waits for nothing."""
        ...

    async def close(self) -> None:
        """Free threads and connections; no call may be under way."""
        ...


class SpeechStream(Protocol):
    """One call's connection to a recogniser that hears while the caller speaks.

    Only speech is sent, an utterance at a time; between two of them the connection is kept alive.
    Used by one task at a time; every method may raise `ProviderError`, after which the stream is
    of no use and another may be opened.
    """

    @property
    def partial(self) -> str:
        """What the utterance seems to say so far; may change, "" where nothing is told."""
        ...

    async def begin(self, hints: Hints) -> None:
        """Begin an utterance; what was sent before is done with."""
        ...

    async def send(self, audio: bytes) -> None:
        """Give the next sound (mu-law, any length) of the utterance."""
        ...

    async def flush(self) -> Transcript:
        """Return all that was said since `begin`, once the vendor has heard what was sent.

        More may be sent afterwards: it was a pause.
        """
        ...

    async def close(self) -> None:
        """End the connection; never raises."""
        ...


@runtime_checkable
class StreamingSpeechToText(SpeechToText, Protocol):
    """A recogniser that can hear while the caller speaks; `transcribe` serves whole utterances."""

    def open(self) -> SpeechStream:
        """Return a stream for a call; it connects at `begin`, or before."""
        ...


class TextToSpeech(Protocol):
    """Speaks one text at a time; may be called for many calls at once."""

    name: str

    @property
    def fingerprint(self) -> str:
        """Part of the cache's key: changes when the same text and voice would sound different."""
        ...

    def synthesize(self, text: str, voice: Voice) -> AsyncIterator[bytes]:
        """Yield mu-law audio for `text`, in order, as soon as it exists. Raises `ProviderError`."""
        ...

    async def warm(self) -> None:
        """Load what is loaded late, so that the first caller waits for nothing."""
        ...

    async def close(self) -> None:
        """Free threads and connections; no call may be under way."""
        ...


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the model may ask for; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool; `arguments` is what it sent, not yet checked by anybody."""

    id: str
    name: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of the conversation that a model is shown."""

    role: str
    """system | user | assistant | tool"""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Tokens that one answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


ModelPiece = str | ToolCall | ModelUsage
"""A piece of an answer: text as it comes, a whole tool call, and last the usage."""


class LanguageModel(Protocol):
    """Answers a conversation, streaming."""

    name: str

    def answer(
        self,
        messages: tuple[ModelMessage, ...],
        tools: tuple[Tool, ...],
        *,
        schema: Mapping[str, object] | None = None,
    ) -> AsyncIterator[ModelPiece]:
        """Yield the answer's pieces in order; with `schema`, the text is one JSON object of it.

        Raises `ProviderError`.
        """
        ...

    async def warm(self) -> None:
        """Open connections, so that the first caller waits for nothing."""
        ...

    async def close(self) -> None:
        """Free connections; no call may be under way."""
        ...
