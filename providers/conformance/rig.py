"""What whoever runs the suites writes: how an adapter is built, and its vendor's good server."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from providers.conformance.faults import Fault
from providers.conformance.server import Exchange, Request

KEY: Final = "sk-conformance-3f9a0c517be24d"
"""The key that every adapter is given; it is to be seen nowhere."""
SAID: Final = "kumquat marmalade"
"""What callers and bots say; it is to be seen in no log and no error."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Provider_co = TypeVar("Provider_co", covariant=True)


@dataclass
class Stage(Generic[Question, Answer]):
    """What the vendor's server is to say in one test, and what it was asked.

    Speech to text: a question is an utterance in mu-law, its answer the text. Text to speech: a
    question is a text, its answer pieces of mu-law. A language model: a question is the last
    message's text, its answer the pieces in the order of `LanguageModel.answer`.
    """

    answers: Callable[[Question], Answer]
    asked: list[Question] = field(default_factory=list)

    def take(self, question: Question) -> Answer:
        """Note a question as it reached the server, and return what to answer."""
        self.asked.append(question)
        return self.answers(question)


@dataclass(frozen=True, slots=True)
class Place(Generic[Question, Answer]):
    """Where a provider is to be built."""

    url: str
    """Of the vendor's server: http://host:port, without a path."""

    timeout_seconds: float
    """After that much silence of the server the adapter gives up."""

    stage: Stage[Question, Answer]
    """What a provider without a server is to say."""

    hangs: bool = False
    """A provider without a server is never to answer."""


class Rig(Protocol[Provider_co, Question, Answer]):
    """One adapter and its vendor's good server; what goes wrong is added by the suites.

    Inherit from it: only `build` and `serve` are to be written, and of a provider without a server
    only `build`.
    """

    def build(self, place: Place[Question, Answer]) -> Provider_co:
        """Return a new provider with the key `KEY`; any pause before it tries again is short."""
        ...

    async def serve(self, exchange: Exchange, stage: Stage[Question, Answer]) -> None:
        """Answer one request, or hold one WebSocket's conversation, as the vendor does.

        What was asked is given to `stage.take`, which returns what to answer.
        """
        raise NotImplementedError

    async def refuse(self, exchange: Exchange, fault: Fault) -> None:
        """Refuse as the vendor does; this body holds what must not be passed on."""
        body = {"error": {"message": f"Wrong: {KEY}, {SAID}", "code": "wrong"}}
        wait = (f"retry-after: {fault.retry_after}",) if fault.retry_after else ()
        await exchange.answer(json.dumps(body).encode(), status=fault.status, headers=wait)

    def spares(self, request: Request) -> bool:
        """Whether nothing goes wrong with this request: it asks for no answer of the vendor's."""
        return request.method == "HEAD"

    def says_stop(self, message: str | bytes) -> bool:
        """Whether a client that keeps its WebSocket says that it wants no more of this answer."""
        return False
