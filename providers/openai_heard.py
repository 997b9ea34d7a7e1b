"""What a transcription session of the Realtime API has heard, put together from its events. Pure.

https://platform.openai.com/docs/api-reference/realtime-server-events
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from openai.types.realtime import (
    ConversationItemInputAudioTranscriptionCompletedEvent,
    ConversationItemInputAudioTranscriptionDeltaEvent,
    ConversationItemInputAudioTranscriptionFailedEvent,
    InputAudioBufferCommittedEvent,
    RealtimeErrorEvent,
    SessionUpdatedEvent,
)

from providers.base import ProviderError, Transcript
from providers.openai_client import NAME
from providers.openai_stt import mean_probability
from providers.vendor_error import in_brackets


@dataclass(slots=True)
class _Part:
    """What was said between two commits."""

    text: str = ""
    logprobs: list[object] = field(default_factory=list)
    is_done: bool = False
    is_wanted: bool = True


class Heard:
    """Takes the session's events in order; what is not known of them is passed over.

    The client library checks nothing of what it reads, so that every field is looked at here.
    """

    def __init__(self) -> None:
        self.failure: ProviderError | None = None
        """The session is of no use any more."""
        self.updates_due = 0
        """Changes of the session that the server has not confirmed."""
        self._parts: list[_Part] = []
        self._committed: deque[_Part] = deque()
        self._items: dict[str, _Part] = {}
        self._past: set[str] = set()
        self._dropped: set[str] = set()
        self._coming_id = ""
        self._coming = ""

    def begin(self) -> None:
        """An utterance begins; what still comes of the one before is passed over."""
        for part in self._committed:
            part.is_wanted = False
        self._past |= self._items.keys()
        self._dropped.add(self._coming_id)
        self._parts, self._items = [], {}
        self._coming_id = self._coming = ""

    def commit(self) -> None:
        """What was sent is being committed; the server tells its item in the order of commits."""
        part = _Part()
        self._parts.append(part)
        self._committed.append(part)

    @property
    def is_whole(self) -> bool:
        """Whether all that was committed has come back as text."""
        return all(part.is_done for part in self._parts)

    @property
    def partial(self) -> str:
        """The text as far as it is told; that of what is not committed may change."""
        return _joined([*(part.text for part in self._parts), self._coming])

    @property
    def transcript(self) -> Transcript:
        """All parts of the utterance."""
        logprobs = [value for part in self._parts for value in part.logprobs]
        return Transcript(_joined([part.text for part in self._parts]), mean_probability(logprobs))

    def take(self, event: object) -> None:
        """Take the next event; a failure is kept in `failure`."""
        match event:
            case ConversationItemInputAudioTranscriptionDeltaEvent(
                item_id=str(item_id), delta=str(delta)
            ):
                self._tell(item_id, delta)
            case InputAudioBufferCommittedEvent(item_id=str(item_id)):
                self._find(item_id)
            case ConversationItemInputAudioTranscriptionCompletedEvent(
                item_id=str(item_id), transcript=str(text)
            ):
                if part := self._find(item_id):
                    part.text, part.is_done = text, True
                    part.logprobs = _logprobs(event.logprobs)
                # Whoever answers lives, whether or not it has confirmed.
                self.updates_due = 0
            case ConversationItemInputAudioTranscriptionCompletedEvent():
                self._fail("sent a transcript that cannot be read")
            case ConversationItemInputAudioTranscriptionFailedEvent(error=error):
                self._fail(f"could not transcribe{in_brackets(getattr(error, 'code', None))}")
            case RealtimeErrorEvent(error=error):
                is_ours = getattr(error, "type", None) == "invalid_request_error"
                told = in_brackets(getattr(error, "code", None))
                self._fail(f"reported an error in its session{told}", retryable=not is_ours)
            case SessionUpdatedEvent():
                self.updates_due = max(0, self.updates_due - 1)

    def _tell(self, item_id: str, delta: str) -> None:
        if item_id in self._items:
            self._items[item_id].text += delta
        elif item_id not in self._past | self._dropped:
            # Some models tell what they hear before it is committed.
            if item_id != self._coming_id:
                self._coming_id, self._coming = item_id, ""
            self._coming += delta

    def _find(self, item_id: str) -> _Part | None:
        """The part that an item is of: the next commit's, where it was not heard of before."""
        if item_id in self._items or item_id in self._past or not self._committed:
            return self._items.get(item_id)
        part = self._committed.popleft()
        if item_id == self._coming_id:
            part.text, self._coming = self._coming, ""
        if not part.is_wanted:
            self._past.add(item_id)
            return None
        self._items[item_id] = part
        return part

    def _fail(self, message: str, *, retryable: bool = True) -> None:
        if self.failure is None:
            self.failure = ProviderError(message, provider=NAME, retryable=retryable)


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text.strip() for text in texts if text.strip())


def _logprobs(told: object) -> list[object]:
    parts = told if isinstance(told, list) else []
    return [getattr(part, "logprob", None) for part in parts]
