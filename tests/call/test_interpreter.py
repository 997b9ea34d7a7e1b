import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from runtime.call.equipment import Equipment
from runtime.call.interpreter import Interpreter
from runtime.flow.engine.effects import Classify
from runtime.flow.understanding.classifier import Ranked

WHO_KNOWS = ()


@dataclass
class Desk:
    """What an interpreter takes of the equipment."""

    interpreters: Executor
    understanding_deadline: float = 5.0


class Scripted:
    """A classifier that does as `answer` says."""

    def __init__(self, answer: Callable[[str], tuple[Ranked, ...]]) -> None:
        self._answer = answer
        self.threads: set[int] = set()

    def rank(self, utterance: str, among: Collection[str] | None = None) -> tuple[Ranked, ...]:
        self.threads.add(threading.get_ident())
        return self._answer(utterance)

    def prepare(self, among: Collection[str] | None = None) -> None:
        pass


@dataclass
class Told:
    """Keeps what the interpreter tells; `enough` of it ends the test."""

    enough: int = 1
    told: list[object] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def classified(self, turn: int, ranking: tuple[tuple[str, float], ...]) -> None:
        self._tell((turn, ranking))

    def not_classified(self, turn: int, why: str) -> None:
        self._tell((turn, why))

    def _tell(self, what: object) -> None:
        self.told.append(what)
        if len(self.told) == self.enough:
            self.over.set()


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def question(turn: int, text: str = "hello") -> Classify:
    return Classify(turn, text, ("greet",))


async def interpret(
    classifier: Any, desk: Desk, *questions: Classify, enough: int = 1
) -> list[object]:
    told = Told(enough)
    interpreter = Interpreter(classifier, cast(Equipment, desk), told)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(interpreter.run())
        for each in questions:
            interpreter.ask(each)
        await told.over.wait()
        running.cancel()
    return told.told


def test_a_question_is_answered_with_its_turn_in_another_thread():
    classifier = Scripted(lambda text: (Ranked("greet", 0.9), Ranked("leave", 0.1)))
    with threads() as executor:
        told = asyncio.run(interpret(classifier, Desk(executor), question(7)))
    assert told == [(7, (("greet", 0.9), ("leave", 0.1)))]
    assert threading.get_ident() not in classifier.threads


def test_a_classifier_that_throws_leaves_the_call_without_an_answer_and_the_words_unsaid():
    def fail(text: str) -> tuple[Ranked, ...]:
        raise ValueError(text)

    with threads() as executor:
        told = asyncio.run(interpret(Scripted(fail), Desk(executor), question(1, "my secret")))
    assert told == [(1, "ValueError")]


def test_a_classifier_that_hangs_is_given_up_after_the_deadline():
    go_on = threading.Event()

    def hang(text: str) -> tuple[Ranked, ...]:
        go_on.wait(5)
        return WHO_KNOWS

    with threads() as executor:
        desk = Desk(executor, understanding_deadline=0.01)
        told = asyncio.run(interpret(Scripted(hang), desk, question(1)))
        go_on.set()
    assert told == [(1, "gave no result in time")]


def test_of_the_questions_that_come_meanwhile_only_the_last_is_answered():
    with threads() as executor:
        classifier = Scripted(lambda text: (Ranked(text, 1.0),))
        asked = [question(turn, f"say {turn}") for turn in (1, 2, 3)]
        told = asyncio.run(interpret(classifier, Desk(executor), *asked))
    assert told == [(3, (("say 3", 1.0),))]
