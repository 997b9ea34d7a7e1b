"""One call's questions to the classifier, answered off the event loop."""

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final, Protocol

from runtime.call.equipment import Equipment
from runtime.flow.engine.effects import Classify
from runtime.flow.understanding.classifier import Classifier

THREADS: Final = 2
"""Of a process. An utterance takes milliseconds, and no caller waits long for another's."""


class Interpreted(Protocol):
    """Who is told what became of a question of a turn."""

    def classified(self, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
        """(intent, score), best first."""

    def not_classified(self, turn: int, why: str) -> None:
        """The classifier failed, or took too long."""


class Interpreter:
    """Asks the flow's classifier, in one of the threads that all calls share.

    A call has one question there at a time. Of those that come meanwhile only the last waits: the
    engine has gone on to its turn, and would drop an answer to the others.
    """

    def __init__(self, classifier: Classifier, equipment: Equipment, told: Interpreted) -> None:
        self._classifier = classifier
        self._equipment = equipment
        self._told = told
        self._question: Classify | None = None
        self._asked = asyncio.Event()

    def ask(self, question: Classify) -> None:
        """Have it answered."""
        self._question = question
        self._asked.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            if self._question is not None:
                await self._answer(self._question)

    async def _answer(self, question: Classify) -> None:
        ranking = asyncio.get_running_loop().run_in_executor(
            self._equipment.interpreters, self._classifier.rank, question.text, question.intents
        )
        try:
            await asyncio.wait([ranking], timeout=self._equipment.understanding_deadline)
            # `exception` and not `except`: whatever a model throws, the call goes on without it.
            if not ranking.done():
                self._told.not_classified(question.turn, "gave no result in time")
            elif (error := ranking.exception()) is not None:
                # Its name alone: the text of an error may quote what was said.
                self._told.not_classified(question.turn, type(error).__name__)
            else:
                pairs = tuple((ranked.intent, ranked.score) for ranked in ranking.result())
                self._told.classified(question.turn, pairs)
        finally:
            ranking.cancel()


def interpreting_threads() -> Executor:
    """Return the threads for all calls of a process."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="interpreter")
