"""What a call's providers cost, from the request to the record, the figures and the engine."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from providers.base import Hints, ModelMessage, ModelUsage, Voice
from providers.fallback import FallbackLanguageModel, FallbackSpeechToText, FallbackTextToSpeech
from providers.ledger import Failure, Use, keep_ledger
from providers.scripted import ScriptedLanguageModel, ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.call.figures import Figures
from runtime.call.prompts import Prompts
from runtime.call.record import CallRecord
from runtime.call.reports import Reports
from runtime.call.spending import Price, Spending
from runtime.flow.engine.events import Event, Spent


class Kept:
    """Keeps what was spent."""

    def __init__(self) -> None:
        self.used: list[Use] = []

    def spent(self, use: Use) -> None:
        self.used.append(use)

    def failed(self, failure: Failure) -> None:
        pass


TOKENS = Use("llm", "smart", input_tokens=2000, output_tokens=500)


@pytest.mark.parametrize(
    ("use", "cost"),
    [
        (Use("stt", "x", seconds=90), 0.75),
        (Use("tts", "x", characters=500), 0.008),
        (TOKENS, 0.0013),
    ],
)
def test_a_price_is_by_what_the_vendor_counts(use, cost):
    price = Price(0.5, 16.0, 0.15, 2.0)
    assert price.of(use) == pytest.approx(cost)


def test_a_call_adds_up_provider_by_provider():
    spending = Spending({("llm", "smart"): Price(per_million_output_tokens=2.0)})
    spending.add(TOKENS)
    spending.add(TOKENS)
    spending.add(Use("stt", "ear", seconds=2.04))
    spending.add(Use("tts", "voice", characters=12))
    assert spending.as_json() == [
        {
            **{"kind": "llm", "provider": "smart", "requests": 2},
            **{"input_tokens": 4000, "output_tokens": 1000, "cost": 0.002},
        },
        {"kind": "stt", "provider": "ear", "requests": 1, "seconds": 2.0, "cost": 0.0},
        {"kind": "tts", "provider": "voice", "requests": 1, "characters": 12, "cost": 0.0},
    ]
    assert spending.cost == pytest.approx(0.002)


def test_every_kind_of_request_tells_what_it_took(tmp_path: Path):
    ledger = Kept()

    def among(kind: Any, provider: Any) -> Any:
        return kind((provider,), deadline_seconds=1.0, clock=lambda: 0.0)

    async def ask() -> None:
        keep_ledger(ledger)
        stt = among(FallbackSpeechToText, ScriptedSpeechToText("hello"))
        await stt.transcribe(bytes(4000), Hints())
        usage = ModelUsage(prompt_tokens=7, completion_tokens=3)
        llm = among(FallbackLanguageModel, ScriptedLanguageModel([["Hello.", usage]]))
        async for _ in llm.answer((ModelMessage("user", "hello"),), ()):
            pass
        tts = among(FallbackTextToSpeech, ScriptedTextToSpeech(milliseconds_per_character=1))
        prompts = Prompts(tmp_path, limit_bytes=10**6, deadline=1.0)
        for _ in range(2):
            # What was spoken before costs nothing.
            async for _ in prompts.speak("Good morning.", Voice(), tts):
                pass

    asyncio.run(ask())
    assert ledger.used == [
        Use("stt", "scripted", seconds=0.5),
        Use("llm", "scripted", input_tokens=7, output_tokens=3),
        Use("tts", "scripted", characters=13),
    ]


def test_a_use_is_on_the_record_in_the_figures_and_known_to_the_flow():
    events: list[Event] = []
    record, figures = CallRecord("c", "", "", "clinic", "v", started_at=0.0), Figures()
    prices = {("llm", "smart"): Price(per_million_input_tokens=1.0)}

    async def use() -> None:
        equipment: Any = SimpleNamespace(figures=figures, clock=lambda: 5.0, prices=prices)
        reports = Reports(record, equipment, events.append)
        reports.spent(TOKENS)
        reports.spent(Use("stt", "ear", seconds=3.0))

    asyncio.run(use())
    assert events == [Spent(at=5.0, cost=0.002)]
    assert [row["provider"] for row in record.usage] == ["smart", "ear"]
    names = {"kind": "llm", "provider": "smart"}
    value = figures.registry.get_sample_value
    assert value("callwright_provider_cost_total", names) == pytest.approx(0.002)
    assert value("callwright_provider_usage_total", {**names, "unit": "output_tokens"}) == 500
