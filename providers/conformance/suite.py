"""What every provider does, whatever its kind and whether or not it has a server."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, ClassVar, Final, TypeVar

import pytest

from providers.base import ProviderError
from providers.conformance.faults import Fault
from providers.conformance.rig import KEY, SAID, Place, Rig, Stage
from providers.conformance.server import Exchange, LocalServer, local_server

PATIENCE: Final = 10.0
"""Seconds until a scene is taken for hanging; none takes nearly as long."""
MANY: Final = 12
"""Callers at once."""

Result = TypeVar("Result")
Scene = Callable[[Any, LocalServer], Awaitable[Result]]
"""What is done with a new provider; it is closed afterwards."""


class Conformance:
    """The suites of the kinds inherit from it and say how a provider of the kind is asked."""

    rig: ClassVar[Rig[Any, Any, Any]]

    def numbered(self) -> Stage[Any, Any]:
        """A stage on which each of the questions of `ask` has its own answer."""
        raise NotImplementedError

    async def ask(self, provider: Any, number: int = 0) -> Any:
        """Ask one question, and return its whole answer."""
        raise NotImplementedError

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        """Whether it is the whole answer of the numbered stage."""
        raise NotImplementedError

    def play(
        self,
        scene: Scene[Result],
        *,
        stage: Stage[Any, Any] | None = None,
        fault: Fault | None = None,
        timeout_seconds: float = PATIENCE,
        url: str = "",
    ) -> Result:
        """Play a scene on a stage, and see that nothing of it stays behind."""
        stage = stage or self.numbered()

        async def played() -> Result:
            troubles: list[object] = []
            asyncio.get_running_loop().set_exception_handler(
                lambda _, trouble: troubles.append(trouble)
            )
            async with asyncio.timeout(PATIENCE), self._server(stage, fault) as server:
                before = asyncio.all_tasks() | server.serving
                hangs = fault is not None and fault.kind == "hang"
                provider = self.rig.build(Place(url or server.url, timeout_seconds, stage, hangs))
                try:
                    result = await scene(provider, server)
                finally:
                    await provider.close()
                await _no_task_is_left(before, server)
            assert troubles == [], "an error that nobody took"
            return result

        return asyncio.run(played())

    def _server(self, stage: Stage[Any, Any], fault: Fault | None) -> Any:
        async def handle(exchange: Exchange) -> None:
            match exchange.fault:
                case Fault(kind="refuse") as refusal:
                    await self.rig.refuse(exchange, refusal)
                case Fault(kind="page"):
                    await exchange.answer(b"<html>Welcome</html>", content_type="text/html")
                case _:
                    await self.rig.serve(exchange, stage)

        return local_server(
            handle, fault=fault, spares=self.rig.spares, says_stop=self.rig.says_stop
        )

    def error(self, fault: Fault | None = None, **more: Any) -> ProviderError:
        """The error of a question that goes wrong; it holds no secret, nor do its causes."""

        async def fail(provider: Any, _: LocalServer) -> ProviderError:
            with pytest.raises(ProviderError) as caught:
                await self.ask(provider)
            return caught.value

        error = self.play(fail, fault=fault, **more)
        told = "".join(traceback.format_exception(error))
        assert KEY not in told
        assert SAID not in told
        assert error.message
        return error

    def test_the_answer_comes_whole_and_again_on_the_same_provider(self) -> None:
        async def twice(provider: Any, _: LocalServer) -> list[Any]:
            return [await self.ask(provider), await self.ask(provider, 1)]

        first, second = self.play(twice)
        assert self.is_answer(first, 0)
        assert self.is_answer(second, 1)

    @pytest.mark.parametrize("steps", ["c", "cc", "wc", "wwcc", "cw", "wcwc", "wac", "waac"])
    def test_warming_and_closing_go_in_any_order(self, steps: str) -> None:
        async def walk(provider: Any, _: LocalServer) -> None:
            questions = count()
            for step in steps:
                match step:
                    case "w":
                        await provider.warm()
                    case "a":
                        number = next(questions)
                        assert self.is_answer(await self.ask(provider, number), number)
                    case "c":
                        await provider.close()

        self.play(walk)

    def test_many_at_once_get_each_their_own(self) -> None:
        async def all_of_them(provider: Any, _: LocalServer) -> list[Any]:
            return await asyncio.gather(*(self.ask(provider, number) for number in range(MANY)))

        answers = self.play(all_of_them)
        assert [self.is_answer(answer, number) for number, answer in enumerate(answers)] == (
            [True] * MANY
        )

    def test_a_question_can_be_cancelled(self) -> None:
        async def cancel(provider: Any, _: LocalServer) -> None:
            asking = asyncio.create_task(self.ask(provider))
            for _turn in range(10):
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

        self.play(cancel, fault=Fault("hang"))

    def test_neither_the_key_nor_a_word_is_in_a_log(self, caplog: pytest.LogCaptureFixture) -> None:
        async def use(provider: Any, _: LocalServer) -> str:
            await provider.warm()
            await self.ask(provider)
            return repr(provider)

        with caplog.at_level(logging.DEBUG):
            shown = self.play(use)
        assert_no_secret(caplog, shown)


def assert_no_secret(caplog: pytest.LogCaptureFixture, *more: str) -> None:
    """Neither the log, in texts or fields, nor what is given besides, holds the key or a word."""
    told = [caplog.text, *(str(vars(record)) for record in caplog.records), *more]
    for text in told:
        assert KEY not in text
        assert SAID not in text


async def _no_task_is_left(before: set[asyncio.Task[Any]], server: LocalServer) -> None:
    # What was cancelled still takes some turns of the loop to end.
    for _ in range(100):
        left = asyncio.all_tasks() - before - server.serving
        if not left:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"tasks that go on after close: {left}")
