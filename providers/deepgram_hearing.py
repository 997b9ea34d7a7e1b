"""What Deepgram says of the sound it was sent: its messages, and the utterance they make up.

No I/O here. A connection's clock is the sound sent on it, counted in samples of 8000 Hz; Deepgram
tells with each result which stretch of it the result is of.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import orjson

from providers.base import ProviderError, Transcript

NAME: Final = "deepgram"

RATE: Final = 8000

_EXACT: Final = RATE // 50
"""Samples by which two ends of a stretch may differ and still be the same: one frame of 20 ms."""

_LITTLE: Final = RATE * 3 // 10
"""So little sound may go unanswered: Deepgram promises no result for "no significant amount"."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one stretch of the sound says, for good (`is_final`) or so far."""

    start: int
    end: int
    text: str
    confidences: tuple[float, ...]
    """One for each word."""

    is_final: bool
    from_finalize: bool
    """It answers our Finalize."""


@dataclass(frozen=True, slots=True)
class HintsRefused:
    """The words to listen for stay what they were."""

    code: object


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that nothing follows from."""

    kind: str


def read(message: str | bytes) -> Result | HintsRefused | Ignored:
    """Return what a message says. Raises `ProviderError`: it is an error, or cannot be read."""
    try:
        match orjson.loads(message):
            case {
                "type": "Results",
                "start": float() | int() as start,
                "duration": float() | int() as duration,
                "channel": {"alternatives": [alternative, *_]},
                **more,
            }:
                text, confidences = read_alternative(alternative)
                return Result(
                    round(start * RATE),
                    round((start + duration) * RATE),
                    text,
                    confidences,
                    is_final=more.get("is_final") is True,
                    from_finalize=more.get("from_finalize") is True,
                )
            case {"type": "ConfigureFailure", **more}:
                return HintsRefused(more.get("code"))
            case {"type": "Error"}:
                raise ProviderError("reported an error", provider=NAME)
            case {"type": str(kind)} if kind != "Results":
                return Ignored(kind)
    except (ValueError, OverflowError):
        pass
    raise ProviderError("sent what cannot be read", provider=NAME)


def read_alternative(alternative: Any) -> tuple[str, tuple[float, ...]]:
    """Return the text of a result's best reading and how sure its words are.

    Raises `ProviderError`.
    """
    match alternative:
        case {"transcript": str(text), **more}:
            words = more.get("words")
            sure = [_confidence(word) for word in words] if isinstance(words, list) else []
            return text.strip(), tuple(sure) or (_confidence(more),)
        case _:
            raise ProviderError("sent what cannot be read", provider=NAME)


def transcript(texts: list[str], confidences: list[float]) -> Transcript:
    """What several results say together; as sure as their words are on average."""
    text = " ".join(filter(None, texts))
    if not text or not confidences:
        return Transcript(text, 1.0 if text else 0.0)
    return Transcript(text, sum(confidences) / len(confidences))


def _confidence(of: Any) -> float:
    match of:
        case {"confidence": float() | int() as confidence}:
            return min(max(float(confidence), 0.0), 1.0)
        case _:
            return 1.0


class Hearing:
    """What was sent on one connection, and what of the present utterance was heard."""

    def __init__(self) -> None:
        self._sent = 0
        self._began = 0
        self._heard_until = 0
        self._final_until = 0
        self._final: list[Result] = []
        self._interim: Result | None = None
        self._finalizes = deque[int]()
        """When the Finalizes were sent that are not answered."""

    @property
    def settled(self) -> bool:
        """Whether all that was sent has its final result."""
        return self._final_until >= self._sent - _EXACT

    @property
    def nearly_heard(self) -> bool:
        """Whether so little of the utterance is without any result that none may come for it."""
        return self._heard_until > max(self._began, self._sent - _LITTLE)

    @property
    def unheard_seconds(self) -> float:
        """How much was sent since the last result."""
        return max(0, self._sent - self._heard_until) / RATE

    @property
    def partial(self) -> str:
        """What the utterance says so far."""
        return self.transcript().text

    def transcript(self) -> Transcript:
        """Return what the utterance says, with what is not final yet."""
        results = [*self._final, *([self._interim] if self._interim else [])]
        return transcript(
            [result.text for result in results],
            [sure for result in results if result.text for sure in result.confidences],
        )

    def begin(self) -> None:
        """Begin an utterance: what was sent until now does not belong to it."""
        self._began = self._sent
        self._final.clear()
        self._interim = None

    def send(self, samples: int) -> None:
        """So much more was sent."""
        self._sent += samples

    def finalize(self) -> None:
        """Deepgram was asked to finish what it was sent until now."""
        self._finalizes.append(self._sent)

    def take(self, result: Result) -> None:
        """Learn what a result says."""
        answered = self._answered(result.end) if result.from_finalize else 0
        end = min(max(result.end, answered), self._sent)
        self._heard_until = max(self._heard_until, end)
        if result.is_final:
            self._final_until = max(self._final_until, end)
        # A stretch belongs to the utterance where its middle lies: its ends may be off a little.
        if result.start + result.end <= 2 * self._began:
            return
        if result.is_final:
            self._final.append(result)
        self._interim = None if result.is_final else result

    def _answered(self, end: int) -> int:
        """Which Finalize a result that ends there answers: all before it are answered, too.

        The mark of the answer counts more than its end: with it, the oldest one is answered.
        """
        at = self._finalizes.popleft() if self._finalizes else 0
        while self._finalizes and self._finalizes[0] <= end + _EXACT:
            at = self._finalizes.popleft()
        return at
