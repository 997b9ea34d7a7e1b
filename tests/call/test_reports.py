"""What the parts of a call tell, as events for its engine and as facts for its record."""

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from providers.base import ProviderError, Transcript
from runtime.call.figures import Figures
from runtime.call.record import CallRecord
from runtime.call.reports import Reports
from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.effects import Say
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
)
from runtime.flow.model import BargeIn
from runtime.flow.web import WebAnswer, WebFailure

NOW = 100.0
CALL = ModelCall("c", "free", {"day": "hush"})
DOWN = ProviderError("is down")


def told(act: Callable[[Reports], object]) -> tuple[Event, CallRecord, Figures]:
    """Return the event that came of it, the record and the figures."""

    async def go() -> tuple[Event, CallRecord, Figures]:
        record = CallRecord("c", "", "", "clinic", "v", started_at=90.0)
        figures, events = Figures(), []
        equipment: Any = SimpleNamespace(figures=figures, clock=lambda: NOW, prices={})
        act(Reports(record, equipment, events.append))
        [event] = events
        return event, record, figures

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("act", "event", "kinds"),
    [
        (
            lambda r: r.recognised(Transcript("book", 0.7), 1),
            Heard(at=NOW, text="book", confidence=0.7),
            [],
        ),
        (
            lambda r: r.recognised(Transcript("book", 0.7), 1, goes_on=True),
            Heard(at=NOW, text="book", confidence=0.7, goes_on=True),
            [],
        ),
        (lambda r: r.recognised(Transcript(" ", 0.7), 1), NothingHeard(at=NOW), []),
        (
            lambda r: r.not_recognised(DOWN),
            ProviderFailed(at=NOW, kind="stt", reason="is down"),
            ["provider_failed"],
        ),
        (
            lambda r: r.classified(3, (("a", 1.0),)),
            Classified(at=NOW, turn=3, ranking=(("a", 1.0),)),
            [],
        ),
        (
            lambda r: r.not_classified(3, "late"),
            Classified(at=NOW, turn=3, ranking=()),
            ["understanding_failed"],
        ),
        (lambda r: r.played_out(2), PlayedOut(at=NOW, say=2), ["played_out"]),
        (lambda r: r.cut_off(2, "Good"), SpeechCut(at=NOW, say=2, heard="Good"), []),
        (
            lambda r: r.could_not_say(2, DOWN),
            ProviderFailed(at=NOW, kind="tts", reason="is down"),
            ["provider_failed"],
        ),
        (
            lambda r: r.request_answered(4, WebAnswer(201, {"a": "b"}, {"secret": "hush"})),
            RequestAnswered(
                at=NOW, errand=4, status=201, headers={"a": "b"}, body={"secret": "hush"}
            ),
            ["request_answered"],
        ),
        (
            lambda r: r.request_failed(4, WebFailure("x is slow", "timeout")),
            RequestFailed(at=NOW, errand=4, reason="x is slow", is_late=True),
            ["request_failed"],
        ),
        (
            lambda r: r.request_failed(4, WebFailure("x is private", "refused")),
            RequestFailed(at=NOW, errand=4, reason="x is private"),
            ["request_failed"],
        ),
        (lambda r: r.model_said(4, "Hi."), ModelSaid(at=NOW, errand=4, text="Hi."), []),
        (
            lambda r: r.model_called(4, CALL),
            ModelCalled(at=NOW, errand=4, call=CALL),
            ["tool_asked"],
        ),
        (lambda r: r.model_done(4, 9), ModelDone(at=NOW, errand=4, tokens=9), ["model_answered"]),
        (
            lambda r: r.model_failed(4, DOWN),
            ProviderFailed(at=NOW, kind="llm", reason="is down", errand=4),
            ["provider_failed"],
        ),
        (
            lambda r: r.recorded(4, "a.wav", 2.04),
            Recorded(at=NOW, errand=4, name="a.wav", seconds=2.04),
            ["message_left"],
        ),
    ],
)
def test_each_becomes_an_event_and_a_fact_without_what_was_said(
    act: Any, event: Event, kinds: list[str], caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        came, record, _ = told(act)
    assert came == event
    assert [fact["kind"] for fact in record.events] == kinds
    kept = str(record.events) + "".join(str(vars(each)) for each in caplog.records)
    assert "hush" not in kept
    assert "book" not in kept


def figure(figures: Figures, name: str, **labels: str) -> float | None:
    return figures.registry.get_sample_value(f"callwright_{name}", labels)


def test_failures_are_counted_by_their_kind():
    for act, kind in (
        (lambda r: r.not_recognised(DOWN), "stt"),
        (lambda r: r.could_not_say(1, DOWN), "tts"),
        (lambda r: r.model_failed(1, DOWN), "llm"),
        (lambda r: r.not_classified(1, "late"), "understanding"),
    ):
        _, _, figures = told(act)
        assert figure(figures, "provider_failures_total", kind=kind) == 1


def line(number: int = 1) -> Say:
    return Say(number, "Good morning.", None, "en", BargeIn.SPEECH, "menu", shown="Good morning.")


def test_the_first_sound_after_the_caller_has_acted_is_the_turns_latency():
    def act(reports: Reports) -> None:
        record = reports._record
        record.bot_says(NOW, line())
        reports.sounded(greeting=False)
        assert record.turns[0].latency_ms is None
        reports.caller_acted()
        reports.sounded(greeting=False)
        assert record.turns[0].latency_ms is not None
        reports.sounded(greeting=True)
        reports.played_out(1)

    _, _, figures = told(act)
    assert figure(figures, "turn_latency_seconds_count") == 1
    assert figure(figures, "greeting_seconds_sum") == 10


def test_a_line_that_was_cut_is_kept_as_it_was_heard():
    def act(reports: Reports) -> None:
        reports._record.bot_says(NOW, line())
        reports.cut_off(1, "Good")

    _, record, _ = told(act)
    assert record.turns[0].text == "Good"
