"""What the parts of a call tell, as events for its engine and as facts for its record."""

import asyncio
import logging
from collections.abc import Callable

from providers.base import ProviderError, Transcript
from providers.ledger import Failure, Use
from runtime.call.equipment import Equipment
from runtime.call.record import CallRecord
from runtime.call.spending import Spending
from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.events import (
    Classified,
    Event,
    Heard,
    ModelCalled,
    ModelDone,
    ModelSaid,
    NothingHeard,
    PlayedOut,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    SpeechCut,
    Spent,
)
from runtime.flow.web import WebAnswer, WebFailure

log = logging.getLogger(__name__)


class Reports:
    """Hears of the recogniser, the classifier, the mouth, and those who run errands."""

    def __init__(
        self, record: CallRecord, equipment: Equipment, put: Callable[[Event], None]
    ) -> None:
        self._record = record
        self._figures = equipment.figures
        self._clock = equipment.clock
        self._put = put
        self._loop = asyncio.get_running_loop()
        self._spoke_until: float | None = None
        self._spending = Spending(equipment.prices)

    def caller_acted(self, at: float | None = None) -> None:
        """The caller's words or key ended at that time of the loop: from here we are waited for."""
        self._spoke_until = self._loop.time() if at is None else at

    # -- understanding -----------------------------------------------------------------------------

    def recognised(
        self, transcript: Transcript, ended_at: float, *, goes_on: bool = False
    ) -> Heard | NothingHeard:
        """An utterance that ended at that time of the loop says this, or nothing."""
        self.caller_acted(ended_at)
        now, text = self._clock(), transcript.text
        heard: Heard | NothingHeard = NothingHeard(at=now)
        if text.strip():
            confidence = transcript.confidence
            heard = Heard(at=now, text=text, confidence=confidence, goes_on=goes_on)
        self._put(heard)
        return heard

    def not_recognised(self, error: ProviderError) -> None:
        """An utterance was lost; the flow decides."""
        self._provider_failed("stt", error)

    def classified(self, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
        """The classifier has ranked that turn's utterance."""
        self._put(Classified(at=self._clock(), turn=turn, ranking=ranking))

    def not_classified(self, turn: int, why: str) -> None:
        """The classifier has failed: the utterance counts as not understood."""
        self._figures.failures.labels("understanding").inc()
        log.warning("understanding_failed", extra={"call": self._record.id, "why": why})
        self._record.note(self._clock(), "understanding_failed")
        self._put(Classified(at=self._clock(), turn=turn, ranking=()))

    def picked_up(self, by: str, why: str) -> None:
        """It is known who has picked up an outgoing call."""
        self._record.note(self._clock(), "picked_up", by=by, why=why)
        self._record.taken_by(by)
        log.info("picked_up", extra={"call": self._record.id, "by": by, "why": why})

    def spent(self, use: Use) -> None:
        """A provider was asked for something."""
        cost = self._spending.add(use)
        self._record.spent(self._clock(), self._spending.as_json())
        figures, names = self._figures, (use.kind, use.provider)
        for unit in ("seconds", "characters", "input_tokens", "output_tokens"):
            if amount := getattr(use, unit):
                figures.usage.labels(*names, unit).inc(amount)
        if cost:
            figures.cost.labels(*names).inc(cost)
            self._put(Spent(at=self._clock(), cost=cost))

    def failed(self, failure: Failure) -> None:
        """One provider has failed; another may have done what it was asked for."""
        self._figures.errors.labels(failure.kind, failure.provider).inc()
        facts = {"provider_kind": failure.kind, "provider": failure.provider}
        self._record.note(self._clock(), "provider_error", **facts, why=failure.reason)

    # -- speaking ----------------------------------------------------------------------------------

    def played_out(self, line: int) -> None:
        """The caller has heard the whole line."""
        self._record.note(self._clock(), "played_out", line=line)
        self._put(PlayedOut(at=self._clock(), say=line))

    def cut_off(self, line: int, heard: str) -> None:
        """The line was stopped: the transcript keeps what was heard of it."""
        self._record.line_cut(line, heard)
        self._put(SpeechCut(at=self._clock(), say=line, heard=heard))

    def could_not_say(self, line: int, error: ProviderError) -> None:
        """The line has no sound; the flow decides."""
        self._provider_failed("tts", error)

    def sounded(self, *, greeting: bool) -> None:
        """Our sound is on its way."""
        if greeting:
            self._figures.greeting_seconds.observe(self._clock() - self._record.started_at)
        elif self._spoke_until is not None:
            seconds = self._loop.time() - self._spoke_until
            self._figures.turn_seconds.observe(seconds)
            self._spoke_until = None
            self._record.answered_after(seconds)

    # -- errands -----------------------------------------------------------------------------------

    def request_answered(self, errand: int, answer: WebAnswer) -> None:
        """A web service has answered."""
        self._record.note(self._clock(), "request_answered", status=answer.status)
        self._put(
            RequestAnswered(
                at=self._clock(),
                errand=errand,
                status=answer.status,
                headers=answer.headers,
                body=answer.body,
            )
        )

    def request_failed(self, errand: int, failure: WebFailure) -> None:
        """A web service gave no answer; the flow decides."""
        self._record.note(self._clock(), "request_failed", why=failure.kind)
        log.warning(
            "request_failed",
            extra={"call": self._record.id, "kind": failure.kind, "why": failure.reason},
        )
        self._put(
            RequestFailed(
                at=self._clock(),
                errand=errand,
                reason=failure.reason,
                is_late=failure.kind == "timeout",
            )
        )

    def model_said(self, errand: int, text: str) -> None:
        """A sentence of an answer, or the whole of it."""
        self._put(ModelSaid(at=self._clock(), errand=errand, text=text))

    def model_called(self, errand: int, call: ModelCall) -> None:
        """The model asks for a tool."""
        self._record.note(self._clock(), "tool_asked", tool=call.tool)
        self._put(ModelCalled(at=self._clock(), errand=errand, call=call))

    def model_done(self, errand: int, tokens: int) -> None:
        """The answer is whole."""
        self._record.note(self._clock(), "model_answered", tokens=tokens)
        self._put(ModelDone(at=self._clock(), errand=errand, tokens=tokens))

    def model_failed(self, errand: int, error: ProviderError) -> None:
        """The model gave no answer; the flow decides."""
        self._provider_failed("llm", error, errand)

    def recorded(self, errand: int, name: str, seconds: float) -> None:
        """The caller has left a message, or nothing."""
        self._record.note(self._clock(), "message_left", seconds=round(seconds, 1))
        self._put(Recorded(at=self._clock(), errand=errand, name=name, seconds=seconds))

    def _provider_failed(self, kind: str, error: ProviderError, errand: int = 0) -> None:
        self._figures.failures.labels(kind).inc()
        log.warning(
            "provider_failed",
            extra={"call": self._record.id, "kind": kind, "why": error.message},
        )
        self._record.note(self._clock(), "provider_failed", provider_kind=kind)
        failed = ProviderFailed(at=self._clock(), kind=kind, reason=error.message, errand=errand)
        self._put(failed)
