import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from running import DID, HELLO, running

from providers.base import Hints, ModelMessage, ProviderError, ProviderMissing
from providers.scripted import ScriptedLanguageModel, ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.call.classifiers import Classifiers
from runtime.call.equipment import LoadedFlow
from runtime.call.prompts import Prompts
from runtime.flow.reading import read_flow
from runtime.server.workshop import Workshop
from runtime.settings import Settings

QUESTION = (ModelMessage("user", "hello"),)


class Shop:
    """A workshop whose providers are those given; what is `None` is not installed."""

    def __init__(
        self,
        folder: Path,
        providers: dict[str, dict[str, Any]],
        recognition_deadline: float = 5.0,
        **defaults: Any,
    ) -> None:
        self._providers = {"tts": {"local": ScriptedTextToSpeech()}, **providers}
        named = {
            kind: {name: {"use": name} for name in providers}
            for kind, providers in self._providers.items()
        }
        settings = Settings(
            providers=named,
            defaults={"stt": ["one"], **defaults},
            speech={"recognition_deadline": recognition_deadline},
        )
        prompts = Prompts(folder, limit_bytes=1_000_000, deadline=5)
        self._workshop = Workshop(settings, prompts, self._build, Classifiers("light"))
        self.built: list[str] = []

    def _build(self, kind: str, name: str, options: Any) -> Any:
        if self._providers[kind][name] is None:
            raise ProviderMissing(f"{name} needs an extra", provider=name)
        self.built.append(name)
        return self._providers[kind][name]

    async def make(self, more: str = "") -> LoadedFlow:
        flow = read_flow(HELLO + more, "hello.yaml", open_file=lambda name: None).flow
        assert flow is not None
        return await self._workshop.make(flow, {})


def stt(**providers: Any) -> dict[str, Any]:
    return {"stt": providers}


async def heard(loaded: LoadedFlow) -> str:
    return (await loaded.stt.transcribe(b"\xff" * 160, Hints())).text


async def said(loaded: LoadedFlow) -> str:
    assert loaded.llm is not None
    pieces = [piece async for piece in loaded.llm.answer(QUESTION, ())]
    return "".join([piece for piece in pieces if isinstance(piece, str)])


def one() -> dict[str, Any]:
    return stt(one=ScriptedSpeechToText("one"))


def test_a_flow_without_a_model_has_none(tmp_path: Path):
    shop = Shop(tmp_path, {**one(), "llm": {"big": ScriptedLanguageModel()}})
    assert asyncio.run(shop.make()).llm is None
    assert "big" not in shop.built


def test_the_model_that_a_flow_names_is_built_once_for_all(tmp_path: Path):
    shop = Shop(tmp_path, {**one(), "llm": {"big": ScriptedLanguageModel(["a", "b"])}})

    async def two_flows() -> tuple[LoadedFlow, LoadedFlow]:
        naming = "providers: {llm: big}\n"
        first, second = await shop.make(naming), await shop.make(naming)
        assert [await said(first), await said(second)] == ["a", "b"]
        return first, second

    first, second = asyncio.run(two_flows())
    assert first.llm is second.llm
    assert shop.built.count("big") == 1


@pytest.mark.network
def test_a_served_flow_asks_the_server_of_the_settings(tmp_path: Path, model_server: Any):
    model_server.says("Five is free.")
    named = {
        "stt": {"local": {}},
        "tts": {"local": {}},
        "llm": {"big": {"use": "openai", "model": "any", "base_url": model_server.base_url}},
    }

    async def ask() -> str:
        naming = HELLO + "providers: {llm: big}\n"
        async with running(tmp_path, naming, named=named) as server:
            serving = server.house.shelf.for_did(DID)
            assert serving is not None
            return await said(serving.loaded)

    assert asyncio.run(ask()) == "Five is free."
    assert model_server.asked[0]["messages"] == [{"role": "user", "content": "hello"}]


def test_the_settings_models_follow_in_their_order(tmp_path: Path):
    models = {
        "big": ScriptedLanguageModel(failure="raise"),
        "small": ScriptedLanguageModel(failure="nothing"),
        "own": ScriptedLanguageModel(failure="raise"),
        "last": ScriptedLanguageModel(["good morning"]),
    }
    shop = Shop(tmp_path, {**one(), "llm": models}, llm=["big", "small", "last"])

    async def ask() -> str:
        return await said(await shop.make("providers: {llm: own}\n"))

    assert asyncio.run(ask()) == "good morning"
    assert [len(model.asked) for model in models.values()] == [1, 1, 1, 1]
    assert [name for name in shop.built if name in models] == ["own", "big", "small", "last"]


@pytest.mark.parametrize(
    ("more", "defaults", "message"),
    [
        ("providers: {llm: huge}\n", {}, "the settings have no llm provider 'huge'"),
        ("providers: {llm: absent}\n", {"llm": ["big"]}, "absent needs an extra"),
        ("", {"llm": ["absent", "big"]}, "absent needs an extra"),
    ],
)
def test_a_model_that_is_asked_first_must_be_there(
    tmp_path: Path, more: str, defaults: dict[str, Any], message: str
):
    models = {"absent": None, "big": ScriptedLanguageModel()}
    shop = Shop(tmp_path, {**one(), "llm": models}, **defaults)
    with pytest.raises(ProviderError, match=message):
        asyncio.run(shop.make(more))


def test_a_fallback_that_is_missing_is_named_in_the_log_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    providers = stt(one=ScriptedSpeechToText(failure="raise"), absent=None)
    shop = Shop(tmp_path, providers, stt=["one", "absent", "unheard_of"])

    async def hear() -> str:
        return await heard(await shop.make())

    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(ProviderError, match="the script says so"),
    ):
        asyncio.run(hear())
    missing = [x.__dict__["provider"] for x in caplog.records if x.message == "fallback_missing"]
    assert missing == ["absent", "unheard_of"]


def test_the_next_recogniser_hears_what_the_first_cannot(tmp_path: Path):
    providers = stt(one=ScriptedSpeechToText(failure="raise"), two=ScriptedSpeechToText("two"))
    shop = Shop(tmp_path, providers, stt=["one", "two"])

    async def hear() -> str:
        return await heard(await shop.make())

    assert asyncio.run(hear()) == "two"


def test_all_recognisers_of_a_list_share_one_deadline(tmp_path: Path):
    providers = stt(**{name: ScriptedSpeechToText(failure="hang") for name in ("one", "two")})
    shop = Shop(tmp_path, providers, stt=["one", "two"], recognition_deadline=0.02)

    async def hear() -> str:
        return await heard(await shop.make())

    with pytest.raises(ProviderError, match=r"took more than 0\.01 s"):
        asyncio.run(hear())
