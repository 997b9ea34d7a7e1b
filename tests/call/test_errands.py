"""What a call asks of web services and models, run beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from running import until

from providers.base import ModelUsage, ProviderError, ToolCall
from providers.scripted import ScriptedLanguageModel
from runtime.call.errands import Errands
from runtime.flow.engine.dialogue import ModelCall, ModelMessage, ModelTool
from runtime.flow.engine.effects import AskModel, SendRequest
from runtime.flow.place import Place
from runtime.flow.request import Request
from runtime.flow.template import Template
from runtime.flow.web import WebAnswer, WebFailure, WebRequest

NOWHERE = Place("f.yaml", 1, 1)


@dataclass
class Told:
    """Keeps what is told; `enough` of it ends the test."""

    enough: int = 1
    told: list[tuple[Any, ...]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)

        def tell(*what: object) -> None:
            self.told.append((name, *what))
            if len(self.told) == self.enough:
                self.over.set()

        return tell


@dataclass
class Web:
    """Answers at once, with a failure, or never."""

    answer: WebAnswer | WebFailure | None = None
    sent: list[WebRequest] = field(default_factory=list)
    stopped: int = 0

    async def send(self, request: WebRequest) -> WebAnswer:
        self.sent.append(request)
        if self.answer is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        if isinstance(self.answer, WebFailure):
            raise self.answer
        assert self.answer is not None
        return self.answer


def request(errand: int = 1, url: str = "https://x.example/{{ day }}", **values: object):
    template = Template.parse(url, in_url=True)
    return SendRequest(errand, Request("free", NOWHERE, "get", template), values)


def question(errand: int = 1, **more: Any) -> AskModel:
    return AskModel(errand, (ModelMessage("user", "Hello there."),), **more)


def run(
    begin: Callable[[Errands], object],
    web: Web | None = None,
    model: Any = None,
    enough: int = 1,
    env: Any = None,
) -> list[tuple[Any, ...]]:
    """Begin something, and return what was told until there is `enough` of it."""

    async def go() -> list[tuple[Any, ...]]:
        told = Told(enough)
        equipment: Any = SimpleNamespace(web=web or Web(), env=env or {})
        errands = Errands(equipment, model, told)  # type: ignore[arg-type]  # by `__getattr__`
        running = asyncio.create_task(errands.run())
        result = begin(errands)
        if asyncio.iscoroutine(result):
            await result
        if enough:
            async with asyncio.timeout(5):
                await told.over.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return told.told

    return asyncio.run(go())


# -- requests --------------------------------------------------------------------------------------


def test_a_request_is_sent_with_its_values_and_the_environment_and_its_answer_told():
    answer = WebAnswer(200, {}, {"times": []})
    web = Web(answer)
    told = run(
        lambda errands: errands.send(request(url="{{ env.BASE }}/{{ day }}", day="a/b")),
        web,
        env={"BASE": "https://x.example"},
    )
    assert told == [("request_answered", 1, answer)]
    assert web.sent[0].url == "https://x.example/a%2Fb"


def test_a_request_that_fails_is_told_with_its_reason():
    failure = WebFailure("x.example did not answer", "timeout")
    told = run(lambda errands: errands.send(request(day="a")), Web(failure))
    assert told == [("request_failed", 1, failure)]


def test_a_request_that_cannot_be_written_is_a_failure_too():
    web = Web()
    [(what, errand, failure)] = run(lambda errands: errands.send(request()), web)
    assert (what, errand, failure.kind) == ("request_failed", 1, "failed")
    assert failure.reason == "{{ … }} failed: 'day' is undefined"
    assert web.sent == []


def test_a_request_that_is_stopped_tells_nothing():
    web = Web()

    async def begin(errands: Errands) -> None:
        errands.send(request(day="a"))
        await until(lambda: web.sent)
        errands.stop(1)
        await until(lambda: web.stopped)

    assert run(begin, web, enough=0) == []


def test_a_request_that_is_stopped_before_it_has_begun_is_never_made():
    web = Web(WebAnswer(200, {}, None))

    def begin(errands: Errands) -> None:
        errands.send(request(1, day="a"))
        errands.stop(1)
        errands.stop(7)
        errands.send(request(2, day="b"))

    told = run(begin, web)
    assert [what[:2] for what in told] == [("request_answered", 2)]
    assert len(web.sent) == 1


def test_what_has_not_begun_when_the_call_ends_is_never_made():
    web = Web()

    async def begin(errands: Errands) -> None:
        await asyncio.sleep(0)
        errands.send(request(day="a"))

    assert run(begin, web, enough=0) == []
    assert web.sent == []


# -- models ----------------------------------------------------------------------------------------


def told_by(model: Any, enough: int, **more: Any) -> list[tuple[Any, ...]]:
    return run(lambda errands: errands.ask(question(**more)), model=model, enough=enough)


def test_an_answer_is_told_sentence_by_sentence_and_then_its_tokens():
    model = ScriptedLanguageModel(
        [["Good mor", "ning. How are", " you? I", " am fine", ModelUsage(7, 5)]]
    )
    assert told_by(model, 4) == [
        ("model_said", 1, "Good morning."),
        ("model_said", 1, "How are you?"),
        ("model_said", 1, "I am fine"),
        ("model_done", 1, 12),
    ]


def test_only_the_first_sentence_is_cut_at_a_comma():
    long = "It is a pleasure to hear from you on such a fine morning, and I am glad that you called"
    model = ScriptedLanguageModel([f"{long}. {long}."])
    said = [what[2] for what in told_by(model, 4) if what[0] == "model_said"]
    first, second = long.split(", ")
    assert said == [f"{first},", f"{second}.", f"{long}."]


def test_an_answer_that_is_wanted_whole_comes_whole():
    model = ScriptedLanguageModel(["One. Two. Three."])
    assert told_by(model, 2, whole=True)[0] == ("model_said", 1, "One. Two. Three.")


def test_an_answer_without_words_says_nothing():
    assert told_by(ScriptedLanguageModel([[" ", "\n"]]), 1)[0][0] == "model_done"


def test_tools_and_messages_are_passed_on_both_ways():
    call = ToolCall("c1", "free", {"day": "friday"})
    model = ScriptedLanguageModel([[call]])
    asked = ModelMessage("assistant", "", (ModelCall("c0", "free", {}),))
    messages = (ModelMessage("system", "Be kind."), asked, ModelMessage("tool", "ok", call_id="c0"))
    effect = AskModel(1, messages, (ModelTool("free", "Free times.", {"type": "object"}),))
    told = run(lambda errands: errands.ask(effect), model=model, enough=2)
    assert told[0] == ("model_called", 1, ModelCall("c1", "free", {"day": "friday"}))
    (shown, tools) = model.asked[0]
    assert [(m.role, m.text, m.tool_call_id) for m in shown] == [
        ("system", "Be kind.", ""),
        ("assistant", "", ""),
        ("tool", "ok", "c0"),
    ]
    assert shown[1].tool_calls[0].name == "free"
    assert (tools[0].name, tools[0].parameters) == ("free", {"type": "object"})


def test_where_a_model_does_not_count_its_tokens_they_are_guessed():
    [*_, done] = told_by(ScriptedLanguageModel(["Hello to you too."]), 2)
    assert done == ("model_done", 1, (len("Hello there.") + len("Hello to you too.")) // 4)


def test_a_model_that_fails_or_is_not_there_is_told():
    error = ProviderError("out of order")
    assert told_by(ScriptedLanguageModel([error]), 1) == [("model_failed", 1, error)]
    [(what, errand, missing)] = told_by(None, 1)
    assert (what, errand) == ("model_failed", 1)
    assert "no language model is set" in missing.message
    assert not missing.retryable


def test_a_model_whose_answer_is_not_wanted_any_more_is_closed():
    closed = asyncio.Event()

    class Endless(ScriptedLanguageModel):
        async def answer(self, *_: Any, **__: Any) -> AsyncIterator[str]:
            try:
                while True:
                    yield "Well. And. "
                    await asyncio.sleep(0)
            finally:
                closed.set()

    async def begin(errands: Errands) -> None:
        errands.ask(question())
        for _ in range(5):
            await asyncio.sleep(0)
        errands.stop(1)
        async with asyncio.timeout(5):
            await closed.wait()

    assert all(what[0] == "model_said" for what in run(begin, model=Endless(), enough=0))


@pytest.mark.parametrize("schema", [None, {"type": "object"}])
def test_a_schema_is_passed_on(schema):
    seen: list[Any] = []

    class Asked(ScriptedLanguageModel):
        def answer(self, *_: Any, schema: Any = None) -> AsyncIterator[str]:
            seen.append(schema)
            return iter_once(json.dumps({}))

    run(lambda errands: errands.ask(question(schema=schema or {})), model=Asked(), enough=2)
    assert seen == [schema]


class iter_once:  # noqa: N801 - an iterator that cannot be closed, as some libraries have
    def __init__(self, piece: str) -> None:
        self._pieces = [piece]

    def __aiter__(self) -> "iter_once":
        return self

    async def __anext__(self) -> str:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


# -- ahead -----------------------------------------------------------------------------------------


@dataclass
class SlowModel:
    """Says a sentence a tick of the loop, and counts the questions that were put and given up."""

    name: str = "slow"
    fails: bool = False
    asked: int = 0
    given_up: int = 0

    async def answer(self, messages: Any, tools: Any, *, schema: Any = None) -> AsyncIterator[str]:
        self.asked += 1
        try:
            if self.fails:
                raise ProviderError("is down")
            for sentence in ("I am here. ", "And you? ", "Are you?"):
                await asyncio.sleep(0)
                yield sentence
            self.given_up -= 1
        finally:
            self.given_up += 1


WHOLE_ANSWER = [
    ("model_said", 1, "I am here."),
    ("model_said", 1, "And you?"),
    ("model_said", 1, "Are you?"),
    ("model_done", 1, 10),
]


async def ticks(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.parametrize("before", [0, 3, 20])
def test_a_model_that_was_asked_ahead_is_not_asked_again(before):
    model = SlowModel()

    async def ask(errands: Errands) -> None:
        await ticks(1)
        errands.ask_ahead(question(7))
        await ticks(before)
        errands.ask(question(1))

    assert run(ask, model=model, enough=4) == WHOLE_ANSWER
    assert model.asked == 1


def test_what_was_asked_ahead_is_not_told_before_it_is_asked():
    async def ask(errands: Errands) -> None:
        await ticks(1)
        errands.ask_ahead(question())
        await ticks()

    assert run(ask, model=SlowModel(), enough=0) == []


@pytest.mark.parametrize(
    "then",
    [
        lambda errands: errands.forget_ahead(),
        lambda errands: errands.ask_ahead(question(whole=True)),
        lambda errands: errands.ask(AskModel(1, (ModelMessage("user", "Something else."),))),
    ],
)
def test_what_is_not_asked_after_all_is_given_up(then):
    model = SlowModel()

    async def ask(errands: Errands) -> None:
        await ticks(1)
        errands.ask_ahead(question())
        await ticks(1)
        then(errands)
        await ticks()

    run(ask, model=model, enough=0)
    assert model.given_up == 1


def test_a_model_that_fails_ahead_has_failed_when_it_is_asked():
    async def ask(errands: Errands) -> None:
        await ticks(1)
        errands.ask_ahead(question())
        await ticks()
        errands.ask(question())

    [(what, errand, _)] = run(ask, model=SlowModel(fails=True))
    assert (what, errand) == ("model_failed", 1)


def test_nobody_is_asked_ahead_where_there_is_no_model():
    async def ask(errands: Errands) -> None:
        await ticks(1)
        errands.ask_ahead(question())

    assert run(ask, enough=0) == []
